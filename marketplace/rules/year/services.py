"""Load a year's holidays and count every provisional date anew, in one act (R-CAL-03)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from catalogue import recounting as catalogue
from catalogue.corrigenda.recounting import recount_listings
from contracts import recounting as contracts
from evaluations import recounting as evaluations
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.recounting import recount_days
from marketplace.accounts.trail import record
from marketplace.kernel.clock import CountyClock
from marketplace.kernel.db import execute, insert, transaction
from marketplace.kernel.law.loading import refresh_law
from marketplace.kernel.law.tables import CalendarLoad
from marketplace.rules.year.rules import TypedDay

# every stored day that a rule counted; a day that is missing here is found by tests/architecture/test_recounting.py
STORED_DAYS = (*catalogue.DAYS, *contracts.DAYS, *evaluations.DAYS)


@dataclass(frozen=True)
class NewYear:
    """An announced year: where it comes from, by which document, and its days."""

    year: int
    source: str
    document_number: str
    days: Sequence[TypedDay]


async def load_year(new: NewYear, actor: Actor, now: datetime) -> None:
    """Load the year, keep the earlier loading, count provisional dates anew and tell those concerned.

    Raises Forbidden. When anything fails, neither the year nor a date has changed.
    """
    actor.check_may(Permission.LOAD_CALENDAR)
    try:
        async with transaction():
            load = await insert(
                CalendarLoad, year=new.year, source=new.source, document_number=new.document_number,
                loaded_by=actor.person_id, loaded_by_name=actor.name, loaded_at=now,
            )  # fmt: skip
            await execute(
                "INSERT INTO calendar_day (id, load, day, kind, name) SELECT gen_random_uuid(), $1, n.*"
                " FROM unnest($2::date[], $3::text[], $4::text[]) n",
                load, [d.day for d in new.days], [d.kind for d in new.days], [d.name for d in new.days],
            )  # fmt: skip
            # this transaction counts by the year it brings; other processes see it after the commit
            await refresh_law((await CountyClock().look()).law)
            listings, others = await recount_listings(actor, now), await recount_days(STORED_DAYS, actor, now)
            detail = {
                "year": str(new.year), "document": new.document_number, "source": new.source,
                "days": str(len(new.days)), "listings": str(listings.rows),
                "others": str(others.rows), "moved": str(listings.moved + others.moved),
            }  # fmt: skip
            await record("calendar.loaded", ("calendar", str(new.year)), actor, detail, now)
    except BaseException:
        await refresh_law((await CountyClock().look()).law)
        raise
