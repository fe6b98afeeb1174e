"""How well screening tells agreements from other pages: from a git-ignored cache, nothing of which is committed.

The cache is ``.cache/screening/*.jsonl``; one object a line: ``url``, ``text``, ``kind`` (``full``, ``excerpt``, or ``retold``: the
beginning of the page told again in its language, in other sentences, by a reader who knew neither lexicon nor labels), ``group``
(pages of one country, or of one site where a language has one country, stay together), ``truth`` (``vendors``, ``country_iso3``,
``place``, ``products``, ``year``, ``act_kind``), ``held_out`` (never looked at while lexicon, rule and weights were changed),
``held_out_fields`` (nor while the reading of fields was changed).

Labels are in ``data/screening/labels.csv``: one row per page and reader. A page counts as an agreement, or not, if more than half
of at least two readers say so; pages on which readers are split are set aside and counted. ``make bench BENCH=screening-accuracy``
writes ``bench/screening-accuracy.json``, per page address, digest, verdict and date, and the table in ``docs/screening.md``.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from citywatch.codebook import HAN, fold, vendors
from citywatch.documents import Document, Origin, detect_language
from citywatch.screening import Candidate, Reader, screen_document
from citywatch.screening.company_signs import bare_name
from citywatch.uncertainty import wilson_interval

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache" / "screening"
LABELS = ROOT / "src" / "citywatch" / "data" / "screening" / "labels.csv"
VERDICTS = ROOT / "bench" / "screening-accuracy.csv"
FOLDS = 5
TARGET_RECALL = 0.90
FEWEST_POSITIVES = 30
FEWEST_FOR_A_FIELD = 50
PREVALENCES = (1 / 1_000, 1 / 100_000)
DATE = "2026-11-24"
PAGE = ROOT / "docs" / "screening.md"
MARKS = ("<!-- accuracy: written by make bench BENCH=screening-accuracy -->", "<!-- end of accuracy -->")
NAMES = {
    "vendor_of_the_codebook": "vendor, where the codebook knows one that is named",
    "vendor_all_names": "vendor, all names, firms that the codebook does not know among them",
    "companies_right": "firms in the column companies that the page names as a vendor (the others may be buyers or partners)",
    "no_vendor_where_none_is_stated": "no vendor where none is stated",
    "products_micro_f1": "products (micro-F1)",
}
FIELD_TARGETS = {
    "vendor_of_the_codebook": 0.97,
    "country": 0.95,
    "place": 0.85,
    "year": 0.80,
    "kind": 0.75,
    "products_micro_f1": 0.85,
}
BEWARE = (
    "retold pages are no page texts: other words for the same facts, the first 2,000 characters at most, without markup; the pages were "
    "found by searching for such agreements, so the others among them are hard ones and the share of agreements is high; readers are "
    "automated"
)
SURE = ("full", "excerpt")
SHORTEST_NAME = 5  # letters of a name that may be part of a longer one; two in Chinese


@dataclass(frozen=True)
class Page:
    """A page of the cache, screened."""

    url: str
    text: str
    kind: str
    group: str
    is_agreement: bool
    is_held_out: bool
    is_held_out_for_fields: bool
    truth: Mapping[str, str]
    candidate: Candidate | None
    language: str

    @property
    def verdict(self) -> str:
        """Verdict; ``exclude`` where nothing of the rule is named."""
        return self.candidate.judgement.verdict if self.candidate else "exclude"

    @property
    def probability(self) -> float:
        """Of the ranking; 0 where nothing of the rule is named."""
        return self.candidate.probability if self.candidate else 0.0


@dataclass
class Confusion:
    """Counts of a yes-or-no decision."""

    hits: int = 0
    misses: int = 0
    false_alarms: int = 0
    rejections: int = 0
    parts: dict[str, Any] = field(default_factory=dict)

    def add(self, *, is_agreement: bool, is_kept: bool) -> None:
        """One more page."""
        self.hits += is_agreement and is_kept
        self.misses += is_agreement and not is_kept
        self.false_alarms += not is_agreement and is_kept
        self.rejections += not is_agreement and not is_kept

    def facts(self) -> dict[str, Any]:
        """Recall and precision with Wilson intervals, and precision at other prevalences."""
        positives, negatives = self.hits + self.misses, self.false_alarms + self.rejections
        found: dict[str, Any] = {
            "agreements": positives,
            "others": negatives,
            "recall": _share(self.hits, positives),
            "precision": _share(self.hits, self.hits + self.false_alarms),
            "false_alarms": _share(self.false_alarms, negatives),
        }
        if positives and negatives:
            recall, alarm = self.hits / positives, self.false_alarms / negatives
            highest = wilson_interval(self.false_alarms, negatives).high
            found["precision_at"] = {
                f"1 in {round(1 / share):,}": {
                    "value": round(_precision(recall, alarm, share), 5),
                    "if false alarms are at the upper end": round(_precision(recall, highest, share), 5),
                }
                for share in PREVALENCES
            }
        return found


def _precision(recall: float, alarm: float, prevalence: float) -> float:
    yes, no = recall * prevalence, alarm * (1 - prevalence)
    return yes / (yes + no) if yes + no else 1.0


def _share(count: int, total: int) -> dict[str, Any]:
    if not total:
        return {"n": 0}
    interval = wilson_interval(count, total)
    return {
        "value": round(count / total, 3),
        "low": round(interval.low, 3),
        "high": round(interval.high, 3),
        "n": total,
    }


def run() -> dict[str, Any]:
    """Everything the report says; ``not measured`` without the cache."""
    labels, readers = settled()
    raw = read_cache(labels)
    if not raw:
        return {"value": "not measured", "why": f"no cache in {CACHE.relative_to(ROOT)}"}
    pages = screen_all(raw)
    write_verdicts(pages)
    report: dict[str, Any] = {"date": DATE, "readers": readers}
    for kind in sorted({page.kind for page in pages}):
        some = [page for page in pages if page.kind == kind]
        held_out = [page for page in some if page.is_held_out]
        report[kind] = {
            "beware": "" if kind in SURE else BEWARE,
            "held_out": measure(held_out) | {"fields": fields([page for page in some if page.is_held_out_for_fields])},
            "all": measure(some) | {"fields": fields(some)},
        }
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), report), encoding="utf-8")
    measured = {kind: report[kind]["held_out"]["verdict_include_or_unsure"] for kind in SURE if kind in report}
    return {"value": measured or "not measured", "why": "" if measured else "the cache holds no page text"} | report


def with_table(page: str, report: Mapping[str, Any]) -> str:
    """The page with the figures of a report between its marks."""
    head, rest = page.split(MARKS[0])
    _, tail = rest.split(MARKS[1])
    return f"{head}{MARKS[0]}\n\n{table(report)}\n{MARKS[1]}{tail}"


def table(report: Mapping[str, Any]) -> str:
    """Figures of the held-out pages as Markdown; of page texts if there are any, else of retold pages."""
    kind = next(name for name in (*SURE, "retold") if name in report)
    found, readers = report[kind]["held_out"], report["readers"]
    split = readers["set_aside_because_readers_are_split"]
    decisions = {
        "verdict include": "verdict_include",
        "verdict include or unsure": "verdict_include_or_unsure",
        "probability, threshold from other groups": "probability_over_threshold_of_other_folds",
    }
    rows = ["| kept if | recall | precision |", "|---|---|---|"]
    rows += [
        f"| {name} | {_cell(found[key]['recall'])} | {_cell(found[key]['precision'])} |"
        for name, key in decisions.items()
    ]
    rows += ["", "| language | agreements | recall of include | precision of include |", "|---|---|---|---|"]
    rows += [
        f"| {language} | {facts['agreements']} | {_cell(facts['recall'])} | {_cell(facts['precision'])} |"
        for language, facts in report[kind]["all"]["by_language"].items()
        if isinstance(facts["recall"], Mapping)
    ]
    rows += ["", "| field, where the page states it | right | aim |", "|---|---|---|"]
    rows += [
        f"| {NAMES.get(name, name.replace('_', ' '))} | {_cell(facts)} | {FIELD_TARGETS.get(name, '')} |"
        for name, facts in found["fields"].items()
    ]
    lead = (
        f"{found['pages']} held-out pages ({kind}); each was labelled by two or three readers, whose first two agree on "
        f"{100 * readers['first_two_agree']['value']:.0f} % (kappa {readers['kappa']}); {split} pages on "
        f"which they are split are left out. 95 % Wilson intervals. Languages are of all {report[kind]['all']['pages']} pages, those seen "
        f"while the lexicons were written among them, since few languages have {FEWEST_POSITIVES} held-out agreements. "
        f"Fields are of agreements that were not excluded, on pages used neither for the rules nor for the "
        f"reading of fields. Beware: {report[kind]['beware']}."
    )
    return "\n".join([lead, "", *rows, ""])


def _cell(facts: Mapping[str, Any]) -> str:
    if "low" not in facts:
        return f"{facts['value']} (n {facts['n']})" if "value" in facts else "not measured"
    return f"{facts['value']:.2f} ({facts['low']:.2f}–{facts['high']:.2f}; n {facts['n']})"


def settled() -> tuple[dict[str, bool], dict[str, Any]]:
    """Whether a page is an agreement, by the majority of its readers; and what is known of the readers."""
    votes: defaultdict[str, dict[str, bool]] = defaultdict(dict)
    for row in csv.DictReader(LABELS.open(encoding="utf-8")):
        votes[row["url"]][row["reader"]] = row["label"] == "agreement"
    several = {url: by for url, by in votes.items() if len(by) > 1}
    found = {url: 2 * sum(by.values()) > len(by) for url, by in several.items() if 2 * sum(by.values()) != len(by)}
    pairs = [tuple(by.values())[:2] for by in several.values()]
    same = sum(one == other for one, other in pairs)
    facts = {
        "pages": len(votes),
        "with_two_readers_or_more": len(several),
        "first_two_agree": _share(same, len(pairs)),
        "kappa": round(cohens_kappa(pairs), 3),
        "set_aside_because_readers_are_split": len(several) - len(found),
        "set_aside_because_of_one_reader": len(votes) - len(several),
    }
    return found, facts


def cohens_kappa(pairs: Sequence[tuple[bool, ...]]) -> float:
    """Agreement of two readers beyond chance (Cohen 1960)."""
    total = len(pairs)
    seen = sum(one == other for one, other in pairs) / total
    first, second = (sum(pair[at] for pair in pairs) / total for at in (0, 1))
    chance = first * second + (1 - first) * (1 - second)
    return (seen - chance) / (1 - chance)


def read_cache(labels: Mapping[str, bool]) -> list[dict[str, Any]]:
    """Rows of the cache that have a settled label, one per address and kind."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for path in sorted(CACHE.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["url"] in labels and row["text"].strip():
                rows.setdefault((row["url"], row["kind"]), row | {"is_agreement": labels[row["url"]]})
    return [rows[key] for key in sorted(rows)]


def screen_all(rows: Iterable[Mapping[str, Any]]) -> list[Page]:
    """Screen every row."""
    reader = _reader()
    pages = []
    for row in rows:
        text, language = row["text"], detect_language(row["text"])
        digest = hashlib.sha256(text.encode()).hexdigest()
        document = Document(digest, row["url"], "", language, "", text, Origin("cache"))
        pages.append(
            Page(
                row["url"],
                text,
                row["kind"],
                row.get("group", ""),
                row["is_agreement"],
                bool(row.get("held_out")),
                bool(row.get("held_out_fields")),
                row.get("truth") or {},
                screen_document(reader, document),
                language,
            )
        )
    return pages


def write_verdicts(pages: Sequence[Page]) -> None:
    """What may be committed: address, digest of the text, verdict and date."""
    with VERDICTS.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["url", "kind", "text_sha256", "verdict", "date"])
        for page in pages:
            writer.writerow([page.url, page.kind, hashlib.sha256(page.text.encode()).hexdigest(), page.verdict, DATE])


def measure(pages: Sequence[Page]) -> dict[str, Any]:
    """Page class, languages, fields, ranking of some pages."""
    if not pages:
        return {"pages": 0}
    chosen = by_folds(pages)
    return {
        "pages": len(pages),
        "verdict_include": decide(pages, lambda page: page.verdict == "include").facts(),
        "verdict_include_or_unsure": decide(pages, lambda page: page.verdict != "exclude").facts(),
        "probability_over_threshold_of_other_folds": chosen.facts() | {"thresholds": chosen.parts},
        "by_language": by_language(pages),
        "work_saved_at_recall_95": work_saved(pages, 0.95),
        "brier": round(sum((page.probability - page.is_agreement) ** 2 for page in pages) / len(pages), 4),
        "reliability": reliability(pages),
    }


def decide(pages: Iterable[Page], keeps: Callable[[Page], bool]) -> Confusion:
    """Counts of one decision."""
    found = Confusion()
    for page in pages:
        found.add(is_agreement=page.is_agreement, is_kept=keeps(page))
    return found


def by_folds(pages: Sequence[Page]) -> Confusion:
    """Every page judged by the threshold that the pages of other groups ask for."""
    folds: defaultdict[int, list[Page]] = defaultdict(list)
    for page in pages:
        folds[fold_of(page)].append(page)
    found = Confusion()
    for number in sorted(folds):
        threshold = _threshold([page for other in folds if other != number for page in folds[other]])
        found.parts[str(number)] = round(threshold, 3)
        for page in folds[number]:
            found.add(is_agreement=page.is_agreement, is_kept=page.probability >= threshold)
    return found


def fold_of(page: Page) -> int:
    """Number of the fold of a page's group."""
    return int(hashlib.sha256(page.group.encode()).hexdigest(), 16) % FOLDS


def _threshold(pages: Sequence[Page]) -> float:
    """Highest threshold that keeps the wanted recall."""
    scores = sorted((page.probability for page in pages if page.is_agreement), reverse=True)
    return scores[min(len(scores) - 1, int(TARGET_RECALL * len(scores) + 0.999) - 1)] if scores else 0.5


def by_language(pages: Sequence[Page]) -> dict[str, Any]:
    """Recall and precision of the verdict, where there are enough agreements to say."""
    found: dict[str, Any] = {}
    for language in sorted({page.language for page in pages}):
        some = [page for page in pages if page.language == language]
        positives = sum(page.is_agreement for page in some)
        facts = decide(some, lambda page: page.verdict == "include").facts()
        found[language or "not told"] = (
            {name: facts[name] for name in ("agreements", "others", "recall", "precision")}
            if positives >= FEWEST_POSITIVES
            else {"agreements": positives, "others": len(some) - positives, "recall": "too few to say"}
        )
    return found


def work_saved(pages: Sequence[Page], recall: float) -> float:
    """Share of reading saved against reading in random order (Cohen 2006, WSS)."""
    ranked = sorted(pages, key=lambda page: -page.probability)
    wanted = int(recall * sum(page.is_agreement for page in pages) + 0.999)
    seen = 0
    for read, page in enumerate(ranked, start=1):
        seen += page.is_agreement
        if seen >= wanted:
            return round(1 - read / len(ranked) - (1 - recall), 3)
    return 0.0


def reliability(pages: Sequence[Page]) -> list[dict[str, Any]]:
    """Share of agreements by band of probability."""
    bands: defaultdict[int, list[Page]] = defaultdict(list)
    for page in pages:
        bands[min(4, int(page.probability * 5))].append(page)
    return [
        {
            "from": band / 5,
            "mean": round(sum(page.probability for page in bands[band]) / len(bands[band]), 3),
            "share": _share(sum(page.is_agreement for page in bands[band]), len(bands[band])),
        }
        for band in sorted(bands)
    ]


def fields(pages: Sequence[Page]) -> dict[str, Any]:
    """Fields against what the reader recorded, on agreements that were not excluded."""
    some = [page for page in pages if page.is_agreement and page.verdict != "exclude" and page.truth]
    found = {
        "vendor_of_the_codebook": _matches(
            [page for page in some if any(map(_vendor_id, page.truth.get("vendors", "").split(";")))],
            "vendors",
            _vendor_right,
        ),
        "vendor_all_names": _matches(some, "vendors", _any_name_right),
        "companies_right": _companies_right(some),
        "no_vendor_where_none_is_stated": _share(
            sum(not page.candidate.fields.vendors for page in some if page.candidate and not page.truth.get("vendors")),
            sum(not page.truth.get("vendors") for page in some),
        ),
        "country": _matches(
            [page for page in some if ";" not in page.truth.get("country_iso3", "")],
            "country_iso3",
            lambda page, true: page.candidate.fields.country_iso3 == true,  # type: ignore[union-attr]
        ),
        "place": _matches(some, "place", _place_right),
        "year": _matches(some, "year", lambda page, true: page.candidate.fields.announced[:4] == true),  # type: ignore[union-attr]
        "kind": _matches(some, "act_kind", lambda page, true: page.candidate.fields.kind == true),  # type: ignore[union-attr]
        "products_micro_f1": _micro_f1(some),
    }
    return {name: facts | _enough(facts) for name, facts in found.items()}


def _enough(facts: Mapping[str, Any]) -> dict[str, str]:
    return {} if facts.get("n", 0) >= FEWEST_FOR_A_FIELD else {"note": f"fewer than {FEWEST_FOR_A_FIELD}: no pass"}


def _matches(pages: Sequence[Page], name: str, is_right: Callable[[Page, str], bool]) -> dict[str, Any]:
    stated = [page for page in pages if page.truth.get(name)]
    return _share(sum(is_right(page, page.truth[name]) for page in stated), len(stated))


def _vendor_right(page: Page, true: str) -> bool:
    """One of the vendors that the reader named is found; names that the codebook does not know count as missed."""
    assert page.candidate is not None
    wanted = {one for name in true.split(";") if (one := _vendor_id(name))}
    return bool(wanted & set(page.candidate.fields.vendors))


def _any_name_right(page: Page, true: str) -> bool:
    """One of the names is a vendor of the codebook that is found, or one of the firms named beside those."""
    assert page.candidate is not None
    named = page.candidate.fields.companies
    return _vendor_right(page, true) or any(_is_same_firm(one, name) for one in named for name in true.split(";"))


def _companies_right(pages: Sequence[Page]) -> dict[str, Any]:
    """Share of the named firms that are among the vendors of pages that state some; others may be partners, buyers or banks."""
    right = [
        any(_is_same_firm(one, name) for name in page.truth["vendors"].split(";"))
        for page in pages
        if page.candidate and page.truth.get("vendors")
        for one in page.candidate.fields.companies
    ]
    return _share(sum(right), len(right))


def _is_same_firm(one: str, other: str) -> bool:
    """Whether two names are equal, or one is inside the other and long enough, legal forms aside."""
    first, second = sorted((bare_name(re.sub(r"\(.*", "", name)) for name in (one, other)), key=len)
    is_long = len(first) >= SHORTEST_NAME or re.fullmatch(f"[{HAN}]{{2,}}", first)
    return bool(first) and (first == second or (bool(is_long) and first in second))


def _vendor_id(name: str) -> str:
    """Id of a vendor by its name, an alias, what stands in brackets behind it, or a name inside a longer one."""
    known = _aliases()
    bare, *brackets = (fold(part).text.strip() for part in re.split(r"[()]", name))
    inside = (one for alias, one in known.items() if len(alias) > 4 and f" {alias} " in f" {bare} ")
    return next((known[one] for one in (bare, *brackets) if one in known), "") or next(inside, "")


@cache
def _aliases() -> dict[str, str]:
    return {fold(name).text: vendor.id for vendor in vendors() for name in (vendor.name, *vendor.aliases)}


def _place_right(page: Page, true: str) -> bool:
    """One of the places is found: by its name in the record, by a name that the page gives it, or by another form of that name."""
    assert page.candidate is not None
    wanted = {_plain(name) for name in true.split(";")}
    if "national" in wanted:
        return True
    found = set(page.candidate.fields.places)
    meant = (
        place.name for name in true.split(";") for one in _reader().gazetteer.find(name) for place in one.places[:1]
    )
    if not found.isdisjoint(meant):
        return True
    spelled = (
        page.text[one.start : one.end]
        for one in _reader().gazetteer.find(page.text)
        if any(place.name in found for place in one.places)
    )
    named = {_plain(name) for name in (*found, *spelled)}
    return any(one in other or other in one for one in wanted for other in named)


def _plain(name: str) -> str:
    return fold(name.split("(", maxsplit=1)[0].strip()).text


@cache
def _reader() -> Reader:
    return Reader()


def _micro_f1(pages: Sequence[Page]) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    stated = [page for page in pages if page.truth.get("products")]
    for page in stated:
        assert page.candidate is not None
        true, named = set(page.truth["products"].split("; ")), set(page.candidate.fields.products)
        counts.update(hit=len(true & named), false=len(named - true), missed=len(true - named))
    total = 2 * counts["hit"] + counts["false"] + counts["missed"]
    return {"value": round(2 * counts["hit"] / total, 3), "n": len(stated)} if total else {"n": 0}
