"""Answers to the questions of the inclusion rule, each with the passages it rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from citywatch.codebook import InclusionRule, limb_word
from citywatch.screening.matcher import Hit
from citywatch.screening.reading import Line, Reading
from citywatch.screening.settings import evidence_settings

_Holds = Callable[[Line], bool]


@dataclass(frozen=True, slots=True)
class Passage:
    """What an answer or a field rests on.

    Attributes:
        question: Question of the rule, or name of the field.
        value: The answer or value that this passage supports.
        start: First character of the sentence in the document's text.
        end: One behind its last.
        found_start: First character of what was found in it.
        found_end: One behind its last.
    """

    question: str
    value: str
    start: int
    end: int
    found_start: int
    found_end: int


@dataclass(frozen=True, slots=True)
class Answers:
    """What a document says to the rule, before any rule judges it.

    Attributes:
        act: ``done``, ``planned``, ``apart``, ``denied`` or ``none``.
        term: ``with_act``, ``apart`` or ``none``.
        products: Products that stand with an act, sorted.
        products_apart: Other products named, sorted.
        vendor: ``with_act``, ``apart`` or ``none``.
        party: ``with_act``, ``apart`` or ``none``.
        figures: ``some`` or ``none``.
        topics: ``some`` or ``none`` non-security topics with an act.
        talk: ``much``, ``some`` or ``none``.
    """

    act: str
    term: str
    products: tuple[str, ...]
    products_apart: tuple[str, ...]
    vendor: str
    party: str
    figures: str
    topics: str
    talk: str

    def under(self, rule: InclusionRule) -> dict[str, str]:
        """One answer per question of a rule; which products count is the rule's business."""
        limb = self.limb(rule)
        apart = self.term == "apart" or not rule.products.isdisjoint(self.products_apart)
        return {
            "act": self.act,
            "limb": "with_act" if limb else "apart" if apart else "none",
            "vendor": self.vendor,
            "party": self.party,
            "figures": self.figures,
            "topics": "only" if self.topics == "some" and not limb else self.topics,
            "talk": self.talk,
        }

    def limb(self, rule: InclusionRule) -> str:
        """Limb of the rule that the acts show: ``term``, ``product``, ``both`` or empty."""
        return limb_word(by_term=self.term == "with_act", by_product=not rule.products.isdisjoint(self.products))


@dataclass(frozen=True, slots=True)
class Evidence:
    """Answers with their passages, and what they were counted from.

    Attributes:
        answers: The answers.
        passages: In order of question and place.
        core: Numbers of the sentences where an act stands with a product or term; done ones before planned ones.
        counts: How often things were met, for ranking: names as in ``FEATURES`` of the ranking.
    """

    answers: Answers
    passages: tuple[Passage, ...]
    core: tuple[int, ...]
    counts: Mapping[str, float]


def weigh(reading: Reading) -> Evidence:
    """Answer the questions for one document."""
    return _Weighing(reading).evidence()


class _Weighing:
    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.settings = evidence_settings()
        lines = reading.lines
        named = [number for number, line in lines.items() if line.is_core]
        self.named = named
        self.done = [at for at in named if lines[at].status == "done"]
        self.planned = [at for at in named if lines[at].status == "planned"]
        self.denied = [
            at for at in (*self.done, *self.planned, *named) if any("denial" in line.hits for line in reading.near(at))
        ]
        self.beside = [
            at for at in named if any(act.status == "done" for line in reading.near(at) for act in line.acts)
        ]
        self.core = [*self.done, *self.planned]
        self.is_sealed = any(
            act.is_pact and act.status == "done"
            for at in self.planned
            for line in reading.near(at)
            for act in line.acts
        )

    def evidence(self) -> Evidence:
        answers = Answers(
            act=self._act(),
            term=self._where(lambda line: bool(line.hits.get("safe_city"))),
            products=tuple(sorted({value for at in self.core for value, _ in self.reading.lines[at].products})),
            products_apart=tuple(sorted(self._products_apart())),
            vendor=self._around(lambda line: bool(line.hits.get("vendor"))),
            party=self._party(),
            figures="some" if any(line.quantities for line in self._window()) else "none",
            topics="some"
            if any(line.acts and "topic" in line.hits for line in self.reading.lines.values())
            else "none",
            talk=self._talk(),
        )
        passages = tuple(self._passages(answers))
        return Evidence(answers, passages, tuple(self.core), self._counts())

    def _act(self) -> str:
        clear = [at for at in self.done if at not in self.denied]
        if clear:
            return "done"
        if self.denied:
            return "denied"
        if self.planned:
            return "done" if self.is_sealed else "planned"
        return "apart" if self.beside else "none"

    def _window(self) -> list[Line]:
        seen: dict[int, Line] = {}
        for at in self.core or self.beside:
            seen |= {line.start: line for line in self.reading.near(at)}
        return [seen[start] for start in sorted(seen)]

    def _products_apart(self) -> set[str]:
        everywhere = {value for line in self.reading.lines.values() for value, _ in line.products}
        return everywhere - {value for at in self.core for value, _ in self.reading.lines[at].products}

    def _where(self, holds: _Holds) -> str:
        if any(holds(self.reading.lines[at]) for at in self.core):
            return "with_act"
        return "apart" if any(holds(line) for line in self.reading.lines.values()) else "none"

    def _around(self, holds: _Holds) -> str:
        if any(holds(line) for line in self._window()):
            return "with_act"
        return "apart" if any(holds(line) for line in self.reading.lines.values()) else "none"

    def _party(self) -> str:
        by_place = self._around(lambda line: bool(line.places))
        if by_place == "with_act":
            return by_place
        by_buyer = self._around(lambda line: bool(line.hits.get("buyer")))
        is_vendor_near = self._around(lambda line: bool(line.hits.get("vendor"))) == "with_act"
        if by_buyer == "with_act" and (by_place == "apart" or is_vendor_near):
            return "with_act"
        return "none" if by_place == by_buyer == "none" else "apart"

    def _talk(self) -> str:
        markers = sum(len(line.hits.get("general", ())) for line in self.reading.lines.values())
        if not markers:
            return "none"
        return "much" if markers >= self.settings.talk_ratio * max(1, len(self.done)) else "some"

    def _passages(self, answers: Answers) -> Iterator[Passage]:
        lines, most = self.reading.lines, self.settings.most_passages
        chosen = self.core or self.beside or self.named
        best = sorted(sorted(chosen, key=lambda at: -_richness(lines[at]))[:most])
        for at in best:
            line = lines[at]
            for act in [act for act in line.acts if act.status != "negated"][:1]:
                yield self._passage("act", answers.act, line, act.hit.start, act.hit.end)
            for hit in line.hits.get("safe_city", ())[:1]:
                yield self._passage("term", "", line, hit.start, hit.end)
            for value, hit in _firsts(line.products):
                yield self._passage("product", value, line, hit.start, hit.end)
        for name, pick in (("vendor", _vendor_spots), ("party", _party_spots), ("figures", _figure_spots)):
            spots = [(line, spot) for line in self._window() for spot in pick(line)]
            for line, (value, start, end) in spots[:most]:
                yield self._passage(name, value, line, start, end)
        for name in ("topic", "general", "denial"):
            marks = [(line, hit) for line in lines.values() for hit in line.hits.get(name, ())]
            for line, hit in marks[:1]:
                yield self._passage(name, hit.term.value or hit.term.text, line, hit.start, hit.end)

    def _passage(self, question: str, value: str, line: Line, start: int, end: int) -> Passage:
        return Passage(question, value, line.start, line.end, start, end)

    def _counts(self) -> dict[str, float]:
        lines = self.reading.lines
        window = self._window()
        roles = ("vendor", "buyer", "general", "topic", "denial", "safe_city", "watch")
        counts = {f"n_{role}": float(sum(len(line.hits.get(role, ())) for line in lines.values())) for role in roles}
        kinds = {act.hit.term.value for at in self.done for act in lines[at].acts if act.status == "done"}
        return counts | {
            "n_done": float(len(self.done)),
            "n_planned": float(len(self.planned)),
            "n_named": float(len(self.named)),
            "n_sentences": float(max(1, self.reading.count)),
            "n_products": float(len({value for at in self.named for value, _ in lines[at].products})),
            "n_amounts": float(sum(q.kind == "amount" for line in window for q in line.quantities)),
            "n_cameras": float(sum(q.kind == "cameras" for line in window for q in line.quantities)),
            "n_places": float(sum(len(line.places) for line in window)),
            "has_pact": float(not kinds.isdisjoint({"mou", "framework", "contract", "donation", "loan"})),
            "has_deployment": float("deployment" in kinds),
            "is_vendor_near": float(any("vendor" in line.hits for line in window)),
            "is_buyer_near": float(any("buyer" in line.hits for line in window)),
        }


def _richness(line: Line) -> int:
    return (
        3 * sum(act.status == "done" for act in line.acts[:3])
        + 2 * len(line.products[:3])
        + 3 * bool(line.hits.get("vendor"))
        + 2 * bool(line.places)
        + 2 * bool(line.quantities)
        + bool(line.hits.get("buyer"))
    )


def _firsts(products: Iterable[tuple[str, Hit]]) -> list[tuple[str, Hit]]:
    return list({value: (value, hit) for value, hit in reversed(list(products))}.values())


def _vendor_spots(line: Line) -> list[tuple[str, int, int]]:
    return [(hit.term.value, hit.start, hit.end) for hit in line.hits.get("vendor", ())]


def _party_spots(line: Line) -> list[tuple[str, int, int]]:
    places = [(mention.places[0].name, mention.start, mention.end) for mention in line.places]
    return places + [(hit.term.value, hit.start, hit.end) for hit in line.hits.get("buyer", ())]


def _figure_spots(line: Line) -> list[tuple[str, int, int]]:
    return [(f"{one.value:g} {one.unit}", one.start, one.end) for one in line.quantities]
