"""A year of holidays as somebody typed it: days, kinds and names, every mistake by its row. Pure."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import date
from io import StringIO

from marketplace.kernel.calendar import AnnouncedYear, weeks_of_month
from marketplace.kernel.i18n import N_, Sentence, say

KINDS: dict[str, str] = {
    "放假": "off", "休": "off", "off": "off", "holiday": "off",
    "上班": "worked", "班": "worked", "worked": "worked", "work": "worked",
}  # fmt: skip
KIND_LABELS: dict[str, str] = {"off": N_("放假"), "worked": N_("调休上班")}
# a year has about 30 days off and 7 make-up days
MOST_ROWS = 120
LONGEST_NAME = 60


@dataclass(frozen=True)
class TypedDay:
    """One row that could be read."""

    number: int
    day: date
    kind: str
    name: str


@dataclass
class Reading:
    """What a file says: the days that could be read, and each mistake with the number of its row."""

    days: list[TypedDay] = field(default_factory=list)
    mistakes: list[tuple[int, Sentence]] = field(default_factory=list)


def read_csv(text: str, year: int) -> Reading:
    """Rows of day, kind, name (2027-01-01,放假,元旦); a head line is passed over. Never raises: it tells."""
    reading = Reading()
    seen: dict[date, int] = {}
    rows = [(n, cells) for n, cells in enumerate(csv.reader(StringIO(text.lstrip("\ufeff"))), 1) if any(cells)]
    for number, cells in rows[: MOST_ROWS + 1]:
        if number == rows[0][0] and not cells[0].strip()[:1].isdigit():
            continue
        _read_row(reading, seen, year, number, [cell.strip() for cell in cells])
    if len(rows) > MOST_ROWS + 1:
        words = N_("一年的放假安排最多 {most} 行，后面的没有读。请检查文件。")
        reading.mistakes.append((rows[MOST_ROWS + 1][0], say(words, most=MOST_ROWS)))
    if not any(each.kind == "off" for each in reading.days) and not reading.mistakes:
        reading.mistakes.append((1, say(N_("没有一天放假。请检查文件。"))))
    return reading


def _read_row(reading: Reading, seen: dict[date, int], year: int, number: int, cells: list[str]) -> None:
    found: list[Sentence] = []
    day, kind = _day(cells[0]), KINDS.get((cells[1] if len(cells) > 1 else "").casefold())
    name = cells[2] if len(cells) > 2 else ""
    if day is None:
        found.append(say(N_("看不懂日期“{typed}”。请写成 2027-01-01。"), typed=cells[0][:30]))
    elif day.year != year:
        found.append(say(N_("{day} 不在 {year} 年。"), day=day.isoformat(), year=year))
    elif day in seen:
        found.append(say(N_("{day} 在第 {row} 行已经写过。"), day=day.isoformat(), row=seen[day]))
    if kind is None:
        found.append(say(N_("第二栏请写“放假”或者“上班”。")))
    elif day and kind == "worked" and day.weekday() < 5:
        found.append(say(N_("{day} 不是周末，不用写调休上班。"), day=day.isoformat()))
    if len(name) > LONGEST_NAME:
        found.append(say(N_("最多 {most} 个字，现在有 {count} 个。请删短。"), most=LONGEST_NAME, count=len(name)))
    reading.mistakes += [(number, each) for each in found]
    if day:
        seen.setdefault(day, number)
    if day and kind and not found:
        reading.days.append(TypedDay(number, day, kind, name))


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed.replace("/", "-"))
    except ValueError:
        return None


def typed_csv(year: AnnouncedYear) -> str:
    """A year of the library in the form a file has, so that both ways are read, shown and kept alike."""
    rows = [(day, "放假") for day in year.days_off] + [(day, "上班") for day in year.worked]
    return "".join(f"{day.isoformat()},{kind},\n" for day, kind in sorted(rows))


def months_of(year: int) -> list[list[list[date | None]]]:
    """Twelve months of weeks from Monday to Sunday; places before and after a month are empty."""
    return [weeks_of_month(year, month) for month in range(1, 13)]
