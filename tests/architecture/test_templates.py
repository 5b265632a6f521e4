"""Templates translate sentences where they are written, and words that come as values by a filter."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
# gettext takes its second argument's percent signs for places to fill; a word that comes as a value may hold some
VARIABLE = re.compile(r"(?<![\w.])_\((?!\s*['\"])")


def of_variables(source: str) -> list[str]:
    """The lines on which `_(…)` is given anything but a written sentence."""
    return [line.strip()[:120] for line in source.splitlines() if VARIABLE.search(line)]


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_a_value_is_translated_by_the_filter(path: Path) -> None:
    assert of_variables(path.read_text()) == []


# a row of facts that tells until when something may be done
CLOCK = re.compile(r"\{'label': _\('[^']*(?:截止|期限|最后一天|最晚|最迟)[^']*'\), 'value'.*")
JUDGED = ("evaluations", "vendors/bids", "vendors/sealing", "vendors/receipts")


def without_rule(source: str) -> list[str]:
    """The facts that name a last moment and no rule behind it."""
    return [line.strip()[:120] for line in source.splitlines() if CLOCK.search(line) and "'clause'" not in line]


@pytest.mark.parametrize("part", JUDGED)
def test_every_clock_of_bids_and_their_judging_cites_its_rule(part: str) -> None:
    found = {str(path): without_rule(path.read_text()) for path in (TEMPLATES / part).rglob("*.html")}
    assert {path: lines for path, lines in found.items() if lines} == {}
    assert without_rule("{'label': _('最晚答复'), 'value': x},") and not without_rule(
        "{'label': _('最晚答复'), 'value': x, 'clause': 'R-EVAL-08b'},"
    )


def test_a_value_that_is_given_to_gettext_is_found() -> None:
    assert of_variables("{{ _('状态') }} {{ _(labels[kind]) }}") == ["{{ _('状态') }} {{ _(labels[kind]) }}"]
    assert of_variables("{{ _('状态') }} {{ labels[kind]|translated }} {{ url_for_(x) }}") == []


def test_nothing_to_press_stands_inside_what_opens() -> None:
    # a link inside a summary cannot be reached by everybody (axe: nested-interactive); not every page is looked at
    inside = re.compile(r"<summary[^>]*>(?:(?!</summary>).)*(?:tag\.rule|<a\s|<button)", flags=re.S)
    assert [str(path) for path in TEMPLATES.rglob("*.html") if inside.search(path.read_text())] == []
