"""The fairness checks as data: `checks.toml` and the county's source, the Sichuan list of 61 typical faults."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from marketplace.kernel.i18n import N_
from marketplace.kernel.rulebook import Wording

CHECKS_FILE = Path(__file__).with_name("checks.toml")
ENTRIES_FILE = Path(__file__).with_name("entries.toml")
ENTRIES = 61


class Severity(StrEnum):
    """What a finding means for the draft."""

    REFUSES = "refuses"
    REASON = "reason"
    ADVICE = "advice"


SEVERITY_LABELS: dict[Severity, str] = {
    Severity.REFUSES: N_("不能这样写"),
    Severity.REASON: N_("要写明理由"),
    Severity.ADVICE: N_("建议"),
}
SEVERITY_TONES: dict[Severity, str] = {
    Severity.REFUSES: "refused",
    Severity.REASON: "waiting",
    Severity.ADVICE: "neutral",
}


class Coverage(StrEnum):
    """Who looks at an entry of the list."""

    MACHINE = "machine"
    REVIEWER = "reviewer"
    NOT_APPLICABLE = "not_applicable"


COVERAGE_LABELS: dict[Coverage, str] = {
    Coverage.MACHINE: N_("系统检查"),
    Coverage.REVIEWER: N_("由复核人判断"),
    Coverage.NOT_APPLICABLE: N_("服务项目不适用"),
}


@dataclass(frozen=True)
class Check:
    """One check. `kind`: words (patterns), structure (a predicate in structure.py), form (refused when saved)."""

    id: str
    numbers: tuple[int, ...]
    kind: str
    severity: Severity
    rule: str
    citation: str
    title: Wording
    sentence: Wording
    scopes: frozenset[str] = frozenset()
    patterns: tuple[re.Pattern[str], ...] = ()
    exceptions: tuple[re.Pattern[str], ...] = ()
    heeds_denial: bool = True


@dataclass(frozen=True)
class Entry:
    """One way a fault shows itself in the list of 2023, and who looks at it."""

    number: int
    fault: str
    text: str
    coverage: Coverage
    reason: Wording


class BrokenChecks(ValueError):
    """The check files contradict themselves; nothing starts with such checks."""


@cache
def all_checks() -> Mapping[str, Check]:
    """Every check by its name. Raises BrokenChecks."""
    with CHECKS_FILE.open("rb") as file:
        data = tomllib.load(file)
    found: dict[str, Check] = {}
    for raw in data["check"]:
        if raw["id"] in found:
            raise BrokenChecks(f"twice: {raw['id']}")
        found[raw["id"]] = _check(raw, data["words"])
    return found


def _check(raw: dict[str, Any], words: Mapping[str, str]) -> Check:
    def compiled(name: str) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(_filled(pattern, words)) for pattern in raw.get(name, ()))

    kind = raw.get("kind", "words")
    if (kind == "words") != bool(raw.get("patterns")):
        raise BrokenChecks(f"{raw['id']}: patterns belong to checks of words")
    return Check(
        id=raw["id"], numbers=tuple(raw.get("numbers", ())), kind=kind, severity=Severity(raw["severity"]),
        rule=raw["rule"], citation=raw["citation"], title=Wording(**raw["title"]), sentence=Wording(**raw["sentence"]),
        scopes=frozenset(raw.get("scopes", ())), patterns=compiled("patterns"), exceptions=compiled("exceptions"),
        heeds_denial=raw.get("heeds_denial", True),
    )  # fmt: skip


def _filled(pattern: str, words: Mapping[str, str]) -> str:
    """Shared word groups are written <name> in the data."""
    return re.sub(r"<([a-z]+)>", lambda m: f"(?:{_filled(words[m.group(1)], words)})", pattern)


@cache
def all_entries() -> tuple[Entry, ...]:
    """The entries of the list in order. Raises BrokenChecks unless they are 1 to 61."""
    with ENTRIES_FILE.open("rb") as file:
        raw = tomllib.load(file)["entry"]
    checked = {number for check in all_checks().values() for number in check.numbers}
    entries = tuple(
        Entry(each["number"], each["fault"], each["text"], Coverage(each["coverage"]), Wording(**each["reason"]))
        for each in raw
    )
    if [entry.number for entry in entries] != list(range(1, ENTRIES + 1)):
        raise BrokenChecks("the list has 61 entries in order")
    for entry in entries:
        if (entry.coverage is Coverage.MACHINE) != (entry.number in checked):
            raise BrokenChecks(f"entry {entry.number}: said to be {entry.coverage}, the checks say otherwise")
    return entries


def checks_of(number: int) -> list[Check]:
    """The checks that look at an entry."""
    return [check for check in all_checks().values() if number in check.numbers]
