"""What the county approves is the law of every process, from its first day on."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from marketplace.kernel.calendar import county_calendar
from marketplace.kernel.clock import CountyClock
from marketplace.kernel.db import execute, fetchval, insert, transaction
from marketplace.kernel.law.loading import forget_law, refresh_law
from marketplace.kernel.law.tables import CalendarDay, CalendarLoad, CountyRule, CountyRuleDecision
from marketplace.kernel.rulebook import number, row, rule
from marketplace.worker import county_time

LIMIT = "R-METH-04/limit"
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
BEFORE, FIRST = date(2026, 3, 31), date(2026, 4, 1)


async def propose(key: str, value: str, **more: object) -> UUID:
    """A county row that nobody decided yet."""
    shipped = row(key, BEFORE)
    return await insert(
        CountyRule, key=key, value=Decimal(value), unit=shipped.unit, direction=shipped.direction,
        document_number="金财采〔2026〕3号", citation="金堂县财政局通知", proposed_by=uuid4(),
        proposed_by_name="王会计", proposed_at=NOW, **{"effective_from": FIRST, **more},
    )  # fmt: skip


async def decide(proposed: UUID, *, by: UUID | None = None, is_approved: bool = True, at: datetime = NOW) -> None:
    """The second person's word."""
    await insert(
        CountyRuleDecision, rule=proposed, is_approved=is_approved, reason="" if is_approved else "文号不对",
        decided_by=by or uuid4(), decided_by_name="李科长", decided_at=at,
    )  # fmt: skip


async def as_next_request() -> None:
    """What stands before every request of every process."""
    await refresh_law((await CountyClock().look()).law)


async def test_an_approved_county_row_supersedes_the_shipped_one_for_its_dates(db):
    await decide(await propose(LIMIT, "600000"))
    assert number(LIMIT, FIRST) == 500000  # this process has not looked yet
    await as_next_request()
    assert number(LIMIT, FIRST) == Decimal(600000) and row(LIMIT, FIRST).document == "金财采〔2026〕3号"
    assert str(number(LIMIT, FIRST)) == "600000"
    assert number(LIMIT, BEFORE) == 500000  # the days before keep their row
    assert row(LIMIT, BEFORE).unconfirmed and not row(LIMIT, FIRST).unconfirmed


async def test_a_proposed_or_refused_row_is_no_law(db):
    await propose(LIMIT, "600000")
    await decide(await propose(LIMIT, "700000"), is_approved=False)
    await as_next_request()
    assert number(LIMIT, FIRST) == 500000


async def test_of_two_approved_rows_the_later_approval_holds(db):
    await decide(await propose(LIMIT, "600000"))
    await decide(await propose(LIMIT, "800000", effective_to=date(2026, 12, 31)), at=NOW.replace(hour=2))
    await as_next_request()
    assert number(LIMIT, FIRST) == 800000
    assert number(LIMIT, date(2027, 1, 1)) == 600000


async def test_the_worker_sees_a_new_row_before_what_it_does_next(db, clock):
    await decide(await propose(LIMIT, "600000"))
    await county_time()
    assert number(LIMIT, FIRST) == 600000


async def test_a_request_sees_a_new_row_at_once(client: httpx.AsyncClient):
    await decide(await propose(LIMIT, "600000", effective_from=date(2026, 3, 1)))
    assert "¥600,000.00" in (await client.get("/rules/R-METH-04")).text
    assert number(LIMIT, date(2026, 3, 1)) == 600000


async def test_the_law_is_read_again_only_when_its_version_changed(db):
    await as_next_request()
    first = await fetchval("SELECT version FROM law_state")
    await propose(LIMIT, "600000")
    assert await fetchval("SELECT version FROM law_state") == first  # a proposal changes nothing for anybody
    await decide(await propose(LIMIT, "600000"))
    assert await fetchval("SELECT version FROM law_state") != first


async def test_a_county_row_makes_a_rule_confirmed_from_its_first_day(db):
    for part in ("open_tender", "limit", "limit_province", "limit_works"):
        key = f"R-METH-04/{part}"
        if any(each.part == part for each in rule("R-METH-04").rows):
            await decide(await propose(key, str(number(key, BEFORE))))
    await as_next_request()
    assert rule("R-METH-04").unconfirmed_on(BEFORE)
    assert not rule("R-METH-04").unconfirmed_on(FIRST)


@pytest.mark.parametrize(
    "sql", ["UPDATE county_rule SET value = 1", "DELETE FROM county_rule", "DELETE FROM county_rule_decision"]
)
async def test_history_is_kept_by_the_database(db, sql):
    await decide(await propose(LIMIT, "600000"))
    with pytest.raises(asyncpg.PostgresError):
        async with transaction():
            await execute(sql)


async def test_the_database_refuses_the_proposer_as_second_person(db):
    proposed = await propose(LIMIT, "600000")
    proposer = await fetchval("SELECT proposed_by FROM county_rule WHERE id = $1", proposed)
    with pytest.raises(asyncpg.CheckViolationError):
        async with transaction():
            await decide(proposed, by=proposer)


async def load_2027(*days: tuple[date, str], at: datetime = NOW) -> None:
    """A loaded year."""
    load = await insert(
        CalendarLoad, year=2027, source="csv", document_number="国办发明电〔2026〕7号", loaded_by=uuid4(),
        loaded_by_name="管理员", loaded_at=at,
    )  # fmt: skip
    for day, kind in days:
        await insert(CalendarDay, load=load, day=day, kind=kind, name="元旦")


async def test_R_CAL_03_a_loaded_year_is_announced_and_the_newest_loading_counts(db):
    assert not county_calendar().is_announced(2027)
    await load_2027((date(2027, 1, 1), "off"), (date(2027, 1, 4), "off"))
    await load_2027((date(2027, 1, 1), "off"), (date(2027, 1, 10), "worked"), at=NOW.replace(hour=3))
    await as_next_request()
    calendar = county_calendar()
    assert calendar.is_announced(2027) and calendar.is_announced(2026)
    assert not calendar.is_workday(date(2027, 1, 1)) and calendar.is_workday(date(2027, 1, 4))
    assert calendar.is_make_up_workday(date(2027, 1, 10))
    assert calendar.is_statutory_holiday(date(2027, 1, 3))  # the weekend touching it belongs to the block
    forget_law()
    assert not county_calendar().is_announced(2027)
