"""Screening: documents become candidates, each explained by the passages it rests on."""

from citywatch.screening.candidate import Candidate, Judgement, judge, screen_document
from citywatch.screening.cluster import DaskEngine, dask_engine
from citywatch.screening.engine import LocalEngine, Screened, collect, run_shard, screen
from citywatch.screening.evidence import Answers, Evidence, Passage, weigh
from citywatch.screening.fields import Fields, fill_fields
from citywatch.screening.matcher import Hit, Matcher, find_slowly
from citywatch.screening.prefilter import Prefilter, prefilter
from citywatch.screening.ranking import FEATURES, Ranking, features, logistic, ranking, shift_prior
from citywatch.screening.reading import Reader, Reading
from citywatch.screening.results import Change, Results, one_candidate, read_results, rejudge, stored_answers
from citywatch.screening.shards import Job, Shard, ShardResult, ShardStore, job_key, plan
from citywatch.screening.stopping import Stopping, recall_bound
from citywatch.screening.tables import CANDIDATES, PASSAGES, SET_ASIDE, arrow_schema

__all__ = [
    "CANDIDATES",
    "FEATURES",
    "PASSAGES",
    "SET_ASIDE",
    "Answers",
    "Candidate",
    "Change",
    "DaskEngine",
    "Evidence",
    "Fields",
    "Hit",
    "Job",
    "Judgement",
    "LocalEngine",
    "Matcher",
    "Passage",
    "Prefilter",
    "Ranking",
    "Reader",
    "Reading",
    "Results",
    "Screened",
    "Shard",
    "ShardResult",
    "ShardStore",
    "Stopping",
    "arrow_schema",
    "collect",
    "dask_engine",
    "features",
    "fill_fields",
    "find_slowly",
    "job_key",
    "judge",
    "logistic",
    "one_candidate",
    "plan",
    "prefilter",
    "ranking",
    "read_results",
    "recall_bound",
    "rejudge",
    "run_shard",
    "screen",
    "screen_document",
    "shift_prior",
    "stored_answers",
    "weigh",
]
