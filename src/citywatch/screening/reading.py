"""A document read closely: which terms and places stand in which sentence, and what they turn into."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from citywatch.codebook import Folded, Lexicon, Term, edition, fold, fold_text, lexicon
from citywatch.documents import Document
from citywatch.places import Gazetteer, Mention
from citywatch.screening.matcher import Hit, Matcher
from citywatch.screening.quantities import Quantity, find_quantities
from citywatch.screening.sentences import Sentences, split_sentences
from citywatch.screening.settings import EvidenceSettings, evidence_settings

_Found = TypeVar("_Found", Hit, Mention)
_ANY_LANGUAGE = frozenset(["product", "safe_city", "vendor", "lookalike"])
ROOMS = frozenset(["command_center", "emergency_communication"])
_SHORT = 5
_UNSPACED = frozenset(["zh", "ja", "th", "lo", "km", "my"])


@dataclass(frozen=True, slots=True)
class Act:
    """An act in a sentence.

    Attributes:
        hit: The term.
        status: ``done``, ``planned`` or ``negated``.
        is_pact: Its words tell of a pact as made: signed, awarded.
    """

    hit: Hit
    status: str
    is_pact: bool


@dataclass(frozen=True, slots=True)
class Line:
    """What one sentence holds.

    Attributes:
        start: First character.
        end: One behind the last.
        hits: Terms by role, in order.
        acts: Acts with their status.
        products: Products of the vocabulary named here, cameras that watch public space included, with where they stand.
        places: Names of places.
        quantities: Amounts and camera counts.
    """

    start: int
    end: int
    hits: dict[str, list[Hit]]
    acts: tuple[Act, ...]
    products: tuple[tuple[str, Hit], ...]
    places: tuple[Mention, ...]
    quantities: tuple[Quantity, ...]

    @property
    def status(self) -> str:
        """``done``, ``planned`` or empty: the strongest act here, stated or told by figures.

        A number of cameras tells of a deployment unless the sentence plans it; an amount of money alone tells of a plan.
        """
        stated = {act.status for act in self.acts}
        if "done" in stated:
            return "done"
        kinds = {one.kind for one in self.quantities}
        if "negated" not in stated and "planned" not in stated and "cameras" in kinds and not self.hits.get("plan"):
            return "done"
        return "planned" if "planned" in stated or kinds else ""

    @property
    def is_core(self) -> bool:
        """A product or a Safe City is named."""
        return bool(self.products or self.hits.get("safe_city"))


@dataclass(frozen=True, slots=True)
class Reading:
    """A document with what its sentences hold.

    Attributes:
        document: The document.
        lines: Sentences that hold anything, by number.
        count: Sentences in all.
        is_spaced: The script spaces its words.
        window: Characters up to which a neighbouring sentence is next to another.
    """

    document: Document
    lines: dict[int, Line]
    count: int
    is_spaced: bool
    window: int

    def near(self, number: int) -> list[Line]:
        """A sentence and its neighbours, as far as they hold anything and stand close enough."""
        middle = self.lines[number]
        around = (self.lines.get(at) for at in (number - 1, number, number + 1))
        return [
            line
            for line in around
            if line is not None and line.end > middle.start - self.window and line.start < middle.end + self.window
        ]

    def text(self, start: int, end: int) -> str:
        """A piece of the document."""
        return self.document.text[start:end]


@lru_cache(maxsize=1)
def folded(text: str) -> Folded:
    """A document folded; the last one is kept, since several look at it."""
    return fold(text)


class Reader:
    """Reads documents closely; built once per process.

    Args:
        matcher: Finds terms; one over the embedded lexicon if None.
        gazetteer: Finds places; one over the embedded tables if None.
    """

    def __init__(self, matcher: Matcher | None = None, gazetteer: Gazetteer | None = None) -> None:
        self.lexicon: Lexicon = lexicon()
        self.settings: EvidenceSettings = evidence_settings()
        made = [fold_text(word) for word in self.settings.pact_made]
        self._pacts = frozenset(made)
        self._pact_beginnings = tuple(word[:-1] for word in made if word.endswith("*"))
        self.matcher = matcher or Matcher(self.lexicon.terms)
        self._gazetteer = gazetteer

    @property
    def gazetteer(self) -> Gazetteer:
        """Finds places; built when it is first needed."""
        if self._gazetteer is None:
            words = (" ".join(word for word, _ in term.parts) for term in self.lexicon.terms if term.role != "vendor")
            self._gazetteer = Gazetteer(fold_text, words, edition=edition())
        return self._gazetteer

    def find(self, document: Document) -> list[Hit]:
        """Terms that count in a document: of its language, no look-alikes, the longest of each kind."""
        spoken = self.spoken(document.language)
        found = self.matcher.find(folded(document.text), document.text)
        kept = [hit for hit in found if not spoken.isdisjoint(hit.term.languages) or _is_for_any(hit.term)]
        return list(_longest(_without_lookalikes(kept)))

    def spoken(self, language: str) -> frozenset[str]:
        """Lexicons that serve a language."""
        known = self.lexicon.languages
        if language in known:
            return frozenset([known[language]])
        return frozenset(self.settings.stand_ins.get(language) or known.values())

    def read(self, document: Document, hits: Sequence[Hit] | None = None) -> Reading:
        """Read one document.

        Args:
            document: What to read.
            hits: Its terms as :meth:`find` gave them; found again if None.
        """
        settings = self.settings
        hits = self.find(document) if hits is None else hits
        sentences = split_sentences(document.text, settings.longest_sentence)
        is_spaced = document.language not in _UNSPACED
        by_line = _by_sentence(hits, sentences)
        places = _by_sentence(self.gazetteer.find(document.text), sentences)
        is_secure = is_about_security(hits)
        lines = {}
        for number in sorted(by_line.keys() | places.keys()):
            roles: defaultdict[str, list[Hit]] = defaultdict(list)
            for hit in by_line.get(number, ()):
                roles[hit.term.role].append(hit)
            start, end = sentences.starts[number], sentences.ends[number]
            named = roles["vendor"] + roles["refused"] + roles["safe_city"] + roles["product"]
            lines[number] = Line(
                start,
                end,
                dict(roles),
                self._acts(document.text, roles, is_spaced=is_spaced),
                _products(roles, is_about_security=is_secure),
                tuple(place for place in places.get(number, ()) if not _covers(named, place.start)),
                find_quantities(document.text, start, end, roles["unit"], settings.count_reach.of(is_spaced=is_spaced))
                if roles["product"] or roles["safe_city"] or roles["act"] or roles["unit"]
                else (),
            )
        return Reading(document, lines, len(sentences), is_spaced, settings.window_chars)

    def _acts(self, text: str, roles: dict[str, list[Hit]], *, is_spaced: bool) -> tuple[Act, ...]:
        acts = []
        for act in roles["act"]:
            is_pact = self._is_pact(fold_text(text[act.start : act.end]))
            acts.append(Act(act, self._status(act, roles, is_pact=is_pact, is_spaced=is_spaced), is_pact))
        return tuple(acts)

    def _is_pact(self, found: str) -> bool:
        first = found.partition(" ")[0]
        return first in self._pacts or first.startswith(self._pact_beginnings)

    def _status(self, act: Hit, roles: dict[str, list[Hit]], *, is_pact: bool, is_spaced: bool) -> str:
        settings = self.settings
        if _is_before(roles["negation"], act, settings.negation_reach.of(is_spaced=is_spaced)):
            return "negated"
        reach = settings.pact_reach if is_pact else settings.plan_reach
        if _is_before(roles["plan"], act, reach.of(is_spaced=is_spaced)):
            return "planned"
        return "done"


def _is_for_any(term: Term) -> bool:
    """Whether a term counts in every language: names and products do, but a short word of one may be another word elsewhere."""
    if term.role == "product" and len(term.parts) == 1 and len(term.prefix) < _SHORT and term.prefix.isascii():
        return False
    return term.role in _ANY_LANGUAGE


def _without_lookalikes(hits: Sequence[Hit]) -> list[Hit]:
    veils = [hit for hit in hits if hit.term.role in ("lookalike", "refused")]
    kept = [hit for hit in hits if hit.term.role not in ("lookalike", "refused")]
    refused = [veil for veil in veils if veil.term.role == "refused"]
    return [*(hit for hit in kept if not any(_veils(veil, hit) for veil in veils)), *refused]


def _veils(veil: Hit, hit: Hit) -> bool:
    if not (veil.start <= hit.start and hit.end <= veil.end):
        return False
    return veil.term.value == hit.term.value if veil.term.role == "lookalike" else hit.term.role != "vendor"


def _longest(hits: Iterable[Hit]) -> Iterable[Hit]:
    """Of hits of one role that overlap, the longest; the first of equals."""
    last: dict[str, Hit] = {}
    kept: dict[int, Hit] = {}
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        before = last.get(hit.term.role)
        if before is not None and hit.start < before.end:
            if hit.end - hit.start <= before.end - before.start and not (
                hit.term.role == "product" and hit.term.value != before.term.value
            ):
                continue
            if hit.end - hit.start > before.end - before.start and hit.term.value == before.term.value:
                kept.pop(id(before), None)
        last[hit.term.role] = hit
        kept[id(hit)] = hit
    return kept.values()


def _by_sentence(found: Iterable[_Found], sentences: Sentences) -> dict[int, list[_Found]]:
    grouped: defaultdict[int, list[_Found]] = defaultdict(list)
    for one in found:
        grouped[sentences.at(one.start)].append(one)
    return grouped


def _products(roles: dict[str, list[Hit]], *, is_about_security: bool) -> tuple[tuple[str, Hit], ...]:
    """Products of a sentence.

    Control rooms and emergency calls count only in a document about security, cameras only in a sentence that tells that
    they watch and names no other product.
    """
    named = [(hit.term.value, hit) for hit in roles["product"] if is_about_security or hit.term.value not in ROOMS]
    is_told = any(value not in ROOMS for value, _ in named)
    if not is_told and is_about_security and roles["watch"]:
        named += [("cctv", hit) for hit in roles["camera"][:1]]
    return tuple(named)


def is_about_security(hits: Sequence[Hit]) -> bool:
    """Whether a document names a Safe City, a product other than rooms and calls, the police or public security.

    What the byte prefilter lets pass is a superset of this.
    """
    return any(
        term.role == "safe_city"
        or (term.role == "product" and term.value not in ROOMS)
        or term.role == "security"
        or (term.role == "buyer" and term.value == "police")
        for term in (hit.term for hit in hits)
    )


def _covers(hits: Sequence[Hit], offset: int) -> bool:
    return any(hit.start <= offset < hit.end for hit in hits)


def _is_before(turns: Sequence[Hit], act: Hit, reach: int) -> bool:
    """Whether one of the words begins before the act and ends within reach of it, or in it ("to install").

    Words inside the act do not count.
    """
    at = bisect_left([turn.start for turn in turns], act.start)
    return at > 0 and act.start - turns[at - 1].end <= reach
