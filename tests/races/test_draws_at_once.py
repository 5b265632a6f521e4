"""Two officials freeze or draw at the same moment, on two real connections: one list, one result."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from marketplace.kernel.audit.linker import link_committed
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetchval
from marketplace.kernel.draws.queries import draw_by_reference, file_of
from marketplace.kernel.draws.services import Witness, cancel_draw, freeze_draw, hold_draw
from tests.at_once import both
from tests.cast import actor
from tests.marketplace.draws.test_draw_services import TWO, a_plan

START = at_county_time(date(2026, 3, 2), 9)


async def test_two_who_draw_at_once_get_one_result(committed: None) -> None:
    buyer, other = await actor("wang.min", START), await actor("li.qiang", START)
    reference = await freeze_draw(a_plan(), buyer, START)
    await link_committed()
    said = [Witness("王敏", "1"), Witness("李强", "2")]
    outcomes = await both(hold_draw(reference, TWO, buyer, START), hold_draw(reference, said, other, START))
    (drawn,) = [each for each in outcomes if isinstance(each, list)]
    (refused,) = [each for each in outcomes if not isinstance(each, list)]
    assert refused.status_code == 409
    assert (await file_of(await draw_by_reference(reference)))["drawn"] == drawn
    assert await fetchval("SELECT count(*) FROM draw_witness") == 2


async def test_two_who_freeze_at_once_leave_one_list(committed: None) -> None:
    buyer, plan = await actor("wang.min", START), a_plan(uuid4())
    outcomes = await both(freeze_draw(plan, buyer, START), freeze_draw(plan, buyer, START))
    assert sum(isinstance(each, str) for each in outcomes) == 1
    assert await fetchval("SELECT count(*) FROM draw") == 1


async def test_who_draws_while_another_gives_up_finds_one_of_both(committed: None) -> None:
    buyer = await actor("wang.min", START)
    reference = await freeze_draw(a_plan(), buyer, START)
    await link_committed()
    outcomes = await both(hold_draw(reference, TWO, buyer, START), cancel_draw(reference, "漏了一家", buyer, START))
    assert sum(isinstance(each, BaseException) for each in outcomes) == 1
    assert await fetchval("SELECT status FROM draw") in ("drawn", "cancelled")
