"""How well screening tells agreements from other pages: from a git-ignored cache, nothing of which is committed.

The cache is ``.cache/screening/*.jsonl``; one object a line: ``url``, ``text``, ``kind`` (``full``, ``excerpt``, or ``digest``: the page
retold in a reader's own words, which is no page), ``country``, ``truth`` (``vendors``, ``country_iso3``, ``place``, ``products``, ``year``,
``act_kind``), ``held_out`` (read after the lexicon was last changed for its sake). Labels are in ``data/screening/labels.csv``.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from citywatch.documents import Document, Origin, detect_language
from citywatch.screening import Candidate, Reader, screen_document
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
BEWARE = (
    "digests are pages retold in a few sentences by the reader who built the lexicon; these figures say that the parts work "
    "together, not how well screening does on pages, and must not be quoted as its accuracy"
)


@dataclass(frozen=True)
class Page:
    """A page of the cache, screened."""

    url: str
    text: str
    kind: str
    country: str
    is_agreement: bool
    is_held_out: bool
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
    raw = read_cache()
    if not raw:
        return {"value": "not measured", "why": f"no cache in {CACHE.relative_to(ROOT)}"}
    pages = screen_all(raw)
    write_verdicts(pages)
    report: dict[str, Any] = {"date": DATE, "value": "not measured", "why": "the cache holds no page text"}
    for kind in sorted({page.kind for page in pages}):
        some = [page for page in pages if page.kind == kind]
        report[kind] = {"all": measure(some), "held_out": measure([page for page in some if page.is_held_out])}
        if kind in ("excerpt", "full"):
            report["value"] = {
                one: report[one]["all"]["verdict_include"] for one in report if one in ("excerpt", "full")
            }
            report.pop("why", None)
    if "digest" in report:
        report["digest"] = {"beware": BEWARE, **report["digest"]}
    return report


def read_cache() -> list[dict[str, Any]]:
    """Rows of the cache that have a label, one per address and kind."""
    labels = {row["url"]: row["label"] for row in csv.DictReader(LABELS.open(encoding="utf-8"))}
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for path in sorted(CACHE.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["url"] in labels and row["text"].strip():
                rows.setdefault((row["url"], row["kind"]), row | {"label": labels[row["url"]]})
    return [rows[key] for key in sorted(rows)]


def screen_all(rows: Iterable[Mapping[str, Any]]) -> list[Page]:
    """Screen every row."""
    reader = Reader()
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
                row.get("country", ""),
                row["label"] == "agreement",
                bool(row.get("held_out")),
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
        "fields": fields(pages),
    }


def decide(pages: Iterable[Page], keeps: Callable[[Page], bool]) -> Confusion:
    """Counts of one decision."""
    found = Confusion()
    for page in pages:
        found.add(is_agreement=page.is_agreement, is_kept=keeps(page))
    return found


def by_folds(pages: Sequence[Page]) -> Confusion:
    """Every page judged by the threshold that the pages of other countries ask for."""
    folds: defaultdict[int, list[Page]] = defaultdict(list)
    for page in pages:
        folds[int(hashlib.sha256(page.country.encode()).hexdigest(), 16) % FOLDS].append(page)
    found = Confusion()
    for number in sorted(folds):
        threshold = _threshold([page for other in folds if other != number for page in folds[other]])
        found.parts[str(number)] = round(threshold, 3)
        for page in folds[number]:
            found.add(is_agreement=page.is_agreement, is_kept=page.probability >= threshold)
    return found


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
    """Fields against what the reader recorded, on agreements that became candidates."""
    some = [page for page in pages if page.is_agreement and page.candidate and page.truth]
    found = {
        "vendor": _matches(some, "vendors", _vendor_right),
        "country": _matches(some, "country_iso3", lambda page, true: page.candidate.fields.country_iso3 == true),  # type: ignore[union-attr]
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
    """The first true vendor is among those found, and no found one is wrong by more than the page names."""
    assert page.candidate is not None
    return true.split("; ", maxsplit=1)[0] in page.candidate.fields.vendors


def _place_right(page: Page, true: str) -> bool:
    assert page.candidate is not None
    wanted = {_plain(name) for name in true.split(";")}
    named = {_plain(name) for name in page.candidate.fields.places}
    if wanted & {"national", "several cities"}:
        return True
    return any(one in other or other in one for one in wanted for other in named)


def _plain(name: str) -> str:
    from citywatch.codebook import fold

    return fold(name.split("(", maxsplit=1)[0].strip()).text


def _micro_f1(pages: Sequence[Page]) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    stated = [page for page in pages if page.truth.get("products")]
    for page in stated:
        assert page.candidate is not None
        true, named = set(page.truth["products"].split("; ")), set(page.candidate.fields.products)
        counts.update(hit=len(true & named), false=len(named - true), missed=len(true - named))
    total = 2 * counts["hit"] + counts["false"] + counts["missed"]
    return {"value": round(2 * counts["hit"] / total, 3), "n": len(stated)} if total else {"n": 0}
