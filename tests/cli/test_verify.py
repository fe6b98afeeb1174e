"""``citywatch verify`` as a journalist would call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from citywatch.cli import main


@pytest.fixture
def forms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Path]:
    """Both forms, as printed."""
    paths = {}
    for name in ("claims", "series"):
        assert main(["verify", "--template", name]) == 0
        paths[name] = tmp_path / f"{name}.csv"
        paths[name].write_text(capsys.readouterr().out, encoding="utf-8")
    return paths


def test_one_claim_prints_three_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "hw-ken-46-site"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    for words in (
        "Exaggerated. The official figures move less than claimed.",
        "missing: a 2015 figure",
        "1 checkable",
        "2 figures",
        "3 cause",
        "would be 3,635",
        "Secondary source",
    ):
        assert words in printed


def test_all_claims_are_listed_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--all"]) == 0
    printed = capsys.readouterr().out
    assert "isb-police-25" in printed
    assert "Depends on the definition" in printed
    assert main(["verify", "--all", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["schema"] == "citywatch-verify/1"
    assert len(content["verdicts"]) == len({one["claim_id"] for one in content["verdicts"]})


def test_an_unknown_claim_says_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "hw-ken-46"]) == 1
    assert "hw-ken-46-site" in capsys.readouterr().err


def test_a_filled_form_is_checked(forms: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["verify", "--claims", str(forms["claims"]), "--series", str(forms["series"])]
    assert main(arguments) == 0
    assert "Exaggerated. The official figures move less than claimed." in " ".join(capsys.readouterr().out.split())


def test_a_refused_row_is_named_and_the_exit_code_is_1(
    forms: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    text = forms["claims"].read_text(encoding="utf-8")
    row = text.splitlines()[1]
    bad = row.replace("my-claim", "bad").replace("-30", "-300")
    forms["claims"].write_text(f"{text}{bad}\n", encoding="utf-8")
    assert main(["verify", "--claims", str(forms["claims"]), "--series", str(forms["series"]), "--all"]) == 1
    printed = capsys.readouterr().out
    assert "claims.csv, row 3 (bad): a percentage below -100 (-300)" in printed
    assert "my-claim" in printed


def test_a_claim_alone_meets_the_series_on_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(
        "place,country_iso3,metric,change_pct,period_before,period_after\nNairobi,KEN,crime_rate,-26,2014,2016\n",
        encoding="utf-8",
    )
    assert main(["verify", "--claims", str(path), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["verdicts"]
    assert found["arithmetic"]["word"] == "depends_on_baseline", "2015 lies below 2016"
    assert found["attribution"]["word"] != "shown"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--series", "x.csv"], "expected --claims FILE"),
        (["--claims", "none.csv"], "cannot be read"),
        (["--claims", "README.md"], "no column"),
    ],
)
def test_wrong_use_says_what_to_do(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", *arguments]) == 1
    assert told in capsys.readouterr().err
