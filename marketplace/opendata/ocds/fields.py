"""Amounts, moments and periods as the standard writes them. Pure."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from marketplace.kernel.clock import COUNTY_ZONE

Json = dict[str, Any]
CURRENCY = "CNY"


def value_of(amount: Decimal) -> Json:
    """An exact amount in yuan."""
    return {"amount": number_of(amount), "currency": CURRENCY}


def number_of(value: Decimal) -> Decimal | int:
    """A number without zeros that say nothing."""
    return int(value) if value == value.to_integral_value() else value.normalize()


def moment(at: datetime | None) -> str:
    """A moment as the standard writes it, in county time; empty when there is none."""
    return at.astimezone(COUNTY_ZONE).isoformat(timespec="seconds") if at else ""


def period(start: datetime, end: datetime | None) -> Json | None:
    """From one moment to another; none where it has no end."""
    return {"startDate": moment(start), "endDate": moment(end)} if end else None


def days(first: date, last: date) -> Json:
    """From the first second of a day to the last second of another."""
    return {"startDate": moment(first_second(first)), "endDate": moment(_last_second(last))}


def first_second(day: date) -> datetime:
    """When a day begins in the county."""
    return datetime.combine(day, time(0, 0, 0), COUNTY_ZONE)


def _last_second(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), COUNTY_ZONE)


def filled(fields: Json) -> Json:
    """Without the fields that say nothing: the standard wants them left out."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}
