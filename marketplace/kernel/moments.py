"""A moment, a day or a month inside a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from marketplace.kernel.formats import day, moment, month
from marketplace.kernel.i18n import current_language


@dataclass(frozen=True)
class Moment:
    """A moment that is written in the reader's language when the sentence is shown."""

    value: datetime

    def __format__(self, _: str) -> str:
        return moment(self.value, current_language.get())


@dataclass(frozen=True)
class Day:
    """A day that is written in the reader's language, with its weekday, when the sentence is shown."""

    value: date

    def __format__(self, _: str) -> str:
        return day(self.value, current_language.get())


@dataclass(frozen=True)
class Month:
    """A month that is written in the reader's language when the sentence is shown."""

    value: date

    def __format__(self, _: str) -> str:
        return month(self.value, current_language.get())


@dataclass(frozen=True)
class Months:
    """Several months in the reader's language."""

    values: tuple[date, ...]

    def __format__(self, _: str) -> str:
        between = ", " if current_language.get() == "en" else "、"
        return between.join(month(value, current_language.get()) for value in self.values)
