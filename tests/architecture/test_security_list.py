"""The security list and the privacy assessment name files and tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

PACKAGES = ("marketplace", "catalogue", "vendors", "contracts", "evaluations")
PAPERS = (ROOT / "docs" / "asvs.md", ROOT / "docs" / "privacy.md")


def named(text: str) -> list[str]:
    """Whatever stands as code."""
    return re.findall(r"`([^`]+)`", text)


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_every_file_that_is_named_is_there(paper: Path) -> None:
    files = [name for name in named(paper.read_text()) if re.fullmatch(r"[\w.-]+(/[\w.-]+)+|[\w-]+\.(txt|md)", name)]
    assert files
    assert [name for name in files if not (ROOT / name).exists()] == []


def test_every_test_that_is_named_is_there() -> None:
    tests = {name for paper in PAPERS for name in named(paper.read_text()) if re.fullmatch(r"test_\w+", name)}
    source = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    assert len(tests) > 20
    assert sorted(name for name in tests if f"def {name}(" not in source) == []


def test_whatever_writes_rows_keeps_cells_that_look_like_formulas_as_text() -> None:
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    texts = {path: path.read_text() for path in files}
    writing = {path: text for path, text in texts.items() if re.search(r"csv\.writer\(|xlsxwriter\.Workbook\(", text)}
    assert len(writing) >= 6
    asks = ("plain_cell", "TEXT_ONLY", '"strings_to_formulas": False')
    assert [str(path) for path, text in writing.items() if not any(each in text for each in asks)] == []


def test_no_line_of_the_list_is_without_a_state_and_evidence() -> None:
    rows = re.findall(r"^\| \d[^|]*\|([^|]*)\|([^|]*)\|$", PAPERS[0].read_text(), flags=re.M)
    assert len(rows) > 45
    assert {state.strip() for state, _ in rows} <= {"met", "partly", "operator"}
    assert all(len(evidence.strip()) > 15 for _, evidence in rows)
