"""From a document to a candidate: read closely, weigh, judge, fill the fields, rank."""

from __future__ import annotations

from dataclasses import dataclass

from citywatch.codebook import InclusionRule, inclusion_rule
from citywatch.documents import Document
from citywatch.screening.evidence import Answers, Evidence, Passage, weigh
from citywatch.screening.fields import Fields, fill_fields
from citywatch.screening.ranking import ranking
from citywatch.screening.reading import Reader


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a rule says of answers.

    Attributes:
        verdict: ``include``, ``exclude`` or ``unsure``.
        because: Reason of the row that decided.
        admitted_by: Limb of the rule: ``term``, ``product``, ``both``; empty where the verdict is ``exclude``.
        rule_version: Version of the rule.
    """

    verdict: str
    because: str
    admitted_by: str
    rule_version: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document that names a term or product of the rule, judged.

    Attributes:
        id: ``can-`` and the first 16 hex digits of the document's id.
        document: The document.
        judgement: What the rule in force says.
        evidence: Answers with passages.
        fields: What it says of the agreement.
        probability: That it reports an agreement, at the prevalence of the model.
    """

    id: str
    document: Document
    judgement: Judgement
    evidence: Evidence
    fields: Fields
    probability: float

    @property
    def passages(self) -> tuple[Passage, ...]:
        """Passages of answers and fields."""
        return self.evidence.passages + self.fields.passages


def judge(answers: Answers, rule: InclusionRule | None = None) -> Judgement:
    """Judge answers under a rule, the one in force if None."""
    rule = rule or inclusion_rule()
    row = rule.verdict(answers.under(rule))
    limb = answers.limb(rule) if row.verdict != "exclude" else ""
    return Judgement(row.verdict, row.because, limb, rule.version)


def screen_document(reader: Reader, document: Document) -> Candidate | None:
    """A candidate, or None where neither a Safe City nor a product of the rule is named."""
    hits = reader.find(document)
    if not any(hit.term.role in ("product", "safe_city", "camera") for hit in hits):
        return None
    reading = reader.read(document, hits)
    evidence = weigh(reading)
    if not (evidence.counts["n_named"]):
        return None
    return Candidate(
        id=f"can-{document.id[:16]}",
        document=document,
        judgement=judge(evidence.answers),
        evidence=evidence,
        fields=fill_fields(reading, evidence),
        probability=ranking().probability(evidence),
    )
