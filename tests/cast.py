"""The people of the tests are the people of the demo county."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.sessions import actor_of
from marketplace.demo.cast import CAST, OFFICES, PASSWORD, enter_cast
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetchval

__all__ = ["CAST", "OFFICES", "PASSWORD", "actor", "enter_cast", "office"]


async def actor(username: str, now: datetime) -> Actor:
    """A member of the cast as an actor; enters the cast when it is not there yet."""
    people = await enter_cast(now)
    found = await actor_of(people[username], county_day(now))
    assert found is not None
    return found


async def office(key: str) -> UUID:
    """The identity of an office of the cast."""
    found: UUID = await fetchval("SELECT id FROM organisation WHERE name = $1", OFFICES[key][1])
    return found
