"""Claims: can a promise be checked, what do the figures say, did the system cause it; and the one-word verdict.

``verify`` takes frames, ``verify_files`` CSV or XLSX files. A verdict is a pure function of the tables and of the rules in
``data/claims``; see ``docs/claims.md``.
"""

from citywatch.claims.intake import template, verify, verify_files
from citywatch.claims.records import Answer, Claim, Reason, Series, Tables, Verdict
from citywatch.claims.rules import Rules, load_rules
from citywatch.claims.verdicts import VERDICTS, Result, to_json, verify_tables

__all__ = [
    "VERDICTS",
    "Answer",
    "Claim",
    "Reason",
    "Result",
    "Rules",
    "Series",
    "Tables",
    "Verdict",
    "load_rules",
    "template",
    "to_json",
    "verify",
    "verify_files",
    "verify_tables",
]
