"""Help at once from the reserve fund: within 24 hours, within the fund, topped up once."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from contracts.cases.queries import case_page, steps_of
from contracts.cases.rules import HelpKind, Place, is_overdue
from contracts.relief.queries import balance_of, movements_of
from contracts.relief.rules import help_by, time_mistakes
from contracts.relief.services import NewAdvance, advance, fund, state_afterwards, top_up
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, FormRefused, IllegalMove
from tests.builders_cases import a_case
from tests.cast import actor, office

NOW = at_county_time(date(2026, 3, 2), 10)
EVENT = at_county_time(date(2026, 3, 1), 22)


async def an_urgent_case(amount: str = "800.00") -> str:
    wanted = {"help_kind": HelpKind.TEMPORARY, "place": Place.EMERGENCY, "is_urgent": True}
    return await a_case(NOW, **wanted, asked_amount=Decimal(amount))


def test_R_SEED_05_help_is_late_after_24_hours_to_the_minute() -> None:
    assert help_by(EVENT) == at_county_time(date(2026, 3, 2), 22)
    now = NOW + timedelta(days=2)
    assert not time_mistakes(EVENT, help_by(EVENT), "", now)
    assert set(time_mistakes(EVENT, help_by(EVENT) + timedelta(minutes=1), " ", now)) == {"late_reason"}
    assert not time_mistakes(EVENT, help_by(EVENT) + timedelta(minutes=1), "道路中断", now)
    assert set(time_mistakes(EVENT, EVENT - timedelta(minutes=1), "", now)) == {"helped_at"}
    assert set(time_mistakes(now, now + timedelta(hours=1), "", EVENT)) == {"event_at", "helped_at"}


async def test_R_RELIEF_01_an_advance_lowers_the_fund_and_its_top_up_restores_it(db: Any) -> None:
    case, clerk, county = await an_urgent_case(), await actor("luo.jie", NOW), await actor("liu.fang", NOW)
    town = await office("zhaozhen")
    given = NewAdvance(Decimal("800.00"), EVENT, NOW)
    with pytest.raises(DomainError) as empty:
        await advance(case, given, clerk, NOW)
    assert empty.value.clause == "R-RELIEF-01"
    await fund(town, Decimal("1000.10"), "金民〔2026〕1号", county, NOW)
    reference = await advance(case, given, clerk, NOW)
    assert await balance_of(town) == Decimal("200.10")
    with pytest.raises(DomainError):
        await advance(case, given, clerk, NOW)
    with pytest.raises(IllegalMove):
        await top_up(reference, "号", county, NOW)
    await state_afterwards(reference, "火灾，发放生活费。", clerk, NOW)
    with pytest.raises(Forbidden):
        await top_up(reference, "号", clerk, NOW)
    await top_up(reference, "金民〔2026〕2号", county, NOW)
    with pytest.raises(IllegalMove):
        await top_up(reference, "号", county, NOW)
    assert await balance_of(town) == Decimal("1000.10")
    assert sorted(m["kind"] for m in await movements_of(town)) == ["advance", "funded", "topped_up"]
    found = await case_page(case, visible_to=clerk)
    assert [s["what"] for s in await steps_of(found["id"])] == ["registered", "advanced", "stated"]
    assert not is_overdue(found, NOW + timedelta(days=5))  # help has come


async def test_the_second_advance_of_a_case_is_refused(db: Any) -> None:
    case, clerk = await an_urgent_case(), await actor("luo.jie", NOW)
    await fund(await office("zhaozhen"), Decimal("5000.00"), "号", await actor("liu.fang", NOW), NOW)
    await advance(case, NewAdvance(Decimal("100.00"), EVENT, NOW), clerk, NOW)
    with pytest.raises(Conflict):
        await advance(case, NewAdvance(Decimal("100.00"), EVENT, NOW), clerk, NOW)


async def test_what_the_county_decides_is_not_advanced(db: Any) -> None:
    case, clerk = await an_urgent_case("5000.01"), await actor("luo.jie", NOW)
    await fund(await office("zhaozhen"), Decimal("9000.00"), "号", await actor("liu.fang", NOW), NOW)
    with pytest.raises(DomainError):
        await advance(case, NewAdvance(Decimal("5000.01"), EVENT, NOW), clerk, NOW)
    with pytest.raises(FormRefused):
        await advance(case, NewAdvance(Decimal("5000.00"), EVENT, NOW + timedelta(days=1)), clerk, NOW)
    await advance(case, NewAdvance(Decimal("5000.00"), EVENT, NOW), clerk, NOW)


async def test_the_database_keeps_the_fund_above_nothing_and_its_movements(db: Any) -> None:
    county = await actor("liu.fang", NOW)
    await fund(await office("zhaozhen"), Decimal("10.00"), "号", county, NOW)
    with pytest.raises(asyncpg.RaiseError):
        async with db.pool.connection.transaction():
            await execute("UPDATE reserve_movement SET amount = 20")
    for username in ("luo.jie", "sun.yue"):
        with pytest.raises(Forbidden):
            await fund(await office("zhaozhen"), Decimal("10.00"), "号", await actor(username, NOW), NOW)
