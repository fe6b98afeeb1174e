"""Documentation is tested: commands run, links resolve, generated pages are current, words are ours."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from bench import screening_accuracy

from citywatch import claims, findings, indicators, registry
from citywatch.cli.data import with_cases
from citywatch.cli.main import COMMANDS
from citywatch.errors import InputError
from citywatch.tables.dictionary import dictionary_markdown

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/methods/*.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")
AMERICAN = re.compile(
    r"\b(color|neighborhood|behavior|center|organization|license plate|analyze|labeled)s?\b", re.IGNORECASE
)
TEXT_FILES = [
    path
    for path in subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    if Path(path).suffix in {".md", ".py", ".yml", ".toml", ".lock", ".j2", ".mjs", ".json", ".typ", ".css", ".js", ""}
    and (ROOT / path).is_file()  # docs/methods is a link to the folder that the site reads
]


def readme_commands() -> list[list[str]]:
    """The citywatch commands of the README, without comments."""
    lines = re.findall(r"^\.venv/bin/citywatch (.+)$", README, re.MULTILINE)
    return [shlex.split(line, comments=True) for line in lines]


@pytest.mark.parametrize("arguments", readme_commands(), ids=" ".join)
def test_readme_commands_run(arguments: list[str]) -> None:
    subprocess.run([sys.executable, "-m", "citywatch.cli", *arguments], cwd=ROOT, check=True, capture_output=True)


def test_readme_python_runs() -> None:
    (block,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    subprocess.run([sys.executable, "-c", block], check=True, capture_output=True, cwd=ROOT)


def test_every_command_is_in_the_readme_or_contributing() -> None:
    text = README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    missing = [name for name, _ in COMMANDS if f"citywatch {name}" not in text and f"make {name}" not in text]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_pictures_exist(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?://|#|mailto:)([^)#]+)", page.read_text(encoding="utf-8"))
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert missing == []


def test_the_data_dictionary_is_current() -> None:
    current = dictionary_markdown((*registry.TABLES, *indicators.TABLES))
    assert (ROOT / "docs" / "data-dictionary.md").read_text(encoding="utf-8") == current, "run make data"


def test_the_worked_cases_are_computed_from_the_tables() -> None:
    page = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
    assert with_cases(page) == page, "run make data"
    for title in ("Kenya", "Islamabad", "Ecuador", "Punjab", "Mauritius", "Mexico City"):
        assert f"### {title}" in page
    with pytest.raises(InputError, match="worked cases"):
        with_cases(page.replace("<!-- worked", "<!-- other"))


def test_the_python_of_the_claims_page_runs(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    for name in ("claims", "series"):
        (tmp_path / f"{name}.csv").write_text(claims.template(name), encoding="utf-8")
    ran = subprocess.run([sys.executable, "-c", block], check=True, capture_output=True, text=True, cwd=tmp_path)
    assert "Exaggerated" in ran.stdout


def test_every_question_says_what_would_make_it_false() -> None:
    found = findings.compute(registry.load(), indicators.load_indicators(), scenario="brief-2019")
    assert {finding.dimension for finding in found.findings} == {question.dimension for question in findings.FINDINGS}
    for finding in found.findings:
        assert finding.would_be_false_if
        assert finding.method
        assert finding.not_covered


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_spelling_is_british(page: Path) -> None:
    text = re.sub(r"`[^`]*`|Center for Strategic", "", page.read_text(encoding="utf-8"))
    assert AMERICAN.findall(text) == []


def test_no_registry_host_is_named() -> None:
    hosts = re.compile("|".join(["py" + r"pi\.org", "python" + r"hosted", "npm" + r"js\.(?:org|com)"]), re.IGNORECASE)
    named = [path for path in TEXT_FILES if hosts.search((ROOT / path).read_text(encoding="utf-8", errors="replace"))]
    assert named == []


def test_accuracy_in_the_docs_is_what_the_bench_wrote() -> None:
    report = json.loads((ROOT / "bench" / "screening-accuracy.json").read_text(encoding="utf-8"))
    page = (ROOT / "docs" / "screening.md").read_text(encoding="utf-8")
    assert screening_accuracy.with_table(page, report) == page
