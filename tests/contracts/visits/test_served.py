"""What closed months add to the counts of residents served: the same as counting their lines."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from runpy import run_path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from contracts.visits import queries
from contracts.visits.closing import close_month
from contracts.visits.rules import last_day
from contracts.visits.services import Correction, approve_visits, correct_visit, log_visit
from marketplace.conference.queries import figures
from marketplace.conference.rules import Quarter
from marketplace.kernel.db import execute, fetch, fetchval, transaction
from marketplace.overview.coverage import _DELIVERED
from tests.at_once import both
from tests.builders_contracts import APRIL, MAY, World, a_contract_in_force, a_visit, closing_time, points
from tests.conftest import ROOT

MIGRATION = ROOT / "migrations" / "contracts" / "contracts_2026_11_28t12_16_00_000000.py"
JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)
BY_LINES = (
    "SELECT v.town, v.item_code AS item, sum(l.minutes)::bigint AS minutes, count(DISTINCT v.recipient_code) AS served"
    " FROM month_close m JOIN month_line l ON l.month_close = m.id JOIN visit v ON v.id = l.visit"
    " WHERE m.month >= $1 AND m.month < $2 GROUP BY v.town, v.item_code"
)
YEAR = date(2026, 1, 1), date(2027, 1, 1)
NOT_HELD = (
    "SELECT id FROM visit v WHERE contract = $1 AND day <= $2 AND status = 'approved'"
    " AND NOT EXISTS (SELECT FROM month_line l WHERE l.visit = v.id) ORDER BY day, begins_at, id"
)


async def the_counts_are_those_of_the_lines() -> int:
    """Of the year by service, of both quarters for the county; gives the residents of the second quarter."""
    assert {*await fetch(_DELIVERED, *YEAR)} == {*await fetch(BY_LINES, *YEAR)}
    told = []
    for quarter in (Quarter(2026, 2), Quarter(2026, 3)):
        counted = await fetchval(
            f"SELECT count(DISTINCT v.recipient_code) {BY_LINES[BY_LINES.index('FROM'):BY_LINES.index('GROUP')]}",
            quarter.first, quarter.upto,
        )  # fmt: skip
        assert (await figures(quarter))["residents"] == counted
        told.append(counted)
    return told[0]


async def add_visits(world: World, month: date, hour: int, chance: Random) -> None:
    """Three visits of the month at this hour to some of four residents, all approved a month later."""
    for day in (7, 8, 9):
        code = f"JT-R-000{chance.randint(1, 4)}"
        await a_visit(world, month.replace(day=day), f"{hour:02}:00", f"{hour + 2}:00", recipient_code=code)


async def change(world: World, month: date, hour: int, chance: Random) -> None:
    """After its close a visit is shortened, one given back or counted for somebody else, and one entered late."""
    now, visits = closing_time(world, month) + timedelta(days=2), await queries.visits_of_month(world.contract, month)
    first, second, *_ = chance.sample(visits, 3)
    shorter = points(world, first["day"], f"{hour:02}:00", f"{hour + 1:02}:00", recipient_code=first["recipient_code"])
    await correct_visit(uuid4(), Correction(first["id"], "多记一小时"), shorter, world.worker, now)
    same = points(world, second["day"], f"{hour:02}:00", f"{hour + 2}:00", recipient_code="JT-R-0005")
    is_void = chance.random() < 0.5
    await correct_visit(uuid4(), Correction(second["id"], "记错了人", is_void=is_void), same, world.worker, now)
    late = points(world, month.replace(day=10), f"{hour:02}:00", f"{hour + 2}:00", recipient_code="JT-R-0006")
    await log_visit(uuid4(), late, world.worker, now)


async def close(world: World, month: date) -> UUID:
    """All that waits is approved, then the month is closed over all that no month holds."""
    now = closing_time(world, month)
    waiting = [row["id"] for row in await queries.waiting_visits(world.contract, last_day(month))]
    await approve_visits(world.contract, waiting, world.reviewer, now)
    found = [each.id for each in await queries.uncounted_visits(world.contract, last_day(month))]
    assert found == [row["id"] for row in await fetch(NOT_HELD, world.contract, last_day(month))]
    return await close_month(world.contract, month, world.reviewer, now)


@pytest.mark.parametrize("seed", [1, 2])
async def test_what_is_kept_of_closed_corrected_and_late_visits_is_what_their_lines_say(db: Any, seed: int) -> None:
    chance, first = Random(seed), await a_contract_in_force()
    second = await a_contract_in_force(provider=first.provider, item_code="S02")
    for month in (APRIL, MAY, JUNE, JULY):
        for world, hour in ((first, 9), (second, 13)):
            await add_visits(world, month, hour, chance)
            await close(world, month)
            await the_counts_are_those_of_the_lines()
            await change(world, month, hour, chance)
    assert await fetchval("SELECT count(*) FROM month_line WHERE kind <> 'visit'") == 3 * 6
    with pytest.raises(asyncpg.RaiseError):
        async with transaction():
            await execute("UPDATE month_served SET first_in_year = 0")
    # as a county comes to its counts that has closed months already
    for statement in run_path(str(MIGRATION))["UP"]:
        await execute(statement)
    await the_counts_are_those_of_the_lines()


async def test_two_contracts_closed_at_once_count_a_resident_of_both_once(committed: None) -> None:
    first = await a_contract_in_force()
    second = await a_contract_in_force(provider=first.provider)
    for world, hour in ((first, 9), (second, 13)):
        await add_visits(world, APRIL, hour, Random(3))
        waiting = [row["id"] for row in await queries.waiting_visits(world.contract, last_day(APRIL))]
        await approve_visits(world.contract, waiting, world.reviewer, closing_time(world, APRIL))
    closed = await both(
        *[close_month(each.contract, APRIL, each.reviewer, closing_time(each, APRIL)) for each in (first, second)]
    )
    assert all(isinstance(each, UUID) for each in closed), closed
    assert await the_counts_are_those_of_the_lines() == 2
