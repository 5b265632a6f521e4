"""The form of the timetable: counted anew as typed, nothing stored; what its page shows besides the fields."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from catalogue.listings.drafts import Timetable
from catalogue.listings.forms import timetable_form
from catalogue.listings.timetable_page import Outlook, outlook, start_day
from marketplace.kernel.calendar import county_calendar
from marketplace.kernel.clock import COUNTY_ZONE, county_day
from marketplace.kernel.forms import Bound

RECOUNT, EARLIEST = "recount", "earliest"
RECOUNTING = (RECOUNT, EARLIEST)


def recounted(found: Mapping[str, Any], typed: Mapping[str, Any], now: datetime) -> Bound:
    """What was typed with every mistake of it as of the chosen day; `earliest` writes the first lawful closing time."""
    raw = dict(typed)
    starts_on, wrong = start_day(str(raw.get("starts_on", "")), now)
    if typed.get("then") == EARLIEST:
        proposed = outlook(None, found["method"], starts_on, now).timetable
        if proposed:
            raw["closes_at"] = proposed.closes_at.astimezone(COUNTY_ZONE).strftime("%Y-%m-%dT%H:%M")
            raw["documents_until"] = raw["questions_until"] = ""
    form, part = timetable_form(raw)
    form.raw = raw
    if not str(raw.get("closes_at", "")).strip():  # a closing time still open is proposed, not missed
        form.errors.pop("closes_at", None)
    if isinstance(part, Timetable):
        for mistake in outlook(part, found["method"], starts_on, now).mistakes:
            form.errors.setdefault(mistake.field, mistake.sentence)
    if wrong:
        form.errors["starts_on"] = wrong
    return form


def timetable_context(found: Mapping[str, Any], form: Bound, now: datetime) -> dict[str, Any]:
    """What the page of the timetable shows besides its fields."""
    starts_on, _ = start_day(str(form.raw.get("starts_on", "")), now)
    part = timetable_form(form.raw)[1]
    ahead: Outlook = outlook(part if isinstance(part, Timetable) else None, found["method"], starts_on, now)
    return {"ahead": ahead, "calendar": county_calendar(), "today": county_day(now)}
