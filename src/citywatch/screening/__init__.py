"""Screening: documents become candidates, each explained by the passages it rests on."""

from citywatch.screening.candidate import Candidate, Judgement, judge, screen_document
from citywatch.screening.evidence import Answers, Evidence, Passage, weigh
from citywatch.screening.fields import Fields, fill_fields
from citywatch.screening.matcher import Hit, Matcher, find_slowly
from citywatch.screening.ranking import FEATURES, Ranking, features, logistic, ranking, shift_prior
from citywatch.screening.reading import Reader, Reading

__all__ = [
    "FEATURES",
    "Answers",
    "Candidate",
    "Evidence",
    "Fields",
    "Hit",
    "Judgement",
    "Matcher",
    "Passage",
    "Ranking",
    "Reader",
    "Reading",
    "features",
    "fill_fields",
    "find_slowly",
    "judge",
    "logistic",
    "ranking",
    "screen_document",
    "shift_prior",
    "weigh",
]
