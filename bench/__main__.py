"""``make bench [BENCH=part]``: each part writes ``bench/<part>.json`` with value, base, ratio, n and machine."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import calibration, coverage, false_alarms, screening_accuracy, screening_speed, stopping, synthetic

HERE = Path(__file__).resolve().parent
CITYWATCH = [sys.executable, "-m", "citywatch.cli"]
READ_ALL = (
    "import pandas, pathlib, sys\n"
    "for path in sorted(pathlib.Path(sys.argv[1]).glob('*.csv')):\n"
    "    pandas.read_csv(path, dtype='str', keep_default_na=False)\n"
)


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    return {"cpus": os.cpu_count(), "system": platform.system(), "python": platform.python_version()}


def seconds(command: list[str], repeats: int) -> float:
    """Median wall time of a command."""
    taken = []
    for _ in range(repeats):
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def _against_reading(command: list[str], folder: Path, repeats: int) -> dict[str, Any]:
    base = seconds([sys.executable, "-c", READ_ALL, str(folder)], repeats)
    value = seconds(command, repeats)
    return {
        "value": round(value, 2),
        "base": round(base, 2),
        "ratio": round(value / base, 2),
        "unit": "s",
        "n": repeats,
    }


def start() -> dict[str, Any]:
    """``--help`` and ``import citywatch`` against a bare interpreter."""
    base = seconds([sys.executable, "-c", "pass"], 5)
    found = {}
    for name, command in {"help": [*CITYWATCH, "--help"], "import": [sys.executable, "-c", "import citywatch"]}.items():
        value = seconds(command, 5)
        found[name] = {
            "value": round(value, 3),
            "base": round(base, 3),
            "ratio": round(value / base, 2),
            "unit": "s",
            "n": 5,
        }
    return found


def build() -> dict[str, Any]:
    """``citywatch build`` of the embedded registry against reading its CSV files with pandas. Target: under 10 s."""
    from citywatch import registry

    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "out"
        result = _against_reading([*CITYWATCH, "build", "--out", str(out), "--quiet"], registry.embedded_folder(), 3)
        facts = json.loads((out / "run.json").read_text())
    return result | {"peak_memory_mb": facts["peak_memory_mb"], "pages": facts["site_pages"]}


def large() -> dict[str, Any]:
    """``citywatch build`` of 10,000 synthetic agreements. Target: under 60 s and 1.5 GB."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = synthetic.write(10_000, Path(scratch) / "registry")
        out = Path(scratch) / "out"
        command = [*CITYWATCH, "build", "--registry", str(folder), "--out", str(out), "--quiet"]
        result = _against_reading(command, folder, 1)
        facts = json.loads((out / "run.json").read_text())
    return result | {"peak_memory_mb": facts["peak_memory_mb"], "pages": facts["site_pages"]}


def verify() -> dict[str, Any]:
    """``citywatch verify`` of 10,000 claims given as files, against reading the same files. Target: under 30 s."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        names = synthetic.claim_files(10_000, folder)
        command = [*CITYWATCH, "verify", "--all", "--json"]
        for option, name in zip(("--claims", "--series", "--observations"), names, strict=True):
            command += [option, str(folder / name)]
        return _against_reading(command, folder, 3) | {"claims": 10_000}


def curve() -> dict[str, Any]:
    """A whole curve with intervals, all declared questions, against reading the registry. Target: 1,000 specifications in 60 s."""
    from citywatch import findings, indicators, registry

    data, known = registry.load(), indicators.load_indicators()
    base = seconds([sys.executable, "-c", READ_ALL, str(registry.embedded_folder())], 3)
    counts, taken = {}, {}
    for name in findings.curve_questions():
        started = time.perf_counter()
        found = findings.curve(data, known, name)
        taken[name] = time.perf_counter() - started
        counts[name] = {"specifications": len(found.points), "distinct": len(found.lines), "apart": len(found.apart)}
    made = sum(one["specifications"] for one in counts.values())
    value = 1000 * sum(taken.values()) / made
    return {
        "value": round(value, 2),
        "base": round(base, 2),
        "ratio": round(value / base, 2),
        "unit": "s per 1,000 specifications with intervals",
        "n": made,
        "questions": {name: counts[name] | {"seconds": round(taken[name], 2)} for name in counts},
    }


PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "start": start,
    "build": build,
    "large": large,
    "verify": verify,
    "coverage": coverage.run,
    "curve": curve,
    "screening-accuracy": screening_accuracy.run,
    "false-alarms": false_alarms.run,
    "calibration": calibration.run,
    "stopping": stopping.run,
    "screening-speed": screening_speed.run,
}


def main(names: list[str]) -> int:
    """Run the named parts, or all."""
    for name in names or list(PARTS):
        if name not in PARTS:
            print(f"no part {name!r}; there are {', '.join(PARTS)}", file=sys.stderr)
            return 2
        result = PARTS[name]() | {"machine": machine()}
        path = HERE / f"{name}.json"
        if set(result) == {"value", "why", "machine"} and path.exists():  # not measured here
            print(name, json.dumps(result), f"; {path.name} is left as it was", file=sys.stderr)
            continue
        path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        print(name, json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
