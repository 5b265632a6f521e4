"""Forms: text in, typed values out, every mistake at once, and everything typed is kept.

A form is a plain list of fields: `bound = parse(FIELDS, posted)`. A page shows `bound.raw` and `bound.errors`; a
service gets `bound.values`. Repeated rows (lots, criteria) are posted as `lots-0-title`, `lots-1-title`, …
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from marketplace.kernel.characters import (
    day_parts,
    moment_parts,
    narrowed,
    sign_in_name,
    unseen_in,
    without_shapeless,
)
from marketplace.kernel.i18n import N_, Sentence, say

COUNTY_ZONE = ZoneInfo("Asia/Shanghai")
Posted = Mapping[str, Any]
Reader = Callable[[str], Any]


class Wrong(Exception):
    """What was typed cannot be read; the sentence says what would be right."""

    def __init__(self, message: str, /, **values: object) -> None:
        self.sentence = say(message, **values)
        super().__init__(message)


@dataclass(frozen=True)
class Field:
    """One question of a form: its name, its label, and how its text is read."""

    name: str
    label: str
    read: Reader
    is_required: bool = True
    is_list: bool = False


@dataclass
class Bound:
    """A form somebody filled in: what was typed, what it means, what is wrong."""

    raw: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, Sentence] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def refuse(self, name: str, message: str, /, **values: object) -> None:
        """Add a mistake found by a rule to a field; the first one said about a field stays."""
        self.errors.setdefault(name, say(message, **values))


def parse(fields: Sequence[Field], posted: Posted) -> Bound:
    """Read every field; collect all mistakes; keep what was typed."""
    bound = Bound(raw=dict(posted))
    for each in fields:
        _read_into(bound, each, each.name, posted.get(each.name, ""))
    return bound


def parse_rows(
    bound: Bound, prefix: str, fields: Sequence[Field], posted: Posted, most: int = 60
) -> list[dict[str, Any]]:
    """Read repeated rows `prefix-0-name`; rows left wholly empty are skipped, mistakes go into `bound.errors`."""
    numbers = sorted(
        {int(m.group(1)) for key in posted if (m := re.fullmatch(re.escape(prefix) + r"-(\d{1,3})-.+", key))}
    )
    rows: list[dict[str, Any]] = []
    for number in numbers[:most]:
        names = {each.name: f"{prefix}-{number}-{each.name}" for each in fields}
        if not any(str(posted.get(name, "")).strip() for name in names.values()):
            continue
        row = Bound()
        for each in fields:
            _read_into(row, each, names[each.name], posted.get(names[each.name], ""))
        bound.errors.update(row.errors)
        rows.append({each.name: row.values.get(names[each.name]) for each in fields} | {"number": number})
    bound.values[prefix] = rows
    return rows


def _read_into(bound: Bound, each: Field, name: str, typed: Any) -> None:
    given = [t for t in (typed if isinstance(typed, list) else [typed]) if not hasattr(t, "filename")]
    texts = [t for t in (without_shapeless(str(each)).strip() for each in given) if t]
    bound.values[name] = [] if each.is_list else None
    if not texts:
        if each.is_required:
            bound.errors[name] = say(N_("请填写“{label}”。"), label=say(each.label))
        return
    try:
        values = [each.read(visible(t)) for t in (texts if each.is_list else texts[:1])]
        bound.values[name] = values if each.is_list else values[0]
    except Wrong as wrong:
        bound.errors[name] = wrong.sentence


def visible(typed: str) -> str:
    """What was typed, once nothing unseen stands in it; asked before every reader. Raises Wrong."""
    if unseen := unseen_in(typed):
        raise Wrong(N_("含有看不见的控制字符（{character}）。请清空这一栏，重新输入。"), character=unseen)
    return typed


def text(max_length: int = 200) -> Reader:
    """A line or paragraph of text, at most so many characters."""

    def read(typed: str) -> str:
        if len(typed) > max_length:
            raise Wrong(N_("最多 {most} 个字，现在有 {count} 个。请删短。"), most=max_length, count=len(typed))
        return typed.replace("\r\n", "\n")

    return read


def code_text(max_length: int) -> Reader:
    """A number or code that stands on a paper, as plain letters and digits even where it was typed in wide ones."""
    read_text = text(max_length)
    return lambda typed: narrowed(str(read_text(typed)))


def proper_name(max_length: int) -> Reader:
    """A name as it stands on a certificate, in one line: letters, figures and punctuation; no sign, no emoji."""
    read_text = text(max_length)

    def read(typed: str) -> str:
        name = re.sub(r"\s+", " ", str(read_text(typed)))
        if sign := sign_in_name(name):
            raise Wrong(N_("名称里不会有“{character}”。请照登记证书或者身份证件填写。"), character=sign)
        return name

    return read


def money(minimum: Decimal = Decimal("0.01"), maximum: Decimal = Decimal("999999999999.99")) -> Reader:
    """An amount in yuan with at most two decimals; thousands commas, ¥ and 元 are understood."""

    def read(typed: str) -> Decimal:
        amount = _decimal(narrowed(typed).replace(",", "").lstrip("¥").removesuffix("元").strip())
        if -int(amount.as_tuple().exponent) > 2:
            raise Wrong(N_("金额最多两位小数（到分）。"))
        if amount < 0:
            raise Wrong(N_("金额不能是负数。"))
        if amount < minimum:
            raise Wrong(N_("金额至少是 {minimum} 元。"), minimum=minimum)
        if amount > maximum:
            raise Wrong(N_("金额最多是 {maximum} 元。"), maximum=maximum)
        return amount.quantize(Decimal("0.01"))

    return read


def decimal(minimum: Decimal, maximum: Decimal, places: int = 2) -> Reader:
    """A number between two limits with at most so many decimals."""

    def read(typed: str) -> Decimal:
        number = _decimal(narrowed(typed).rstrip("%").strip())
        if -int(number.as_tuple().exponent) > places:
            raise Wrong(N_("最多 {places} 位小数。"), places=places)
        if not minimum <= number <= maximum:
            raise Wrong(N_("请填 {minimum} 到 {maximum} 之间的数。"), minimum=minimum, maximum=maximum)
        return number

    return read


def _decimal(typed: str) -> Decimal:
    # a Chinese keyboard gives 。 where a dot was meant
    plain = typed.replace("。", ".")
    if not re.fullmatch(r"[+-]?[0-9]{1,15}(\.[0-9]{1,10})?", plain):
        raise Wrong(N_("请填数字，例如 505000.00。"))
    try:
        return Decimal(plain)
    except InvalidOperation as wrong:
        raise Wrong(N_("请填数字，例如 505000.00。")) from wrong


def whole_number(minimum: int = 0, maximum: int = 1_000_000_000) -> Reader:
    """A whole number between two limits."""

    def read(typed: str) -> int:
        plain = narrowed(typed)
        if not re.fullmatch(r"[+-]?[0-9]{1,12}", plain):
            raise Wrong(N_("请填整数。"))
        if not minimum <= int(plain) <= maximum:
            raise Wrong(N_("请填 {minimum} 到 {maximum} 之间的数。"), minimum=minimum, maximum=maximum)
        return int(plain)

    return read


def day(earliest: int = 1990) -> Reader:
    """A calendar day as 2026-03-02 or 2026年3月2日, not before a year: days of birth lie further back than business."""

    def read(typed: str) -> date:
        try:
            found = date.fromisoformat(day_parts(typed))
        except ValueError as wrong:
            raise Wrong(N_("请按“2026-03-02”的样子填日期。")) from wrong
        if not earliest <= found.year <= 2100:
            raise Wrong(N_("请检查年份。"))
        return found

    return read


def moment() -> Reader:
    """A moment in county time as 2026-03-02T14:00, given back in UTC."""

    def read(typed: str) -> datetime:
        try:
            found = datetime.fromisoformat(moment_parts(typed))
        except ValueError as wrong:
            raise Wrong(N_("请按“2026-03-02 14:00”的样子填日期和时间。")) from wrong
        if not 1990 <= found.year <= 2100:
            raise Wrong(N_("请检查年份。"))
        return (found if found.tzinfo else found.replace(tzinfo=COUNTY_ZONE)).astimezone(UTC)

    return read


def choice(options: Sequence[str] | Callable[[], Sequence[str]]) -> Reader:
    """One of the given options."""

    def read(typed: str) -> str:
        if typed not in (options() if callable(options) else options):
            raise Wrong(N_("请从列出的选项里选一个。"))
        return typed

    return read


def flag() -> Reader:
    """A ticked box; leave the field optional, an unticked box posts nothing."""
    return lambda typed: typed in ("1", "on", "true", "yes")


def identifier() -> Reader:
    """The identity of a row chosen from a list."""

    def read(typed: str) -> UUID:
        try:
            return UUID(typed)
        except ValueError as wrong:
            raise Wrong(N_("请从列出的选项里选一个。")) from wrong

    return read
