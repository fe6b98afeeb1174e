"""What a capture holds: the article, or a consent wall, a captcha, a soft 404, nothing. Foreign bytes are read in the worker."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from citywatch.documents.settings import read_data
from citywatch.foreign import ForeignError

KINDS = ("article", "consent_wall", "captcha", "soft_404", "empty")
_TROUBLES = ("captcha", "consent_wall", "soft_404")
_MARKUP = 300_000
_PARSERS = {"application/pdf": "pdf", "text/plain": "text", "text/html": "html", "application/xhtml+xml": "html"}
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")


@dataclass(frozen=True, slots=True)
class Rule:
    """One sign of trouble.

    Attributes:
        id: Its name; reasons carry it.
        kind: What it speaks for.
        where: ``title``, ``text``, ``markup`` or ``address``.
        weight: How much, 0 to 1.
        is_short: Whether it counts only where the text is short.
        expression: Any of its expressions.
    """

    id: str
    kind: str
    where: str
    weight: float
    is_short: bool
    expression: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Rules:
    """What ``captures.yml`` holds; its comments say what each is. Lengths in characters, spaced and unspaced scripts."""

    version: str
    trouble: float
    empty: tuple[int, int]
    short: tuple[int, int]
    full: tuple[int, int]
    no_main_content: float
    sent_home: float
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a capture holds.

    Attributes:
        kind: One of ``KINDS``.
        score: How sure it is that the article was captured, 0 to 1.
        because: Rules that spoke, as ``rule`` or ``rule: what matched``, the heaviest first; at most five.
    """

    kind: str
    score: float
    because: tuple[str, ...]


@cache
def rules() -> Rules:
    """The rules in force."""
    raw = read_data("captures.yml")
    lengths = {
        name: tuple(raw[f"{name}_characters"][script] for script in ("spaced", "unspaced"))
        for name in ("empty", "short", "full")
    }
    found = [
        Rule(one["id"], one["kind"], one["where"], one["weight"], one.get("is_short", False),
             re.compile("|".join(f"(?:{text})" for text in one["any"]), re.IGNORECASE))
        for one in raw["rules"]
    ]  # fmt: skip
    return Rules(
        str(raw["version"]), raw["trouble"], **lengths, no_main_content=raw["no_main_content"],
        sent_home=raw["sent_home"], rules=tuple(found),
    )  # fmt: skip


def read_capture(options: Mapping[str, Any], payload: bytes) -> dict[str, Any]:
    """Assess one capture; runs in the worker.

    Args:
        options: ``asked`` and ``address`` (where it came from after redirects), ``content_type``, ``charset``,
            ``encoding`` and ``max_bytes`` (when unpacked).
        payload: The body as sent.

    Returns:
        ``kind``, ``score``, ``because``, ``sha256`` and ``bytes`` of the unpacked content.

    Raises:
        ForeignError: If it cannot be unpacked or read.
    """
    import hashlib

    from citywatch.documents.parse import parse

    content = unpacked(payload, options["encoding"], options["max_bytes"])
    facts = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    kind = "pdf" if content.startswith(b"%PDF") else _PARSERS.get(options["content_type"] or "text/html", "")
    if not kind:
        raise ForeignError("unknown_kind", f"expected HTML, PDF or plain text; found {options['content_type'][:80]}")
    read = parse({"kind": kind, "charset": options["charset"], "address": options["address"]}, content)
    markup = ""
    if kind == "html":
        from citywatch.documents.charset import decode

        markup = decode(content[:_MARKUP], options["charset"])[0]
    seen = {"title": read["title"], "text": read["text"], "markup": markup, "address": options["address"]}
    found = assess(seen, asked=options["asked"], is_full=read["is_full"])
    return facts | {"kind": found.kind, "score": found.score, "because": list(found.because)}


def unpacked(payload: bytes, encoding: str, limit: int) -> bytes:
    """Content without its content encoding.

    Raises:
        ForeignError: If it is larger than the limit, broken, or in an encoding we did not ask for.
    """
    if not encoding:
        return payload
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise ForeignError("unknown_kind", f"the host packed it in a way we did not ask for ({encoding[:20]})")
    unpack = zlib.decompressobj(wbits=47 if encoding != "deflate" or payload[:1] == b"\x78" else -15)
    try:
        content = unpack.decompress(payload, limit + 1)
    except zlib.error as error:
        raise ForeignError("broken", "its packing is broken") from error
    if len(content) > limit:
        raise ForeignError("too_large", f"larger than {limit:,} bytes when unpacked")
    return content


def assess(seen: Mapping[str, str], *, asked: str = "", is_full: bool = False) -> Assessment:
    """What a capture holds.

    Args:
        seen: ``title``, ``text``, ``markup`` and ``address`` (after redirects).
        asked: Address that was asked for; empty if it is not known.
        is_full: The article could not be told from the rest of the page.
    """
    known = rules()
    text = " ".join(unicodedata.normalize("NFKC", seen["text"]).split())
    script = int(len(_UNSPACED.findall(text)) * 3 > len(text))
    length = len(text)
    spoken = [
        (rule.kind, rule.weight, f"{rule.id}: {' '.join(found[0].split())[:60]}")
        for rule in known.rules
        if (not rule.is_short or length < known.short[script])
        and (found := rule.expression.search(text if rule.where == "text" else seen[rule.where]))
    ]
    if _is_sent_home(asked, seen["address"]):
        spoken.append(("soft_404", known.sent_home, "sent-home: a page was asked for, the home page came"))
    weights = {kind: _together([weight for one, weight, _ in spoken if one == kind]) for kind in _TROUBLES}
    kind = max(weights, key=lambda one: (weights[one], one))
    because = [why for _, _, why in sorted(spoken, key=lambda one: -one[1])]
    if weights[kind] < known.trouble:
        kind = "article" if length >= known.empty[script] else "empty"
    if length < known.full[script]:
        because.append(f"length: {length} characters")
    if is_full:
        because.append("no-main-content: the article could not be told from the rest of the page")
    score = min(1.0, length / known.full[script]) * (1 - known.no_main_content * is_full)
    for weight in weights.values():
        score *= 1 - weight
    return Assessment(kind, round(score, 3) if kind != "empty" else 0.0, tuple(because[:5]))


def _together(weights: Sequence[float]) -> float:
    rest = 1.0
    for weight in weights:
        rest *= 1 - weight
    return 1 - rest


def _is_sent_home(asked: str, address: str) -> bool:
    """Whether a page of a site was asked for and its front page came."""
    if not asked or asked == address:
        return False
    try:
        one, two = urlsplit(asked), urlsplit(address)
    except ValueError:
        return False
    is_page = one.path.strip("/") != "" and (one.path.count("/") > 1 or len(one.path) > 4)
    return is_page and two.path.strip("/") == "" and not two.query


__all__ = ["KINDS", "Assessment", "Rule", "Rules", "assess", "read_capture", "rules", "unpacked"]
