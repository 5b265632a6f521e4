"""The rulebook as data: every limit of law and county plan is a dated row with citation and confidence."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_, current_language

RULEBOOK_FOLDER = Path(__file__).resolve().parents[1] / "rulebook"

PERIOD_UNITS = ("calendar_days", "working_days", "clock_hours", "minutes", "months", "years")
UNITS = (*PERIOD_UNITS, "hours", "percent", "permille", "yuan", "count", "points", "text")
DIRECTIONS = ("minimum", "maximum", "backward", "none")
CONFIDENCES = ("A", "B", "C", "D")
# the nearer authority wins where several have a row for the same thing
JURISDICTIONS = ("county", "sichuan", "national")
RULE_ID = re.compile(r"R-[A-Z]+(-\d{2}[a-z]?)?")
PART = re.compile(r"[a-z][a-z0-9_]*")


class UnknownRule(DomainError):
    """There is no rule, or no part of a rule, by this name."""

    status_code = 404


class RuleNotInForce(DomainError):
    """The rule has no row for this day."""


class BrokenRulebook(ValueError):
    """The rulebook files contradict themselves; nothing starts with such a rulebook."""


@dataclass(frozen=True)
class Wording:
    """A text of the rulebook in both languages; printed in the reader's."""

    zh: str
    en: str

    def text(self, language: str | None = None) -> str:
        """The wording in one language."""
        return self.en if (language or current_language.get()) == "en" else self.zh

    def __str__(self) -> str:
        return self.text()

    def __bool__(self) -> bool:
        return bool(self.zh)


@dataclass(frozen=True)
class RuleRow:
    """One dated value of a rule; a value in words is Chinese, `words` has it in both languages.

    `effective_to` is the last day it holds; None while it still does.
    """

    rule_id: str
    part: str | None
    value: Decimal | str
    unit: str
    direction: str
    jurisdiction: str
    effective_from: date
    effective_to: date | None
    citation: str
    confidence: str
    note: Wording
    words: Wording
    # false where years or days describe a look-back or a term, so that no date is counted from them
    is_clock: bool = True
    # the county document by which finance entered the row; empty for a row that came with the software
    document: str = ""

    @property
    def key(self) -> str:
        """The name under which the row is asked for, such as R-TIME-26/reply."""
        return f"{self.rule_id}/{self.part}" if self.part else self.rule_id

    @property
    def part_title(self) -> Wording:
        """The part in words; empty for a rule with one value."""
        return part_titles()[self.part] if self.part else Wording("", "")

    @property
    def number(self) -> Decimal:
        """The value as an exact number."""
        if not isinstance(self.value, Decimal):
            raise UnknownRule(N_("规则 {key} 没有数值。"), self.rule_id, key=self.key)
        return self.value

    @property
    def unconfirmed(self) -> bool:
        """Whether the value rests on expert knowledge that no text confirms yet (confidence C or D)."""
        return self.confidence in ("C", "D")

    @property
    def is_period(self) -> bool:
        """Whether a date can be counted with this row."""
        return self.is_clock and self.unit in PERIOD_UNITS and self.direction != "none"

    def in_force(self, on: date) -> bool:
        """Whether the row holds on a day; its first and last day included."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


@dataclass(frozen=True)
class Rule:
    """One rule as the software applies it, with the rows that give its values."""

    id: str
    title: Wording
    text: Wording
    citation: str
    confidence: str
    rows: tuple[RuleRow, ...]

    @property
    def prefix(self) -> str:
        """The chapter of the rule: R-TIME-04 belongs to R-TIME."""
        return "-".join(self.id.split("-")[:2])

    @property
    def unconfirmed(self) -> bool:
        """Whether the rule itself, or a value in it, still waits for confirmation."""
        return self.confidence in ("C", "D") or any(row.unconfirmed for row in self.rows)

    def unconfirmed_on(self, day: date) -> bool:
        """Whether a value that holds on a day still waits for the county's confirmation."""
        holding = [self.row_of(part, day) for part in self.parts]
        if any(each and each.unconfirmed for each in holding):
            return True
        return self.confidence in ("C", "D") and not any(each and each.document for each in holding)

    def row_of(self, part: str | None, day: date) -> RuleRow | None:
        """The row of a part that holds on a day: entered by the county, then county, province, nation."""
        rows = [each for each in self.rows if each.part == part and each.in_force(day)]
        entered = next((each for each in rows if each.document), None)
        return entered or min(rows, key=lambda each: JURISDICTIONS.index(each.jurisdiction), default=None)

    @property
    def parts(self) -> tuple[str | None, ...]:
        """The clocks or limits of the rule, in the order of the book."""
        return tuple(dict.fromkeys(row.part for row in self.rows))


@cache
def part_titles() -> Mapping[str, Wording]:
    """What each part of a rule is called."""
    with (RULEBOOK_FOLDER / "parts.toml").open("rb") as file:
        return {name: Wording(**words) for name, words in tomllib.load(file)["parts"].items()}


@cache
def rulebook() -> Mapping[str, Rule]:
    """Every rule by its ID, read once from `marketplace/rulebook/*.toml`."""
    return read_rulebook(RULEBOOK_FOLDER)


def read_rulebook(folder: Path) -> Mapping[str, Rule]:
    """Read and check a folder of rulebook files. Raises BrokenRulebook."""
    rules: dict[str, Rule] = {}
    for path in sorted(folder.glob("*.toml")):
        with path.open("rb") as file:
            content = tomllib.load(file)
        for raw in content.get("rule", []):
            found = _read_rule(raw, path.name)
            if found.id in rules:
                raise BrokenRulebook(f"{found.id} is written twice, the second time in {path.name}")
            rules[found.id] = found
    return rules


class _Entered:
    """The county's approved rows of this process; replaced as a whole when their version changes."""

    rows: Mapping[str, tuple[RuleRow, ...]] = {}
    # what `row` found under them: a page asks for the same limits of the same day again and again
    found: dict[tuple[str, date], RuleRow] = {}


MOST_FOUND = 20_000


def install_county_rows(rows: Iterable[RuleRow]) -> None:
    """Let rows approved by the county, the newest approval first, stand before those that came with the software."""
    entered: dict[str, tuple[RuleRow, ...]] = {}
    for each in rows:
        entered[each.rule_id] = (*entered.get(each.rule_id, ()), each)
    _Entered.rows, _Entered.found = entered, {}


def law_mark() -> object:
    """Another object whenever the county's rows were read anew: what was made of the rules holds as long as it does."""
    return _Entered.rows


@cache
def rule_titles() -> Mapping[str, Wording]:
    """What each rule is called; the county's own rows do not change that."""
    return {each.id: each.title for each in rulebook().values()}


def rule(rule_id: str) -> Rule:
    """One rule with the rows the county added. Raises UnknownRule."""
    try:
        found = rulebook()[rule_id]
        entered = _Entered.rows.get(rule_id)
        return replace(found, rows=(*entered, *found.rows)) if entered else found
    except KeyError:
        raise UnknownRule(N_("规则库里没有 {rule_id}。请在规则页面查找它的编号。"), rule_id=rule_id) from None


def row(key: str, on: date) -> RuleRow:
    """The row of R-TIME-04 or R-TIME-26/reply in force on a day.

    What the county entered beats what came with the software; there county beats province beats nation.

    Raises UnknownRule for a name that is not in the book, RuleNotInForce where no row holds that day.
    """
    if known := _Entered.found.get((key, on)):
        return known
    rule_id, _, part = key.partition("/")
    found = rule(rule_id)
    if (part or None) not in found.parts:
        raise UnknownRule(N_("规则 {rule_id} 没有“{part}”这一项。"), rule_id, rule_id=rule_id, part=part or "-")
    if holding := found.row_of(part or None, on):
        if len(_Entered.found) >= MOST_FOUND:
            _Entered.found.clear()
        _Entered.found[key, on] = holding
        return holding
    raise RuleNotInForce(N_("规则 {key} 在 {on} 没有生效的条文。"), rule_id, key=key, on=on.isoformat())


def plain(stored: Decimal) -> Decimal:
    """500000.0000 from the database as 500000, the way the files write it."""
    whole = stored.to_integral_value()
    return whole if stored == whole else stored.normalize()


def number(key: str, on: date) -> Decimal:
    """The number a rule gives on a day. Raises UnknownRule, RuleNotInForce."""
    return row(key, on).number


def holds(key: str, on: date) -> bool:
    """Whether a rule has a row on a day: what began later asks nothing of earlier acts. Raises UnknownRule."""
    try:
        row(key, on)
    except RuleNotInForce:
        return False
    return True


def all_rules() -> Sequence[Rule]:
    """Every rule, in the order of the book."""
    return tuple(rule(rule_id) for rule_id in rulebook())


def rules_in_force(on: date) -> Sequence[Rule]:
    """The rules that have at least one row in force on a day."""
    return tuple(each for each in all_rules() if any(line.in_force(on) for line in each.rows))


def _read_rule(raw: Mapping[str, Any], file_name: str) -> Rule:
    rule_id = str(raw.get("id", ""))
    if not RULE_ID.fullmatch(rule_id):
        raise BrokenRulebook(f"{file_name}: {rule_id!r} is no rule ID")
    try:
        rows = tuple(_read_row(rule_id, raw, each) for each in raw.get("rows", [{"unit": "text"}]))
        found = Rule(
            id=rule_id,
            title=Wording(**raw["title"]),
            text=Wording(**raw["text"]),
            citation=raw["citation"],
            confidence=raw["confidence"],
            rows=rows,
        )
    except (KeyError, TypeError) as error:
        raise BrokenRulebook(f"{rule_id} in {file_name}: {error}") from error
    _check(found)
    return found


def _read_row(rule_id: str, raw: Mapping[str, Any], line: Mapping[str, Any]) -> RuleRow:
    """One row; what it does not say itself it takes from its rule."""
    unit = line["unit"]
    written = line.get("value", "")
    words = Wording(**written) if isinstance(written, dict) else Wording("", "")
    value: Decimal | str = words.zh
    if unit != "text":
        try:
            value = Decimal(written)
        except (InvalidOperation, TypeError, ValueError):
            raise BrokenRulebook(f"{rule_id}: {written!r} is no number") from None
    return RuleRow(
        rule_id=rule_id,
        part=line.get("part"),
        value=value,
        unit=unit,
        direction=line.get("direction", "none"),
        jurisdiction=line.get("jurisdiction", raw.get("jurisdiction", "national")),
        effective_from=line.get("effective_from", raw["effective_from"]),
        effective_to=line.get("effective_to", raw.get("effective_to")),
        citation=line.get("citation", raw["citation"]),
        confidence=line.get("confidence", raw["confidence"]),
        note=Wording(**line.get("note", {"zh": "", "en": ""})),
        words=words,
        is_clock=line.get("clock", True),
    )


def _check(found: Rule) -> None:
    words = (found.title.zh, found.title.en, found.text.zh, found.text.en, found.citation)
    if not all(words):
        raise BrokenRulebook(f"{found.id} lacks a wording or its citation")
    for each in found.rows:
        known = (
            each.unit in UNITS
            and each.direction in DIRECTIONS
            and each.jurisdiction in JURISDICTIONS
            and each.confidence in CONFIDENCES
            and found.confidence in CONFIDENCES
            and (each.part is None or PART.fullmatch(each.part))
        )
        if not known:
            raise BrokenRulebook(f"{each.key} has a unit, direction, jurisdiction, confidence or part nobody knows")
        if type(each.effective_from) is not date or (each.effective_to and each.effective_to < each.effective_from):
            raise BrokenRulebook(f"{each.key} ends before it begins, or has no day it begins on")
    _check_overlaps(found.id, found.rows)


def _check_overlaps(rule_id: str, rows: Iterable[RuleRow]) -> None:
    """Two rows of one part and jurisdiction never hold on the same day."""
    last: dict[tuple[str | None, str], RuleRow] = {}
    for each in sorted(rows, key=lambda line: line.effective_from):
        before = last.get((each.part, each.jurisdiction))
        if before and (before.effective_to is None or each.effective_from <= before.effective_to):
            raise BrokenRulebook(f"{rule_id}: two rows of {each.key} hold on {each.effective_from}")
        last[each.part, each.jurisdiction] = each
