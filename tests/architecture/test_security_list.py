"""The security list and the privacy assessment name files and tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

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


def test_no_line_of_the_list_is_without_a_state_and_evidence() -> None:
    rows = re.findall(r"^\| \d[^|]*\|([^|]*)\|([^|]*)\|$", PAPERS[0].read_text(), flags=re.M)
    assert len(rows) > 45
    assert {state.strip() for state, _ in rows} <= {"met", "partly", "operator"}
    assert all(len(evidence.strip()) > 15 for _, evidence in rows)
