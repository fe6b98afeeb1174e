"""Every command as a new user would call it, also with wrong input."""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from citywatch import __version__, registry
from citywatch.cli import main, serve
from citywatch.cli.main import COMMANDS

CITYWATCH = [sys.executable, "-m", "citywatch.cli"]


@pytest.mark.parametrize("name", [name for name, _ in COMMANDS])
def test_help_has_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main([name, "--help"])
    assert stop.value.code == 0
    assert "examples:" in capsys.readouterr().out


def test_help_and_version_start_fast_and_light() -> None:
    code = "import sys; from citywatch.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\nprint('pandas' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "False"
    assert all(name in result.stdout for name, _ in COMMANDS)
    version = subprocess.run([*CITYWATCH, "--version"], capture_output=True, text=True, check=True)
    assert version.stdout.strip() == f"citywatch {__version__}"


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["findings", "--nonsense"], ["data", "destroy"]])
def test_wrong_usage_exits_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2


def test_findings_of_the_brief(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["findings", "--scenario", "brief-2019"]) == 0
    printed = capsys.readouterr().out
    for words in ("agreements in 47 countries", "published", "one-per-project", "Angola", "never found", "68.4"):
        assert words in printed


def test_findings_as_json_hold_rows(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["findings", "--scenario", "brief-2019", "--by", "freedom", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    share = content["findings"][0]["shares"][0]
    assert len(share["ids"]) == share["count"]
    assert content["published_totals"]["agreements"] == 73


def test_unit_country_counts_each_country_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["findings", "--scenario", "brief-2019", "--unit", "country", "--by", "freedom", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["findings"][0]["total"] == 47


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--scenario", "brief-2020"], "there are brief-2019, current"),
        (["--vendor", "hikvison"], "did you mean hikvision"),
        (["--until", "2019-13"], "expected a day that exists"),
        (["--until", "soon"], "expected YYYY"),
        (["--unit", "city"], "there are agreement, country"),
        (["--rule", "mine"], "there are all-rows"),
        (["--by", "colour"], "there are freedom"),
        (["--until", "1990"], "no agreement is left to count"),
        (["--registry", "/nowhere"], "expected a folder"),
    ],
)
def test_findings_errors_say_what_to_do(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["findings", *arguments]) == 1
    assert words in capsys.readouterr().err


def test_an_error_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["findings", "--vendor", "nobody", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"] == "VocabularyError"


def test_settings_follow_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CITYWATCH_PORT", raising=False)
    Path("citywatch.toml").write_text('port = "1234"\n')
    assert main(["config", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["port"] == {"value": "1234", "origin": "file citywatch.toml"}
    monkeypatch.setenv("CITYWATCH_PORT", "4321")
    assert main(["config"]) == 0
    assert "environment CITYWATCH_PORT" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["port = ", 'colour = "red"', b"\xff".decode("latin-1")])
def test_a_bad_settings_file_is_named(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("citywatch.toml").write_text(text, encoding="latin-1")
    assert main(["config"]) == 1
    assert "citywatch.toml" in capsys.readouterr().err


def test_data_refresh_needs_a_working_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["data", "refresh"]) == 1
    assert "working copy" in capsys.readouterr().err


def test_a_closed_pipe_is_no_error() -> None:
    command = " ".join(CITYWATCH) + " findings --by all | head -1"
    result = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in result.stderr


def test_serve_needs_a_build_and_a_sound_port(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--dir", str(tmp_path)]) == 1
    assert "Run citywatch build first" in capsys.readouterr().err
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("<p>hello</p>")
    assert main(["serve", "--dir", str(tmp_path), "--port", "x"]) == 1
    assert "expected a number" in capsys.readouterr().err
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["serve", "--dir", str(tmp_path), "--port", str(taken.getsockname()[1])]) == 1
    assert "Choose another --port" in capsys.readouterr().err


def test_serve_shows_pages_to_this_machine_only(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<p>hello</p>")
    (tmp_path / "folder").mkdir()
    (tmp_path.parent / "secret.txt").write_text("secret")
    with serve.open_server(tmp_path, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host, port = str(server.server_address[0]), int(server.server_address[1])
        assert host == "127.0.0.1"
        answers = {}
        for path in ("/", "/folder/", "/../secret.txt", "/%2e%2e/secret.txt"):
            connection = http.client.HTTPConnection(host, port, timeout=5)
            connection.request("GET", path)
            response = connection.getresponse()
            answers[path] = (response.status, response.getheader("X-Content-Type-Options"))
        server.shutdown()
    assert answers["/"] == (200, "nosniff")
    assert {answers[path][0] for path in answers if path != "/"} == {404}


def _listen_to_ctrl_c() -> None:
    """A shell in the background starts its children deaf to Ctrl-C."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_ctrl_c_leaves_the_previous_build(tmp_path: Path) -> None:
    out = tmp_path / "out"
    build = [*CITYWATCH, "build", "--out", str(out), "--release-only", "--quiet"]
    subprocess.run(build, check=True)
    before = (out / "citywatch-build.json").read_bytes()
    process = subprocess.Popen(build, stderr=subprocess.PIPE, text=True, preexec_fn=_listen_to_ctrl_c)  # noqa: PLW1509 - one thread
    while not list(tmp_path.glob("out.new-*")) and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Interrupted" in errors
    assert (out / "citywatch-build.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_a_killed_build_leaves_no_process_behind(tmp_path: Path) -> None:
    build = [*CITYWATCH, "build", "--out", str(tmp_path / "out"), "--release-only", "--quiet"]
    process = subprocess.Popen(build)
    mine: set[int] = set()
    while not mine and process.poll() is None:
        time.sleep(0.1)
        mine = children(process.pid) if list(tmp_path.glob("out.new-*")) else set()
    time.sleep(1)
    mine |= children(process.pid)
    process.kill()
    process.wait()
    end = time.monotonic() + 15
    while time.monotonic() < end and any(Path(f"/proc/{pid}").exists() for pid in mine):
        time.sleep(0.2)
    assert [pid for pid in mine if Path(f"/proc/{pid}").exists()] == []
    subprocess.run(build, check=True)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def children(pid: int) -> set[int]:
    """Processes that this one started."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return {int(text) for text in listed.read_text().split()} if listed.exists() else set()


def test_build_refuses_a_foreign_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").write_text("years")
    assert main(["build", "--out", str(tmp_path), "--release-only"]) == 1
    assert "Nothing was touched" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_build_names_an_unwritable_place(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "--out", "/proc/citywatch", "--release-only"]) == 1
    assert re.search(r"/proc/citywatch: there is no such folder, and none can be made here", capsys.readouterr().err)


def test_a_full_disk_while_printing_is_told() -> None:
    with Path("/dev/full").open("w") as full:
        result = subprocess.run([*CITYWATCH, "config"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert result.returncode == 1
    assert "disk is full" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_terminal_without_unicode_gets_replacements() -> None:
    environment = {"PYTHONIOENCODING": "ascii", "PATH": "/usr/bin:/bin"}
    result = subprocess.run(
        [*CITYWATCH, "findings", "--scenario", "brief-2019"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr


def test_an_empty_folder_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", ""]) == 1
    assert "expected a value" in capsys.readouterr().err


@pytest.mark.parametrize("countries", [["KEN"], ["FRA"]])
def test_a_small_registry_is_built(countries: list[str], tmp_path: Path) -> None:
    data = registry.load()
    kept = data.agreements[data.agreements["country_iso3"].isin(countries)]
    names = set(kept["agreement_id"])
    frames = data.frames()
    frames["agreements"] = kept.assign(project_id=kept["agreement_id"], project_reason="").reset_index(drop=True)
    for name in ("evidence", "events", "verifications", "corrections"):
        frames[name] = frames[name][frames[name]["agreement_id"].isin(names)].reset_index(drop=True)
    frames["claims"] = frames["claims"].assign(agreement_id="")
    frames["institutions"] = frames["institutions"].iloc[:0]
    for name in ("judgements", "sample_records", "reliability"):
        frames[name] = frames[name].iloc[:0]
    (tmp_path / "small").mkdir()
    registry.save(registry.Registry.from_frames(frames), tmp_path / "small")
    assert main(["check", str(tmp_path / "small")]) == 0
    assert main(["build", "--registry", str(tmp_path / "small"), "--out", str(tmp_path / "out"), "--quiet"]) == 0


def test_a_broken_registry_is_not_built(package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (package / "claims.csv").write_bytes(b"")
    assert main(["build", "--registry", str(package), "--out", str(tmp_path / "out"), "--release-only"]) == 1
    assert "claims.csv" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_package_runs_as_a_module() -> None:
    found = subprocess.run([sys.executable, "-m", "citywatch", "--help"], check=True, capture_output=True, text=True)
    assert found.stdout.startswith("usage: citywatch ")
