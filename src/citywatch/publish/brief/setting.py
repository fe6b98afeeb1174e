"""The brief: four pages in PDF, set by typst from a release and nothing else.

Text reaches typst as JSON and is set, never run; every number in it was handed out by a ledger with its key.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from citywatch.errors import MissingExtraError
from citywatch.publish.brief import key, method, rebuilt, sellers
from citywatch.publish.brief.facts import Desk, Facts
from citywatch.publish.brief.words import FOLDER, Dates, Ledger, words
from citywatch.publish.reading import ReleaseLike

if TYPE_CHECKING:
    import typst

TEMPLATE = "brief.typ"
MOST_PAGES = 4
SIZES = ("1", "0.95", "0.9", "0.85")
"""Tried in this order until the pages are few enough."""
HOUR = 12
"""Hour of the day that the time stamp carries; the release knows the day alone."""


@dataclass(frozen=True, slots=True)
class Content:
    """The brief before it is set.

    Attributes:
        data: What the template reads, as plain values.
        map_svg: The map; empty where there is none.
        numbers: Key and text of every number, in the order of the pages.
    """

    data: dict[str, Any]
    map_svg: str
    numbers: tuple[tuple[str, str], ...]


def build_brief(release: ReleaseLike, out: Path) -> int:
    """Set the brief; the same release gives the same bytes.

    Args:
        release: The release.
        out: PDF to write.

    Returns:
        Number of pages.

    Raises:
        MissingExtraError: If typst is not installed.
    """
    return typeset(brief_content(release), release.version, out)


def brief_numbers(release: ReleaseLike) -> tuple[tuple[str, str], ...]:
    """Key and text of every number in the brief."""
    return brief_content(release).numbers


def brief_content(release: ReleaseLike) -> Content:
    """Everything the brief says, with the map.

    Args:
        release: The release.
    """
    ledger, said = Ledger(), words()
    desk = Desk(Facts(release), ledger, said, Dates(ledger, said))
    world, drawing = sellers.world(desk)
    data = {
        "meta": {"title": said("title"), "author": said("author"), "page": said("page")},
        "opening": key.opening(desk),
        "issue": key.issue(desk),
        "findings": key.key_findings(desk),
        "world": {**world, "has_map": drawing is not None},
        "groups": sellers.groups(desk),
        "comparison": rebuilt.comparison(desk),
        "countries": rebuilt.known_countries(desk),
        "checks": rebuilt.checks(desk),
        "method": method.method(desk),
        "limits": method.limits(desk),
        "sources": method.sources(desk),
        "cite": method.cite(desk),
        "data": method.data(desk),
        "footer": method.footer(desk),
    }
    return Content(data, drawing.svg if drawing else "", tuple(ledger.numbers))


def typeset(content: Content, version: str, out: Path) -> int:
    """Set prepared content.

    Args:
        content: The brief before it is set.
        version: Version of the release; gives the time stamp.
        out: PDF to write.

    Returns:
        Number of pages.

    Raises:
        MissingExtraError: If typst is not installed.
    """
    try:
        import typst
    except ImportError as error:
        raise MissingExtraError("publish", "Setting the brief") from error
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        shutil.copyfile(str(FOLDER / TEMPLATE), root / TEMPLATE)
        (root / "brief.json").write_text(json.dumps(content.data, ensure_ascii=False), encoding="utf-8")
        (root / "map.svg").write_text(content.map_svg, encoding="utf-8")
        compiler = typst.Compiler(
            str(root / TEMPLATE), root=name, font_paths=[str(FOLDER / "fonts")], ignore_system_fonts=True
        )
        pdf, pages = _fitted(compiler, _stamp(version))
    out.write_bytes(pdf)
    return pages


def _fitted(compiler: typst.Compiler, stamp: datetime) -> tuple[bytes, int]:
    """PDF and number of pages; smaller where a longer text would need too many pages."""
    pdf, pages = b"", 0
    for size in SIZES:
        made = compiler.compile(sys_inputs={"fit": size}, format="pdf", timestamp=stamp, pdf_standards="ua-1")
        pdf = made if isinstance(made, bytes) else b""
        pages = int(json.loads(compiler.query("<pages>", field="value", one=True)))
        if pages <= MOST_PAGES:
            break
    return pdf, pages


def _stamp(version: str) -> datetime:
    return datetime.fromisoformat(version).replace(hour=HOUR, tzinfo=UTC)
