"""What to read next: the likeliest first, a share at random."""

from __future__ import annotations

import csv
import io
import json
import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from citywatch.errors import InputError, SettingError
from citywatch.screening.judgements import EXCLUDE, INCLUDE, UNSURE, Judged
from citywatch.screening.learning import Embed, learn, signs
from citywatch.screening.ranking import ranking
from citywatch.screening.results import Results
from citywatch.screening.sampling import digest_of, random_order
from citywatch.tables.files import write_new
from citywatch.tables.values import escape_cell

QUEUE_COLUMNS = (
    "candidate_id", "judgement", "picked", "order", "likelihood", "verdict", "language", "address", "title",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pick:
    """One candidate to read.

    Attributes:
        candidate_id: Candidate.
        picked: ``ranked``, ``random`` or ``second_look``.
        likelihood: For ranking, 0 to 1; learned from readers who did not pick at random, so not calibrated.
    """

    candidate_id: str
    picked: str
    likelihood: float


def likelihoods(results: Results, judged: Mapping[str, Judged], embed: Embed | None = None) -> dict[str, float]:
    """How likely each candidate is to be included, learned from the judgements so far.

    Args:
        results: Tables of a run.
        judged: Judgements by candidate; unsure ones teach nothing.
        embed: Texts to rows of length 1; None without the extra ``semantic``.
    """
    rows = results.candidates.to_pylist()
    passages: defaultdict[str, list[str]] = defaultdict(list)
    for name, passage in zip(
        results.passages["candidate_id"].to_pylist(), results.passages["passage"].to_pylist(), strict=True
    ):
        passages[name].append(passage)
    seen = [signs(row, passages[row["candidate_id"]]) for row in rows]
    labels = {
        place: judged[row["candidate_id"]].word == INCLUDE
        for place, row in enumerate(rows)
        if row["candidate_id"] in judged and judged[row["candidate_id"]].word in (INCLUDE, EXCLUDE)
    }
    meanings = None
    if embed is not None and rows:
        meanings = embed([" ".join(dict.fromkeys(passages[row["candidate_id"]]))[:2000] for row in rows])
    learned = learn([row["probability"] for row in rows], seen, labels, meanings=meanings)
    return {row["candidate_id"]: float(value) for row, value in zip(rows, learned, strict=True)}


def next_picks(
    likely: Mapping[str, float], judged: Mapping[str, Judged], size: int, *, random_share: float, is_second_look: bool = False
) -> list[Pick]:  # fmt: skip
    """What to read next.

    Random picks are the first unread ones of an order that is fixed for the run, so that together with those read for
    another reason they make up a simple random sample of all its candidates (see :func:`random_sample`).

    Args:
        likely: Likelihood of every candidate of the run.
        judged: Judgements so far.
        size: How many; fewer come if fewer are left.
        random_share: Share of what is picked now that is picked at random, 0 to 1; above 0, at least one is.
        is_second_look: Put those judged unsure first, for another look.

    Raises:
        SettingError: If size or share make no sense.
    """
    if size < 1 or not 0 <= random_share <= 1:
        raise SettingError("expected a size of 1 or more, and a random share from 0 to 1")
    again = sorted(name for name, one in judged.items() if one.word == UNSURE)[:size] if is_second_look else []
    unread = set(likely) - set(judged)
    left = min(size - len(again), len(unread))
    some = math.ceil(random_share * left - 1e-9)
    at_random = [name for name in _order(likely) if name in unread][:some]
    rest = sorted(unread - set(at_random), key=lambda name: (-likely[name], name))[: left - len(at_random)]
    picks = [Pick(name, "second_look", likely[name]) for name in again]
    return picks + _mixed(
        [Pick(name, "ranked", likely[name]) for name in rest],
        [Pick(name, "random", likely[name]) for name in at_random],
    )


def _mixed(ranked: Sequence[Pick], at_random: Sequence[Pick]) -> list[Pick]:
    """Random picks spread evenly among the others, so that whoever stops early has read some."""
    places = [((at + 0.5) / len(ranked), 0, pick) for at, pick in enumerate(ranked)]
    places += [((at + 0.5) / len(at_random), 1, pick) for at, pick in enumerate(at_random)]
    return [pick for _, _, pick in sorted(places, key=lambda one: one[:2])]


def _order(candidates: Collection[str]) -> list[str]:
    return random_order(candidates, f"queue {digest_of(candidates)}")


def random_sample(candidates: Collection[str], judged: Mapping[str, Judged]) -> list[str]:
    """Candidates that make up a simple random sample of the whole run, all of them judged.

    They are the first ones of the run's fixed random order, up to the last that was picked at random and before the first
    that nobody judged. It does not matter for what reason each of them was read.

    Args:
        candidates: Ids of all candidates of the run.
        judged: Judgements so far.
    """
    found: list[str] = []
    end = 0
    for name in _order(candidates):
        if name not in judged:
            break
        found.append(name)
        if judged[name].picked == "random":
            end = len(found)
    return found[:end]


def write_queue(path: Path, picks: Sequence[Pick], about: Mapping[str, Mapping[str, str | None]]) -> None:
    """Write a sheet to fill in, whole or not at all.

    Args:
        path: Where; a file that is there stays.
        picks: In the order of reading.
        about: ``verdict``, ``language``, ``address`` and ``title`` by id.

    Raises:
        OutputError: If it is there already or cannot be written.
    """
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet, lineterminator="\n")
    writer.writerow(QUEUE_COLUMNS)
    for order, pick in enumerate(picks, start=1):
        told = [escape_cell(about[pick.candidate_id].get(name) or "") for name in QUEUE_COLUMNS[5:]]
        writer.writerow([pick.candidate_id, "", pick.picked, order, f"{pick.likelihood:.4g}", *told])
    write_new(path, sheet.getvalue())


def stated_prevalence(folder: Path) -> float:
    """Prevalence at which a run states its probabilities; that of the model where its ``run.json`` names none.

    Raises:
        InputError: If ``run.json`` is not one of ours.
    """
    path = folder / "run.json"
    if not path.exists():
        return ranking().prevalence
    try:
        return float(json.loads(path.read_text(encoding="utf-8"))["ranking"]["prevalence"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: expected the prevalence of a run of citywatch screen ({type(error).__name__})"
        ) from error
