"""A contract as it stood on a day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from contracts.amendments.rules import Ground
from contracts.amendments.services import Termination, propose_termination, sign_amendment
from contracts.versions.queries import contract_then
from contracts.versions.rules import Happening, MilestoneStory, gone, milestones_then, status_then, total
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.errors import DomainError
from tests.builders_contracts import APRIL, a_closed_month, a_contract_in_force, accept, closing_time, papered
from tests.cast import actor
from tests.pages import words

D = Decimal


def test_the_last_state_before_the_end_of_the_day_holds() -> None:
    noon = at_county_time(date(2026, 5, 1), 12)
    story = [Happening(noon, "accepted"), Happening(noon + timedelta(days=3), "paid")]
    ends = [at_county_time(date(2026, 5, day)) for day in (1, 2, 5)]
    assert [status_then(story, end, "open") for end in ends] == ["open", "accepted", "paid"]
    later = MilestoneStory(2, "补充", D(10), None, date(2026, 6, 1), noon, [])
    first = MilestoneStory(1, "一", D(100), D(90), date(2026, 6, 1), None, story)
    then = milestones_then([first, later], ends[0])
    assert [(m.amount, m.status) for m in then] == [(D(100), "open")]
    then = milestones_then([first, later], ends[2])
    assert [(m.amount, m.status) for m in then] == [(D(90), "paid"), (D(10), "open")]
    assert total(then, *{m.status for m in then}) == 100
    less = MilestoneStory(1, "一", D(100), D(90), date(2026, 6, 1), None, story, dropped=D(5), came_back=D(3))
    then = milestones_then([less], ends[2])
    assert [m.amount for m in then] == [D(82)] and gone(then) == (D(5), D(3))


async def test_price_term_and_milestones_stand_as_of_the_day(client: httpx.AsyncClient, clock: Any) -> None:
    world = await a_contract_in_force()
    await a_closed_month(world)
    accepted_at = closing_time(world, APRIL)
    await accept(world, 1, accepted_at)
    ends_at = at_county_time(date(2026, 8, 3), 10)
    end = Termination(Ground.AGREEMENT, "双方协商。", "", D("1000"))
    amendment = await papered(await propose_termination(world.reference, end, world.signer, ends_at))
    second = await actor("chen.jing", ends_at)
    await sign_amendment(amendment, second.name, second, ends_at)
    await sign_amendment(amendment, world.director.name, world.director, ends_at)
    contract = world.facts
    with pytest.raises(DomainError):
        await contract_then(contract, date(2026, 3, 1))
    before = await contract_then(contract, date(2026, 4, 15))
    assert (before.status, before.service_to, before.amendments) == ("in_force", date(2027, 3, 31), [])
    assert {m.status for m in before.milestones} == {"open"} and len(before.milestones) == 12
    accepted = await contract_then(contract, date(2026, 7, 1))
    assert [m.status for m in accepted.milestones][:2] == ["accepted", "open"]
    after = await contract_then(contract, date(2026, 8, 3))
    assert after.status == "terminated" and len(after.milestones) == 13
    assert [m.status for m in after.milestones][1:] == ["cancelled"] * 11 + ["open"]
    await clock.set(ends_at)
    page = await client.get(f"/contracts/{world.reference}/as-of?day=2026-04-15")
    assert "2027年3月31日" in words(page.text) and page.status_code == 200
    assert (await client.get(f"/contracts/{world.reference}/as-of?day=xyz")).status_code == 422
