"""Screening: documents become candidates, each explained by the passages it rests on."""

from citywatch.screening.calibration import Band, Calibration, calibrate
from citywatch.screening.candidate import Candidate, Judgement, judge, screen_document
from citywatch.screening.cluster import DaskEngine, dask_engine
from citywatch.screening.engine import LocalEngine, Screened, collect, run_shard, screen
from citywatch.screening.evidence import Answers, Evidence, Passage, weigh
from citywatch.screening.fields import Fields, fill_fields
from citywatch.screening.judgements import EXCLUDE, INCLUDE, UNSURE, Judged, read_judgements, read_sheet
from citywatch.screening.learning import learn, signs
from citywatch.screening.matcher import Hit, Matcher, find_slowly
from citywatch.screening.prefilter import Prefilter, prefilter
from citywatch.screening.queue import Pick, likelihoods, next_picks, random_sample, stated_prevalence, write_queue
from citywatch.screening.ranking import FEATURES, Ranking, features, logistic, ranking, shift_prior
from citywatch.screening.reading import Reader, Reading
from citywatch.screening.results import Change, Results, one_candidate, read_results, rejudge, stored_answers
from citywatch.screening.sampling import Sampled, bound_of, digest_of, draw, random_order, read_sample, write_sample
from citywatch.screening.semantic import embed
from citywatch.screening.shards import Job, Shard, ShardResult, ShardStore, job_key, plan
from citywatch.screening.tables import CANDIDATES, PASSAGES, SET_ASIDE, arrow_schema, spelled

__all__ = [
    "CANDIDATES",
    "EXCLUDE",
    "FEATURES",
    "INCLUDE",
    "PASSAGES",
    "SET_ASIDE",
    "UNSURE",
    "Answers",
    "Band",
    "Calibration",
    "Candidate",
    "Change",
    "DaskEngine",
    "Evidence",
    "Fields",
    "Hit",
    "Job",
    "Judged",
    "Judgement",
    "LocalEngine",
    "Matcher",
    "Passage",
    "Pick",
    "Prefilter",
    "Ranking",
    "Reader",
    "Reading",
    "Results",
    "Sampled",
    "Screened",
    "Shard",
    "ShardResult",
    "ShardStore",
    "arrow_schema",
    "bound_of",
    "calibrate",
    "collect",
    "dask_engine",
    "digest_of",
    "draw",
    "embed",
    "features",
    "fill_fields",
    "find_slowly",
    "job_key",
    "judge",
    "learn",
    "likelihoods",
    "logistic",
    "next_picks",
    "one_candidate",
    "plan",
    "prefilter",
    "random_order",
    "random_sample",
    "ranking",
    "read_judgements",
    "read_results",
    "read_sample",
    "read_sheet",
    "rejudge",
    "run_shard",
    "screen",
    "screen_document",
    "shift_prior",
    "signs",
    "spelled",
    "stated_prevalence",
    "stored_answers",
    "weigh",
    "write_queue",
    "write_sample",
]
