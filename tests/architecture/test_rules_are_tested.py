"""Every rule of the rulebook is named by a test, or stands in a list that says it is not; a new rule needs a test."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ID = re.compile(r"(?<![A-Za-z])R[-_]([A-Z]+)[-_](\d\d[a-z]?)(?![0-9a-z])", re.IGNORECASE)

# what no purchase here can meet, so that there is nothing to try
NOT_MET_HERE = {
    "R-EVAL-01": "the lowest-price method is for standard goods; services are scored",
    "R-EVAL-07": "the lowest-price method is for standard goods; services are scored",
    "R-EVAL-09": "for goods of one brand only",
}
# rules of other stages of a purchase that no test names yet
NOT_NAMED_YET = frozenset("""
    R-ACC-02 R-ACC-03 R-ARC-01 R-AWD-02 R-AWD-03 R-BID-03 R-BID-05 R-BID-06 R-BID-07 R-CIV-01 R-CIV-02 R-CIV-03
    R-CIV-04 R-CIV-05 R-CLOCK-01 R-COLL-01 R-COLL-02 R-COLL-03 R-COLL-04 R-COLL-05 R-COM-03 R-COM-04
    R-COM-05 R-COM-06 R-COM-07 R-COM-08 R-CON-04 R-DISP-01 R-DISP-03 R-DISP-05 R-DISP-07 R-FRM-03 R-FRM-06
    R-GPS-01 R-GPS-02 R-GPS-06 R-GPS-07 R-GPS-09 R-GPS-10 R-GPS-11 R-GPS-12 R-HOUR-01 R-HOUR-02 R-HOUR-03
    R-HOUR-04 R-INTL-01 R-INTL-02 R-LAW-01 R-LAW-02 R-OUTAGE-01 R-PAY-02 R-PAY-04 R-PERF-02 R-PERF-03 R-PERF-04
    R-PERF-05 R-PERF-06 R-PERF-07 R-PUBL-01 R-RECORD-01 R-REEV-01 R-RELIEF-01 R-ROLE-01 R-ROLE-07 R-SEED-02
    R-SEED-03 R-SEED-07 R-SEED-08 R-SEED-10 R-SEED-11 R-SME-01 R-SME-05 R-SME-06 R-SOCW-02 R-SOCW-03
    R-SOCW-04 R-TIME-14b R-TIME-23 R-TIME-24 R-TIME-25 R-TIME-28
""".split())


def rules() -> set[str]:
    """Every rule's ID as it stands in the shipped rulebook."""
    files = sorted((ROOT / "marketplace" / "rulebook").glob("[0-9]*.toml"))
    return {rule["id"] for file in files for rule in tomllib.loads(file.read_text())["rule"]}


def named_in(source: str) -> set[str]:
    """The rules that tests of a module name: in a test's name, in what it is given, or in what it asserts."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or not node.name.startswith("test_"):
            continue
        parts = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
        texts = [value for value in parts if isinstance(value, str)]
        for text in (node.name, *texts):
            found |= {f"R-{family.upper()}-{number}" for family, number in ID.findall(text)}
    return found


def named() -> set[str]:
    """The rules that any test names."""
    here = Path(__file__).name
    files = [path for path in (ROOT / "tests").rglob("test_*.py") if path.name != here]
    return set().union(*(named_in(path.read_text()) for path in files))


def test_rules_without_a_test_are_those_of_the_lists() -> None:
    assert rules() - named() <= NOT_NAMED_YET | set(NOT_MET_HERE)


def test_no_rule_of_drafting_and_publishing_is_without_a_test() -> None:
    families = ("R-DOC", "R-EVAL", "R-LOW", "R-METH", "R-CORR", "R-COUNT", "R-ASK", "R-PLAN", "R-PUB-", "R-TIE")
    assert not {rule for rule in NOT_NAMED_YET if rule.startswith(families)}


def test_a_name_a_parameter_and_an_assertion_name_a_rule_and_a_comment_does_not() -> None:
    source = '''
@pytest.mark.parametrize("x", ["R-DOC-01"])
def test_R_LOW_02_and_r_low_03_hold(x):  # R-DOC-09
    assert clause == "R-EVAL-10/low"
def helper(): return "R-SME-02"
'''
    assert named_in(source) == {"R-DOC-01", "R-LOW-02", "R-LOW-03", "R-EVAL-10"}
