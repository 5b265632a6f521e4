"""What waits for whom in contracts, and the story a contract tells."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from contracts.agreements.services import sign_contract
from contracts.billing.services import submit_invoice
from contracts.timeline import contract_events, listing_events
from contracts.visits.closing import close_month
from contracts.visits.services import approve_visits, return_visit
from contracts.work import waiting_for
from marketplace.accounts.actor import Actor
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetchval
from tests.builders_contracts import (
    APRIL,
    DRAWN_UP,
    a_contract,
    a_paid_milestone,
    a_visit,
    accept,
    an_invoice,
    closing_time,
)
from tests.cast import actor


async def urls(person: Actor, now: Any) -> list[str]:
    return sorted(item.url for item in await waiting_for(person, now))


async def test_each_step_waits_for_the_person_whose_turn_it_is(db: Any) -> None:
    world = await a_contract()
    path = f"/contracts/{world.reference}"
    for signer in (world.signer, world.director):
        assert f"{path}/sign" in await urls(signer, DRAWN_UP)
        await sign_contract(world.contract, signer.name, signer, DRAWN_UP)
        assert f"{path}/sign" not in await urls(signer, DRAWN_UP)
    evening = at_county_time(date(2026, 4, 7), 21)
    visit = await a_visit(world, date(2026, 4, 7))
    assert await urls(world.reviewer, evening) == [f"{path}/hours?month=2026-04"]
    await return_visit(world.contract, visit, "时间不对", world.reviewer, evening)
    assert await urls(world.worker, evening) == [f"/visits/{visit}"]
    other = await a_visit(world, date(2026, 4, 8))
    now = closing_time(world, APRIL)
    await approve_visits(world.contract, [other], world.reviewer, now)
    assert await urls(world.reviewer, now) == [f"{path}/hours?month=2026-04"]
    await close_month(world.contract, APRIL, world.reviewer, now)
    assert await urls(world.reviewer, now) == [f"{path}/acceptance/1"]
    # who handled the listing is not asked to accept
    assert await urls(world.signer, now) == []
    await accept(world, 1, now)
    assert await urls(world.reviewer, now) == []
    assert await urls(world.director, now) == [f"{path}/milestones/1/invoice"]
    invoice = await _submit(world)
    [item] = [each for each in await waiting_for(world.finance, now) if each.url == f"/invoices/{invoice}"]
    assert item.due == date(2026, 5, 31) and item.clause == "R-PAY-01"


async def _submit(world: Any) -> str:
    amount = await fetchval("SELECT amount FROM acceptance WHERE contract = $1", world.contract)
    now = closing_time(world, APRIL) + timedelta(hours=1)
    return await submit_invoice(world.reference, 1, an_invoice(amount, date(2026, 5, 1)), world.director, now)


async def test_a_contract_tells_its_story_in_order_with_clauses(db: Any) -> None:
    world = await a_contract()
    before = await contract_events(world.contract, DRAWN_UP)
    assert [e.clause for e in before if e.state == "now"] == ["R-TIME-17"]
    assert await listing_events(world.facts["listing"], DRAWN_UP) == []
    await sign_contract(world.contract, world.signer.name, world.signer, DRAWN_UP)
    await sign_contract(world.contract, world.director.name, world.director, DRAWN_UP)
    await a_paid_milestone(world)
    events = await contract_events(world.contract, at_county_time(date(2026, 5, 10), 9))
    assert [e.at for e in events] == sorted(e.at for e in events)
    assert {"R-CON-01", "R-TIME-17", "R-TIME-18", "R-TIME-19", "R-HOUR-05", "R-ACC-01", "R-PAY-01"} <= {
        e.clause for e in events
    }
    assert len(await listing_events(world.facts["listing"], DRAWN_UP)) == 1


async def test_nothing_of_contracts_waits_for_an_expert(db: Any) -> None:
    world = await a_contract()
    assert world.reference
    assert await urls(await actor("yang.hua", DRAWN_UP), DRAWN_UP) == []
