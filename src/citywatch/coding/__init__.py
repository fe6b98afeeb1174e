"""Coding: blind double coding by file, the hash-chained log of judgements, reliability and adjudication."""

from citywatch.coding.adjudication import Disagreement, disagreements, read_settlements, write_disagreements
from citywatch.coding.fields import CodedField, coded_fields, default_fields
from citywatch.coding.log import Judgement, append, chain, read_log, verify_log
from citywatch.coding.record import keep_record, read_records, record_path
from citywatch.coding.reliability import (
    Contradiction,
    FieldReliability,
    contradictions,
    reliability,
    reliability_frame,
)
from citywatch.coding.sample import Sample, draw_sample, sample_of, sources_of
from citywatch.coding.sheets import Sheet, export_sheets, judgements_of, read_key, read_sheet

__all__ = [
    "CodedField",
    "Contradiction",
    "Disagreement",
    "FieldReliability",
    "Judgement",
    "Sample",
    "Sheet",
    "append",
    "chain",
    "coded_fields",
    "contradictions",
    "default_fields",
    "disagreements",
    "draw_sample",
    "export_sheets",
    "judgements_of",
    "keep_record",
    "read_key",
    "read_log",
    "read_records",
    "read_settlements",
    "read_sheet",
    "record_path",
    "reliability",
    "reliability_frame",
    "sample_of",
    "sources_of",
    "verify_log",
    "write_disagreements",
]
