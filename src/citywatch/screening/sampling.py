"""When to stop reading: only a simple random sample of the unread says how much was missed."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from citywatch.errors import InputError
from citywatch.screening.judgements import INCLUDE, UNSURE, Judged, read_sheet
from citywatch.tables.files import write_new
from citywatch.tables.values import escape_cell
from citywatch.uncertainty import RecallBound, recall_bound

SAMPLE_COLUMNS = (
    "candidate_id",
    "judgement",
    "picked",
    "order",
    "drawn",
    "unread",
    "unread_sha256",
    "address",
    "title",
)
PICKED = "sample"


# random orders


def random_order(ids: Collection[str], salt: str) -> list[str]:
    """Ids in an order that depends on nothing but themselves and a salt.

    Candidates are named by the digest of their content, so that the order has nothing to do with their relevance; any
    first part of it is a simple random sample. Nobody can choose among seeds.
    """
    return sorted(ids, key=lambda one: hashlib.sha256(f"{salt}\n{one}".encode()).digest())


def digest_of(ids: Collection[str]) -> str:
    """SHA-256 of a set of ids, hex."""
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()


def draw(candidates: Collection[str], judged: Collection[str], size: int) -> list[str]:
    """A simple random sample of the unread; the same unread give the same sample, a larger one holds the smaller.

    Args:
        candidates: Ids of all candidates of a run.
        judged: Ids of those that were read.
        size: How many to draw.

    Raises:
        InputError: If there are not so many.
    """
    unread = set(candidates) - set(judged)
    if not 1 <= size <= len(unread):
        raise InputError(f"sample of {size}: expected from 1 to {len(unread)}, the candidates that are unread")
    return random_order(unread, digest_of(unread))[:size]


def write_sample(
    path: Path, drawn: Sequence[str], unread: Collection[str], about: Mapping[str, Mapping[str, str | None]]
) -> None:
    """Write a sheet for reading the sample, whole or not at all; it shows no verdict and no probability.

    Args:
        path: Where; a file that is there stays.
        drawn: Ids in the order drawn.
        unread: Ids that were unread when they were drawn.
        about: ``address`` and ``title`` by id.

    Raises:
        OutputError: If it is there already or cannot be written.
    """
    digest = digest_of(unread)
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet, lineterminator="\n")
    writer.writerow(SAMPLE_COLUMNS)
    for order, one in enumerate(drawn, start=1):
        told = [escape_cell(about[one].get(name) or "") for name in ("address", "title")]
        writer.writerow([one, "", PICKED, order, len(drawn), len(unread), digest, *told])
    write_new(path, sheet.getvalue())


@dataclass(frozen=True, slots=True)
class Sampled:
    """What reading a sample gave.

    Attributes:
        found: Included among what was read before.
        unread: Unread when it was drawn.
        sample: Drawn and read.
        relevant: Included in the sample.
        unsure: Unsure in the sample; they count as relevant that were missed.
    """

    found: int
    unread: int
    sample: int
    relevant: int
    unsure: int


def read_sample(path: Path, candidates: Collection[str], judged: Mapping[str, Judged]) -> Sampled:
    """A sample that was read, proved to be the one that was drawn.

    Args:
        path: The sheet that :func:`write_sample` wrote, with the judgements filled in.
        candidates: Ids of all candidates of the run.
        judged: Judgements by id as they stood when the sample was drawn; those of the sample itself may be among them.

    Raises:
        InputError: If it is no simple random sample of the unread: rows are missing or were added, were picked another
            way, are not judged, or the pile of unread candidates is not the one it was drawn from.
    """
    rows = read_sheet(path, also=("picked", "drawn", "unread", "unread_sha256"))
    if odd := sorted({row["picked"] for row in rows} - {PICKED}):
        raise InputError(
            f"{path}: expected a simple random sample (picked: sample); found picked: {odd[0] or 'nothing'}. "
            "Ranked picks say nothing of what was missed. Draw one: citywatch stopping --draw"
        )
    ids = [row["candidate_id"] for row in rows]
    if len(set(ids)) < len(ids) or not rows or any(row["drawn"] != str(len(rows)) for row in rows):
        raise InputError(
            f"{path}: expected all {rows[0]['drawn'] if rows else ''} rows that were drawn, each once; found {len(rows)}"
        )
    if open_rows := [row for row in rows if not row["judgement"]]:
        raise InputError(
            f"{path}: expected a judgement in each row; {len(open_rows)} of {len(rows)} have none. Read them first."
        )
    before = {one: judgement for one, judgement in judged.items() if one not in set(ids)}
    unread = set(candidates) - set(before)
    if any(row["unread_sha256"] != digest_of(unread) for row in rows):
        raise InputError(
            f"{path}: expected the sample of the {len(unread):,} candidates that are unread now; it was drawn from others. "
            "Give the judgements as they stood when it was drawn, or draw a new one."
        )
    if set(ids) != set(draw(candidates, before, len(ids))):
        raise InputError(f"{path}: expected the rows that were drawn; found others. It is no random sample.")
    words = [row["judgement"] for row in rows]
    found = sum(judgement.word == INCLUDE for judgement in before.values())
    return Sampled(found, len(unread), len(rows), words.count(INCLUDE), words.count(UNSURE))


def bound_of(sampled: Sampled, *, level: float = 0.95, look: tuple[int, int | None] | None = None) -> RecallBound:
    """The bound of a sample; unsure ones count as relevant, and as not found."""
    strict = recall_bound(
        sampled.found, sampled.unread, sampled.sample, sampled.relevant + sampled.unsure, level=level, look=look
    )
    total = sampled.found + strict.most
    return replace(
        strict, relevant=sampled.relevant, low=(sampled.found + sampled.relevant) / total,
        estimate=strict.estimate * (sampled.found + sampled.relevant) / max(1, sampled.found + sampled.relevant + sampled.unsure),
    )  # fmt: skip


__all__ = [
    "PICKED",
    "Sampled",
    "bound_of",
    "digest_of",
    "draw",
    "random_order",
    "read_sample",
    "write_sample",
]
