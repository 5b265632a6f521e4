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


def test_a_value_that_is_given_to_gettext_is_found() -> None:
    assert of_variables("{{ _('状态') }} {{ _(labels[kind]) }}") == ["{{ _('状态') }} {{ _(labels[kind]) }}"]
    assert of_variables("{{ _('状态') }} {{ labels[kind]|translated }} {{ url_for_(x) }}") == []
