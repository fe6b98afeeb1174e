"""Nothing that goes wrong in a run loses a document: each is screened once or set aside by name."""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from citywatch.cli import main
from citywatch.cli.screen import versions
from citywatch.documents import Document, ReadOptions, SetAside, Source, expand
from citywatch.documents import Reader as DocumentReader
from citywatch.errors import InputError
from citywatch.foreign import Limits
from citywatch.screening import (
    Job,
    LocalEngine,
    Shard,
    ShardResult,
    ShardStore,
    job_key,
    plan,
    read_results,
    run_shard,
    screen,
)
from citywatch.screening.guard import Watch

TRUE = "Huawei signed a contract with the Kenyan police in 2014 to install {} surveillance cameras in Nairobi."


def record(
    number: int, page: bytes, *, headers: bytes = b"", kind: bytes = b"text/html", length: int | None = None
) -> bytes:
    body = b"HTTP/1.1 200 OK\r\nContent-Type: " + kind + b"\r\n" + headers + b"\r\n" + page
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://example.org/{number}\r\n"
        f"WARC-Record-ID: <urn:uuid:{number}>\r\nContent-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(body) if length is None else length}\r\n\r\n"
    )
    return head.encode() + body + b"\r\n\r\n"


def page(text: str) -> bytes:
    return f"<html><head><title>News</title></head><body><p>{text}</p></body></html>".encode()


def archive(path: Path, records: list[bytes]) -> Path:
    path.write_bytes(b"".join(gzip.compress(one) if path.suffix == ".gz" else one for one in records))
    return path


def read(path: Path, options: ReadOptions | None = None) -> list[Document | SetAside]:
    reader = DocumentReader(options)
    try:
        return [one for source in expand([str(path)]) for one in reader.read(source)]
    finally:
        reader.close()


class DeadlyWatch(Watch):
    """Kills its process at some records, unless they are left out."""

    deadly: frozenset[str]

    def enter(self, record: str) -> str:
        why = super().enter(record)
        if record in self.deadly and not why:
            os.kill(os.getpid(), signal.SIGKILL)
        return why


def deadly(job: Job, shard: Shard, watch: Watch) -> ShardResult:
    """Screens a shard; the name of its file tells which lines are deadly."""
    own = DeadlyWatch(watch.left_out, watch.ends, watch.notes)
    own.deadly = frozenset(f"line {number}" for number in Path(shard.sources[0].path).name.split("-")[1:-1])
    return run_shard(job, shard, own)


def deadly_at_the_start(job: Job, shard: Shard, watch: Watch) -> ShardResult:
    """Screens a shard; a file with 0 in its name is deadly before anything is read of it."""
    own = DeadlyWatch(watch.left_out, watch.ends, watch.notes)
    own.deadly = frozenset([""] if "-0-" in Path(shard.sources[0].path).name else [])
    return run_shard(job, shard, own)


def test_a_document_that_kills_its_process_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    for name in ("a-3-5-x.jsonl", "b-9999-x.jsonl", "c-1-x.jsonl"):
        lines = [json.dumps({"text": TRUE.format(f"{number}{name[0]}")}) for number in range(1, 8)]
        (tmp_path / name).write_text("\n".join(lines), encoding="utf-8")
    shards = plan(expand([str(tmp_path)]))
    store = ShardStore(tmp_path / "out", "0" * 16)
    store.open(shards, is_resumed=False)
    for result in LocalEngine(2, "tests.unit.test_screening_faults:deadly").run(Job(), shards):
        store.save(shards[result.number], result)
    aside = [row for table in store.tables("set_aside", shards) for row in table.to_pylist()]
    assert [(Path(row["path"]).name, row["record"], row["reason"]) for row in aside] == [
        ("a-3-5-x.jsonl", "line 3", "killed"),
        ("a-3-5-x.jsonl", "line 5", "killed"),
        ("c-1-x.jsonl", "line 1", "killed"),
    ]
    kept = Counter(Path(row["path"]).name for table in store.tables("candidates", shards) for row in table.to_pylist())
    assert kept == {"a-3-5-x.jsonl": 5, "b-9999-x.jsonl": 7, "c-1-x.jsonl": 6}


@pytest.mark.parametrize("ending", ["warc.gz", "warc"])
def test_ranges_of_an_archive_give_what_the_whole_gives(tmp_path: Path, ending: str) -> None:
    records = [record(number, page(TRUE.format(number) + " word" * (number % 7) * 100)) for number in range(40)]
    path = archive(tmp_path / f"a.{ending}", records)
    for size in (3_001, path.stat().st_size - 1):
        shards = plan(expand([str(path)]), size)
        assert len(shards) > 1
        parts = [run_shard(Job(), shard) for shard in shards]
        assert sum(part.counts["records"] for part in parts) == 40
        assert sum(part.counts["candidates"] for part in parts) == 40
        assert not any(part.counts["set_aside"] for part in parts)


def test_a_process_that_dies_before_the_first_record_costs_one_source(tmp_path: Path) -> None:
    for name in ("a-0-x.jsonl", "b-9999-x.jsonl"):
        (tmp_path / name).write_text(json.dumps({"text": TRUE.format(name[0])}), encoding="utf-8")
    shards = plan(expand([str(tmp_path)]))
    found = list(LocalEngine(1, "tests.unit.test_screening_faults:deadly_at_the_start").run(Job(), shards))
    assert [(result.counts["candidates"], result.counts["set_aside"]) for result in found] == [(0, 1), (1, 0)]


def failing(_job: Job, _shard: Shard, _watch: Watch) -> ShardResult:
    raise MemoryError("so much\nfor that")


def test_whatever_a_shard_raises_names_its_files() -> None:
    shard = Shard(0, (Source("a.jsonl"), Source("b.jsonl")))
    with pytest.raises(InputError, match=r"^a\.jsonl, b\.jsonl: cannot be screened \(MemoryError: so much\)\. Leave"):
        list(LocalEngine(1, "tests.unit.test_screening_faults:failing").run(Job(), [shard]))


def test_a_document_that_cannot_be_screened_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_reader: object, document: Document) -> None:
        raise RecursionError(f"at {document.address}")

    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": TRUE.format(1), "url": "https://example.org/1"}), encoding="utf-8")
    monkeypatch.setattr("citywatch.screening.engine.screen_document", fails)
    (shard,) = plan(expand([str(path)]))
    result = run_shard(Job(), shard)
    assert (result.counts["candidates"], result.counts["set_aside"]) == (0, 1)


def test_what_a_lying_length_swallowed_is_read(tmp_path: Path) -> None:
    records = [record(number, page(TRUE.format(number))) for number in range(4)]
    lie = len(records[1].split(b"\r\n\r\n", 1)[1]) - 4 + len(records[2])
    records[1] = record(1, page(TRUE.format(1)), length=lie)
    found = read(archive(tmp_path / "a.warc", records))
    assert [one.address for one in found] == [f"https://example.org/{number}" for number in range(4)]


def test_a_bomb_in_a_record_is_streamed_past_and_named(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb") as stream:
        for _ in range(120):
            stream.write(bytes(1_000_000))
    bomb = record(0, packed.getvalue(), headers=b"Content-Encoding: gzip\r\n")
    path = archive(tmp_path / "a.warc.gz", [bomb, record(1, page(TRUE.format(7)))])
    first, second = read(path, ReadOptions(max_bytes=5_000_000))
    assert isinstance(first, SetAside)
    assert (first.reason, first.origin.record) == ("too_large", "offset 0")
    assert len(first.sha256) == 64
    assert second.address == "https://example.org/1"


def memory_peak(*, is_begun_anew: bool = False) -> int:
    """Most bytes of memory that this process held since it was last begun anew."""
    status, clear = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    if not os.access(clear, os.W_OK):
        pytest.skip("the peak of memory can be read on Linux alone")
    if is_begun_anew:
        clear.write_text("5")
    (line,) = [line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


def test_a_large_record_of_a_plain_archive_is_streamed_past_and_named(tmp_path: Path) -> None:
    size, path = 150_000_000, tmp_path / "a.warc"
    small = [record(number, page(TRUE.format(number))) for number in (0, 2)]
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    large = record(1, b"", length=len(head) + size).removesuffix(b"\r\n\r\n")
    with path.open("wb") as stream:
        stream.write(small[0] + large)
        stream.truncate(stream.tell() + size)  # nothing but zeros, and no room taken on the disk
        stream.seek(0, os.SEEK_END)
        stream.write(b"\r\n\r\n" + small[1])
    read(archive(tmp_path / "warm.warc", small))
    before = memory_peak(is_begun_anew=True)
    found = read(path)
    assert memory_peak() - before < 20_000_000
    assert [one.address for one in found] == [f"https://example.org/{number}" for number in range(3)]
    first, named, last = found
    assert isinstance(first, Document)
    assert isinstance(last, Document)
    assert isinstance(named, SetAside)
    assert (named.reason, named.origin.record) == ("too_large", f"offset {len(small[0])}")
    zeros = hashlib.sha256()
    for _ in range(150):
        zeros.update(bytes(size // 150))
    assert named.sha256 == zeros.hexdigest()


def test_names_that_are_no_text_are_spelled_out_in_every_file(tmp_path: Path) -> None:
    folder = tmp_path / "pile"
    folder.mkdir()
    try:
        Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.txt")).write_text(TRUE.format(100), encoding="utf-8")
    except OSError:
        pytest.skip("this file system takes no such names")
    command = ["screen", str(folder), "--out", str(tmp_path / "out"), "--workers", "1", "--quiet"]
    assert main([*command, "--column", os.fsdecode(b"title=t\xff")]) == 0
    facts = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    (row,) = read_results(tmp_path / "out").candidates.to_pylist()
    assert row["path"] == f"{folder}/caf\\udce9.txt"
    assert [one["path"] for one in facts["inputs"]] == [row["path"]]
    assert facts["options"]["column"] == ["title=t\\udcff"]


def test_every_fault_of_an_archive_is_named(tmp_path: Path) -> None:
    from pypdf import PdfWriter

    writer = PdfWriter()
    writer.add_blank_page(72, 72)
    writer.encrypt("secret", algorithm="RC4-128")
    locked = io.BytesIO()
    writer.write(locked)
    records = [
        record(0, locked.getvalue(), kind=b"application/pdf"),
        record(1, b"%PDF-1.4\n1 0 obj <<", kind=b"application/pdf"),
        record(2, b"<html>" + b"<div>" * 200_000 + TRUE.format(2).encode()),
        record(3, page(TRUE.format(3)) + b"\xff\xfe\x81\x8d" * 9),
        record(4, page(TRUE.format(4))),
        record(5, page(TRUE.format(5)) * 40),
    ]
    path = archive(tmp_path / "a.warc.gz", records)
    path.write_bytes(path.read_bytes()[:-90])
    out = tmp_path / "out"
    assert main(["screen", str(path), "--out", str(out), "--workers", "1", "--quiet", "--seconds", "6"]) == 0
    results = read_results(out)
    rows = results.set_aside.to_pylist()
    named = {row["address"]: row["reason"] for row in rows if row["address"]}
    read_well = {row["address"] for row in results.candidates.to_pylist()}
    assert named["https://example.org/0"] == "encrypted"
    assert named["https://example.org/1"] in {"broken", "parser_failed"}
    assert {f"https://example.org/{number}" for number in (3, 4)} <= read_well
    assert "https://example.org/2" in named.keys() | read_well
    assert any(row["reason"] in {"truncated", "broken"} and "offset" in row["record"] for row in rows)


def pile(folder: Path, count: int = 6) -> Path:
    folder.mkdir()
    for number in range(count):
        (folder / f"{number}.jsonl").write_text(json.dumps({"text": TRUE.format(number + 100)}), encoding="utf-8")
    return folder


def test_a_full_disk_is_told_and_the_run_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["screen", str(pile(tmp_path / "pile")), "--out", str(tmp_path / "out"), "--workers", "1", "--quiet"]
    saved: list[str] = []
    put = ShardStore._put

    def full(self: ShardStore, name: str, content: bytes) -> None:
        if len(saved) > 9:
            (self.folder / f"{name}.tmp").write_bytes(content[:3])
            raise OSError(errno.ENOSPC, "No space left on device")
        saved.append(name)
        put(self, name, content)

    with monkeypatch.context() as patch:
        patch.setattr(ShardStore, "_put", full)
        assert main(command) == 1
    assert "the disk is full" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert main([*command, "--resume"]) == 0
    ids = read_results(tmp_path / "out").candidates["candidate_id"].to_pylist()
    assert len(ids) == len(set(ids)) == 6


def test_a_disk_that_is_really_full_loses_nothing(tmp_path: Path) -> None:
    """On a disk of its own, in a room of its own: first too small, then large enough."""
    alone = shutil.which("unshare")
    if alone is None or subprocess.run([alone, "-rm", "mount", "-t", "tmpfs", "none", "/mnt"], check=False).returncode:
        pytest.skip("no disk can be mounted here")
    folder, disk = pile(tmp_path / "pile", 12), tmp_path / "disk"
    disk.mkdir()
    command = f'"{sys.executable}" -m citywatch.cli screen "{folder}" --workers 1 --quiet --out'
    script = f"""
        mount -t tmpfs -o size=48k none "{disk}"
        {command} "{disk}/out"; echo "code $?" >&2
        ls "{disk}"/out.shards-*/*.json > "{tmp_path}/finished"; ls -A "{disk}" > "{tmp_path}/left"
        mount -o remount,size=9m "{disk}"
        {command} "{disk}/out" --resume; echo "code $?" >&2
        cp -r "{disk}/out" "{tmp_path}/out"; ls -A "{disk}" > "{tmp_path}/last"
    """
    run = subprocess.run([alone, "-rm", "sh", "-c", script], check=True, capture_output=True, text=True)
    told, first, second = run.stderr.splitlines()
    assert "the disk is full" in told
    assert "--resume" in told
    assert (first, second) == ("code 1", "code 0")
    assert 0 < len((tmp_path / "finished").read_text(encoding="utf-8").splitlines()) < 12
    assert (tmp_path / "left").read_text(encoding="utf-8").startswith("out.shards-")
    assert (tmp_path / "last").read_text(encoding="utf-8") == "out\n"
    ids = read_results(tmp_path / "out").candidates["candidate_id"].to_pylist()
    assert len(ids) == len(set(ids)) == 12


def test_resuming_checks_inputs_and_outputs(tmp_path: Path) -> None:
    folder = pile(tmp_path / "pile")
    shards = plan(expand([str(folder)]))
    store = ShardStore(tmp_path / "out", job_key(Job(), {}))
    screen(LocalEngine(1), Job(), shards, store, is_resumed=False, done=lambda _: None)
    assert len(store.open(shards, is_resumed=True)) == 6
    changed, torn = shards[1], shards[2]
    text = json.dumps({"text": TRUE.format(777)})
    assert len(text) == Path(changed.sources[0].path).stat().st_size
    Path(changed.sources[0].path).write_text(text, encoding="utf-8")
    (store.folder / f"{torn.name}.passages.arrow").write_bytes(b"half")
    (folder / "00.jsonl").write_text(json.dumps({"text": TRUE.format(5)}), encoding="utf-8")
    again = plan(expand([str(folder)]))
    finished = store.open(again, is_resumed=True)
    left = {Path(shard.sources[0].path).name for shard in again if shard.number not in finished}
    assert left == {"00.jsonl", "1.jsonl", "2.jsonl"}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    result = run_shard(Job(), Shard(0, (Source(str(tmp_path / "gone.txt")),)))
    assert (result.counts["set_aside"], result.inputs) == (1, ("",))


@pytest.mark.parametrize("ending", [".warc", ".warc.gz"])
@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Encoding: none\r\n",
        b"Content-Encoding: gzip\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Encoding: zstd\r\n",
    ],
)
def test_a_wrong_encoding_hides_neither_its_page_nor_those_behind_it(
    tmp_path: Path, ending: str, headers: bytes
) -> None:
    records = [
        record(number, page(TRUE.format(number)), headers=headers if number == 1 else b"") for number in range(4)
    ]
    found = read(archive(tmp_path / f"a{ending}", records))
    assert [one.address for one in found] == [f"https://example.org/{number}" for number in range(4)]


@pytest.mark.parametrize("ending", [".warc", ".warc.gz"])
@pytest.mark.parametrize("length", [-5, 10**25, 2**63 - 1])
def test_an_impossible_length_is_named_and_the_rest_is_read(tmp_path: Path, ending: str, length: int) -> None:
    records = [record(number, page(TRUE.format(number)), length=length if number == 1 else None) for number in range(4)]
    first, named, *rest = read(archive(tmp_path / f"a{ending}", records))
    assert isinstance(named, SetAside)
    assert str(length) in named.detail
    assert [first.address, *(one.address for one in rest)] == [f"https://example.org/{number}" for number in (0, 2, 3)]


def test_a_length_over_the_limit_hides_no_neighbours(tmp_path: Path) -> None:
    records = [record(number, page(TRUE.format(number)), length=20_000 if number == 1 else None) for number in range(4)]
    first, named, *rest = read(archive(tmp_path / "a.warc", records), ReadOptions(max_bytes=10_000))
    assert isinstance(named, SetAside)
    assert named.reason == "too_large"
    assert [first.address, *(one.address for one in rest)] == [f"https://example.org/{number}" for number in (0, 2, 3)]


def test_records_within_records_are_read_one_after_the_other(tmp_path: Path) -> None:
    records = [record(number, page(TRUE.format(number)), length=10_000_000) for number in range(200)]
    found = read(archive(tmp_path / "a.warc", records))
    assert [one.address for one in found] == [f"https://example.org/{number}" for number in range(200)]


def test_an_archive_with_other_line_ends_and_an_empty_one_are_named(tmp_path: Path) -> None:
    (named,) = read(archive(tmp_path / "a.warc", [record(0, page(TRUE)).replace(b"\r\n", b"\n")]))
    assert isinstance(named, SetAside)
    assert "CR and LF" in named.detail
    (empty,) = read(archive(tmp_path / "b.warc", []))
    assert isinstance(empty, SetAside)
    assert empty.reason == "no_text"


def test_a_run_does_not_read_its_own_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pile(tmp_path / "pile")
    command = ["screen", str(tmp_path), "--out", str(tmp_path / "out"), "--workers", "1"]
    assert main(command) == 0
    first = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    capsys.readouterr()
    assert main(command) == 0
    assert "5 files of the output itself were left out" in capsys.readouterr().out
    again = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert (first["inputs_left_out"], again["inputs_left_out"]) == (0, 5)
    assert again["inputs"] == first["inputs"]
    assert again["counts"] == first["counts"]
    assert main(["screen", str(tmp_path / "out"), "--out", str(tmp_path / "out")]) == 1
    assert "all 5 files lie in the output folder" in capsys.readouterr().err


@pytest.mark.parametrize("resumed", [[], ["--resume"]])
def test_shards_of_a_run_with_other_options_are_told_and_go_at_the_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], resumed: list[str]
) -> None:
    folder = pile(tmp_path / "pile")
    shards = plan(expand([str(folder)]))
    store = ShardStore(tmp_path / "out", job_key(Job(), {}))
    screen(LocalEngine(1), Job(), shards, store, is_resumed=False, done=lambda _: None)
    (tmp_path / f".{store.folder.name}.lock").touch()
    (tmp_path / "out.shards-0123456789ab").mkdir()  # not ours: no mark
    command = ["screen", str(folder), "--out", str(tmp_path / "out"), "--workers", "1", "--quiet", *resumed]
    assert main(command) == 0
    told = capsys.readouterr().err
    assert f"{store.folder}: 6 finished shard(s) of a run with other options" in told
    assert told.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "out.shards-0123456789ab", "pile"]
    assert main(command) == 0
    assert not capsys.readouterr().err


def interrupted(tmp_path: Path, folder: Path) -> ShardStore:
    """What a run with the options of the command line left when it was killed before its end."""
    shards = plan(expand([str(folder)]))
    job = Job(ReadOptions(limits=Limits(20.0, 1_200_000_000)))
    store = ShardStore(tmp_path / "out", job_key(job, versions()))
    screen(LocalEngine(1), job, shards, store, is_resumed=False, done=lambda _: None)
    return store


def test_what_was_finished_is_not_thrown_away_without_a_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = interrupted(tmp_path, pile(tmp_path / "pile"))
    before = {path.name: path.read_bytes() for path in store.folder.iterdir()}
    other = pile(tmp_path / "other", 2)
    command = ["screen", str(other), "--out", str(tmp_path / "out"), "--workers", "1", "--quiet"]
    assert main(command) == 1
    told = capsys.readouterr().err
    assert f"{store.folder}: holds what an interrupted run finished (shards: 6)" in told
    assert "--resume" in told
    assert {path.name: path.read_bytes() for path in store.folder.iterdir()} == before
    assert not (tmp_path / "out").exists()
    shutil.rmtree(store.folder)
    assert main(command) == 0
    assert not capsys.readouterr().err


def test_resuming_over_other_inputs_tells_what_is_not_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = pile(tmp_path / "pile")
    store = interrupted(tmp_path, folder)
    for number in (0, 1):
        (folder / f"{number}.jsonl").unlink()
    (folder / "new.jsonl").write_text(json.dumps({"text": TRUE.format(5)}), encoding="utf-8")
    assert main(["screen", str(folder), "--out", str(tmp_path / "out"), "--workers", "1", "--quiet", "--resume"]) == 0
    told = capsys.readouterr().err
    assert f"{store.folder}: 2 finished shard(s) of a run over other inputs are not used" in told
    assert told.count("\n") == 1
    assert json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))["unused_shards"] == 2
    assert read_results(tmp_path / "out").candidates.num_rows == 5
    assert not store.folder.exists()


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--seconds", "inf"),
        ("--seconds", "nan"),
        ("--seconds", "0"),
        ("--memory-mb", "255"),
        ("--memory-mb", "999999999999"),
        ("--workers", "0"),
        ("--max-bytes", "0"),
        ("--max-bytes", "9" * 30),
    ],
)
def test_values_that_make_no_sense_are_told_by_the_name_of_the_option(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, value: str
) -> None:
    assert main(["screen", "nothing-there", "--out", str(tmp_path / "out"), option, value]) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"citywatch: {option} ")
    assert told.count("\n") == 1


@pytest.mark.parametrize("out", ["/", "x" * 300, "/dev/null", "/dev/null/x"])
@pytest.mark.parametrize("command", [("screen", "README.md"), ("collect", "http://a.example/")])
def test_outputs_that_cannot_be_are_told(
    capsys: pytest.CaptureFixture[str], command: tuple[str, ...], out: str
) -> None:
    assert main([*command, "--out", out]) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"citywatch: {out}: ")
    assert told.count("\n") == 1


def test_pages_cannot_steer_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = "Huawei signed a contract with the police of Nairobi, \x1b[2JKenya, for 300 CCTV cameras.\u202e"
    (tmp_path / "a.jsonl").write_text(json.dumps({"title": "T\x1b]0;pwn\x07", "text": told}), encoding="utf-8")
    out = tmp_path / "out"
    assert main(["screen", str(tmp_path / "a.jsonl"), "--out", str(out), "--workers", "1", "--quiet"]) == 0
    assert main(["explain", "1", "--in", str(out)]) == 0
    assert main(["screen", "nope\x1b[31m.html", "--out", str(out)]) == 1
    shown = capsys.readouterr()
    assert "\\x1b[2J" in shown.out
    assert not {"\x1b", "\x07", "\u202e"} & set(shown.out + shown.err)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(["", "--out", "o"], "an empty name"), (["README.md", "--out", "o\udcff"], "a name in UTF-8")],
)
def test_names_that_cannot_be_meant_are_refused(
    capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert main(["screen", *arguments]) == 1
    assert told in capsys.readouterr().err
