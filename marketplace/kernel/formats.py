"""How money, days, moments and counts are written, in Chinese and in English.

Where no language is given, the reader's is used. What is not known reads as a dash, never as an empty place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from marketplace.kernel.i18n import Sentence, current_language
from marketplace.kernel.money import to_fen

COUNTY_ZONE = ZoneInfo("Asia/Shanghai")
WEEKDAYS_ZH = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS_EN = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
MINUS = "−"
KILOBYTE = 1024
UNKNOWN = "—"

Amount = Decimal | int | float


def money(amount: Decimal | int | None) -> str:
    """Yuan with fen, as ¥505,000.00; the same in both languages."""
    if amount is None:
        return UNKNOWN
    fen = to_fen(Decimal(amount))
    return f"{MINUS if fen < 0 else ''}¥{abs(fen):,.2f}"


def number(value: Amount | None) -> str:
    """A count or quantity with thousands marked and no trailing zeros: 12,500 or 7.5."""
    if value is None:
        return UNKNOWN
    exact = Decimal(str(value))
    text = f"{abs(exact):,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{MINUS if exact < 0 else ''}{text}"


def percent(value: Amount | None) -> str:
    """A share given in percent points: 20 becomes 20%."""
    return UNKNOWN if value is None else f"{number(value)}%"


def day(value: date | datetime | None, language: str | None = None) -> str:
    """A day in the county with its weekday: 2026年3月2日（周一） or Mon 2 March 2026."""
    if value is None:
        return UNKNOWN
    if isinstance(value, datetime):
        value = value.astimezone(COUNTY_ZONE).date()
    if (language or current_language.get()) == "en":
        return f"{WEEKDAYS_EN[value.weekday()]} {value.day} {MONTHS_EN[value.month - 1]} {value.year}"
    return f"{value.year}年{value.month}月{value.day}日（{WEEKDAYS_ZH[value.weekday()]}）"


def moment(value: datetime | None, language: str | None = None) -> str:
    """A moment on the county's clock, to the minute: 2026年3月2日（周一）17:00 or Mon 2 March 2026, 17:00."""
    if value is None:
        return UNKNOWN
    there = value.astimezone(COUNTY_ZONE)
    comma = ", " if (language or current_language.get()) == "en" else ""
    return f"{day(there, language)}{comma}{there:%H:%M}"


def month(value: date | datetime | None, language: str | None = None) -> str:
    """A month in the county: 2026年3月 or March 2026."""
    if value is None:
        return UNKNOWN
    if isinstance(value, datetime):
        value = value.astimezone(COUNTY_ZONE).date()
    if (language or current_language.get()) == "en":
        return f"{MONTHS_EN[value.month - 1]} {value.year}"
    return f"{value.year}年{value.month}月"


def relative_days(value: date | datetime, now: datetime, language: str | None = None) -> str:
    """How far off a day is, in calendar days; a hint beside the date, never instead of it."""
    if isinstance(value, datetime):
        value = value.astimezone(COUNTY_ZONE).date()
    days = (value - now.astimezone(COUNTY_ZONE).date()).days
    if (language or current_language.get()) == "en":
        return _relative_days_in_english(days)
    if days == 0:
        return "今天"
    if days == 1:
        return "明天"
    if days == -1:
        return "昨天"
    return f"还有 {days} 天" if days > 0 else f"已过 {-days} 天"


def _relative_days_in_english(days: int) -> str:
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    if days in near:
        return near[days]
    return f"in {days} days" if days > 0 else f"{-days} days ago"


def size(count: int | None) -> str:
    """The size of a file for people: 812 B, 12 KB, 3.4 MB."""
    if count is None:
        return UNKNOWN
    if count < KILOBYTE:
        return f"{count} B"
    if count < KILOBYTE * KILOBYTE:
        return f"{count / KILOBYTE:.0f} KB"
    return f"{count / KILOBYTE / KILOBYTE:.1f} MB"


def named(row: Mapping[str, Any], key: str) -> str:
    """A name in the reader's language: the row has `key`, and `key_en` where an English name is known."""
    english = row.get(f"{key}_en")
    return str(english if english and current_language.get() == "en" else row[key])


def sentence(value: Sentence | str | None) -> str:
    """A sentence in the reader's language; plain text stays as it is."""
    return "" if value is None else str(value)


FILTERS: Mapping[str, Callable[..., Any]] = {
    "money": money,
    "number": number,
    "percent": percent,
    "day": day,
    "moment": moment,
    "month": month,
    "relative_days": relative_days,
    "size": size,
    "named": named,
    "sentence": sentence,
}
