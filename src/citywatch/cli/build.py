"""``citywatch build``: freeze a release and publish it."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib
import json
import multiprocessing
import multiprocessing.connection
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from citywatch import __version__, claims, findings, indicators, registry
from citywatch.cli import settings
from citywatch.cli.text import Progress, table
from citywatch.cli.verify import verify_registry
from citywatch.registry.store import descriptor_head
from citywatch.release import Inputs, Release, freeze, output_folder
from citywatch.uncertainty import Interval, percent, percent_range

DESCRIPTION = """\
Freeze a release (CSV, Parquet, SQLite, XLSX, GeoJSON, findings.json) and publish it as a site and a brief.
The same input gives the same bytes. The previous build stays whole until the new one is complete."""
EPILOG = """\
examples:
  citywatch build                               into build/
  citywatch build --out /srv/citywatch          elsewhere
  citywatch build --registry my-registry/       your own data package
  citywatch build --release-only --json         the data alone, for scripts

writes OUT/release, OUT/site, OUT/brief.pdf, OUT/citywatch-build.json and OUT/run.json (seconds and memory of this run)
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--out", help="folder to write (default: build)")
    parser.add_argument("--registry", help="data package to build (default: the embedded one)")
    parser.add_argument("--release-only", action="store_true", help="no site and no brief")
    parser.add_argument("--quiet", action="store_true", help="no progress and no table")
    parser.add_argument("--json", action="store_true", help="print the facts of the run as JSON")


CORES = 2
SHARED_UP_TO = 5_000
"""Agreements up to which two processes render pages: each holds the whole release in memory."""


@dataclass(frozen=True)
class Built:
    """What a build made.

    Attributes:
        findings: Content of ``findings.json``.
        run: Facts of the run, as in ``run.json``.
    """

    findings: Mapping[str, Any]
    run: Mapping[str, Any]


def run(options: argparse.Namespace) -> int:
    """Build and print where to look next."""
    out = Path(settings.resolve("out", options.out).value)
    folder = settings.resolve("registry", options.registry).value
    progress = Progress(quiet=options.quiet or options.json)
    built = build(Path(folder) if folder else None, out, release_only=options.release_only, progress=progress)
    progress.clear()
    if options.json:
        print(json.dumps(built.run, ensure_ascii=False, indent=1))
    elif not options.quiet:
        print(_summary(built, out, release_only=options.release_only))
    return 0


def build(folder: Path | None, out: Path, *, release_only: bool, progress: Progress) -> Built:
    """Freeze and publish.

    Args:
        folder: A data package; the embedded one when None.
        out: Folder that is replaced when all is done.
        release_only: Leave out site and brief.
        progress: Told about each step.

    Raises:
        TableError: If the registry breaks its schema.
        OutputError: If ``out`` cannot be written or is not ours.
        MissingExtraError: If the parts that publish are not installed.
    """
    started = time.monotonic()
    progress("reading the registry")
    data = registry.load(folder)
    known = indicators.load_indicators()
    with output_folder(out, data.version()) as staging, _helper() as helper:
        progress("computing findings")
        answers = findings.all_findings(data, known)
        progress("verifying claims")
        checked = verify_registry(data)
        progress("freezing the release")
        (staging / "release").mkdir()
        freeze(_inputs(data, known, answers, checked), staging / "release", helper)
        renderer = helper if len(data.agreements) <= SHARED_UP_TO else None
        published = {} if release_only else _publish(staging, progress, renderer)
        facts = {
            "command": "build",
            "citywatch": __version__,
            "data_version": data.version(),
            "registry": str(folder or "embedded"),
            "input_sha256": _input_digests(folder),
            "rows": {name: len(frame) for name, frame in data.frames().items()},
            "set_aside": int(data.set_aside["count"].sum()),
            "claims_refused": list(checked.refused),
            **published,
            "seconds": round(time.monotonic() - started, 2),
            "peak_memory_mb": _peak_memory_mb(helper),
        }
        (staging / "run.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return Built(answers, facts)


@contextlib.contextmanager
def _helper() -> Iterator[Executor | None]:
    """Another process where there is another core; it starts now, so that it is ready when it is needed."""
    if (os.cpu_count() or 1) < CORES:
        yield None
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(1, mp_context=context, initializer=_serve_one_master)
    try:
        pool.submit(_warm)
        yield pool
    except BaseException:  # an interrupt may come while the pool starts: there is nothing to wait for then
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def _warm() -> None:
    """Import in the other process what it will need."""
    importlib.import_module("citywatch.release")


def _serve_one_master() -> None:
    """Leave Ctrl-C to the main process, and end with it, also where it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_master, daemon=True).start()


def _end_with_master() -> None:
    master = multiprocessing.parent_process()
    if master is not None:
        multiprocessing.connection.wait([master.sentinel])
        os._exit(1)


def _inputs(
    data: registry.Registry, known: indicators.Indicators, answers: Mapping[str, Any], checked: claims.Result
) -> Inputs:
    return Inputs(
        version=data.version(),
        frames={**data.frames(), **known.frames(), claims.VERDICTS.name: checked.frame()},
        tables=(*registry.TABLES, claims.VERDICTS, *indicators.TABLES),
        workbook=tuple(table.name for table in (*registry.TABLES, claims.VERDICTS)),
        findings=answers,
        head=descriptor_head(data.version()),
        documents={"verify.json": claims.to_json(checked)},
    )


def _publish(staging: Path, progress: Progress, helper: Executor | None) -> dict[str, Any]:
    from citywatch import publish

    release = Release.open(staging / "release")
    site = publish.build_site(release, staging / "site", progress=progress, helper=helper)
    progress("setting the brief")
    pages = publish.build_brief(release, staging / "brief.pdf")
    return {"site_pages": site.pages, "site_bytes": site.bytes, "brief_pages": pages}


def _input_digests(folder: Path | None) -> dict[str, str]:
    source = folder or registry.embedded_folder()
    paths = [source / f"{one.name}.csv" for one in registry.TABLES]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def _peak_memory_mb(helper: Executor | None) -> int:
    """Peak of this process plus that of the other one; they need not fall together."""
    other = helper.submit(_own_peak).result() if helper else 0
    return round((_own_peak() + other) / 1_000_000)


def _own_peak() -> int:
    """Peak of this process in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _summary(built: Built, out: Path, *, release_only: bool) -> str:
    counts = built.findings["counts"]
    head = [("what", "count")] + [
        (name, f"{counts[name]['value']:,}") for name in ("agreements", "countries", "vendors", "claims")
    ]
    parts = [table(head, numbers=(1,)), "", *_published_lines(built.findings), ""]
    if not release_only:
        parts.append(f"site     {out / 'site' / 'index.html'}   (.venv/bin/citywatch serve --dir {out})")
        parts.append(f"brief    {out / 'brief.pdf'}")
    parts.append(f"data     {out / 'release'}   (citywatch.sqlite opens in Datasette; SHA256SUMS beside it)")
    own = "" if built.run["registry"] == "embedded" else f" --registry {built.run['registry']}"
    scenario = f" --scenario {findings.published_scenario()}" if built.findings["published"] else ""
    parts.append(f"next     .venv/bin/citywatch findings{scenario}{own}")
    return "\n".join(parts)


def _published_lines(answers: Mapping[str, Any]) -> list[str]:
    totals = answers["published_totals"]
    scenario = findings.published_scenario()
    rule = next(iter(totals["rebuilt"]), "")
    if not answers["published"]:
        return [f"No agreement falls into the scenario {scenario}; published figures are not compared."]
    label = next(one["label"] for one in answers["scenarios"] if one["id"] == scenario)
    rows = [(label, "published", "rebuilt", "95 % interval", "countries")]
    rows += [
        (what, str(totals[what]), str(totals["rebuilt"][rule][what]), "", "") for what in ("agreements", "countries")
    ]
    bases = {share["key"]: share["base"] for finding in answers["findings"] for share in finding["shares"]}
    for figure in answers["published"]:
        rebuilt = figure["rebuilt"][rule]
        rows.append(
            (
                figure["label"],
                percent(figure["published_pct"]),
                percent(rebuilt["share_pct"]),
                percent_range(Interval(**rebuilt["interval"])),
                percent(bases[rebuilt["key"]]["countries_pct"]),
            )
        )
    return [table(rows, numbers=(1, 2, 3, 4)), "countries: the share of eligible countries in the class (base rate)"]
