"""Another year by the rule the listing printed: allowed, refused in words, signed by both, dropped."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest

from catalogue.listings.drafting_tables import ListingTerms
from catalogue.plans.services import NewAllotment, allot_budget
from contracts.agreements.queries import contract_by_id, contract_facts, milestones_of
from contracts.agreements.residents import has_open_residents
from contracts.agreements.rules import check_year_before_stands
from contracts.agreements.services import sign_contract
from contracts.amendments.rules import Ground
from contracts.amendments.services import Termination, propose_termination, sign_amendment
from contracts.handovers.queries import to_open
from contracts.renewals.rules import Printed, YearResult, a_year_later, check_renewal, next_period
from contracts.renewals.services import NextYear, drop_renewal, renew_contract
from contracts.timeline import contract_events
from contracts.visits.services import log_visit
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from marketplace.verify_ledger import first_difference
from tests.builders_contracts import World, a_contract_in_force, papered, points
from tests.cast import actor
from tests.pages import send, sign_in, words
from vendors.standing.services import NewStanding, record_standing

D = Decimal
NOW = at_county_time(date(2027, 3, 1), 10)
ENDS, GOOD = date(2027, 3, 31), YearResult("JX-2027-0001", "good", D("86"), "a" * 64)


@pytest.mark.parametrize(
    ("printed", "done", "result", "today", "clause"),
    [
        (None, 0, GOOD, date(2027, 3, 1), "R-GPS-08"),
        (Printed(2, "good"), 2, GOOD, date(2027, 3, 1), "R-GPS-08"),
        (Printed(2, "good"), 0, None, date(2027, 3, 1), "R-PERF-08"),
        (Printed(2, "excellent"), 1, GOOD, date(2027, 3, 1), "R-PERF-08"),
        (Printed(2, "good"), 0, GOOD, date(2027, 4, 1), "R-GPS-08"),
        (Printed(2, "good"), 1, GOOD, ENDS, ""),
        (Printed(1, "fair"), 0, GOOD, ENDS, ""),
    ],
)
def test_r_perf_08_another_year_needs_the_printed_rule_and_the_grade(
    printed: Printed | None, done: int, result: YearResult | None, today: date, clause: str
) -> None:
    if not clause:
        check_renewal(printed, done, result, ENDS, today)
        return
    with pytest.raises(DomainError) as refused:
        check_renewal(printed, done, result, ENDS, today)
    assert refused.value.clause == clause


def test_the_next_year_begins_the_day_after_and_keeps_ends_of_months() -> None:
    assert next_period(ENDS) == (date(2027, 4, 1), date(2028, 3, 31))
    assert a_year_later(date(2027, 2, 28)) == date(2028, 2, 29)
    assert a_year_later(date(2027, 4, 15)) == date(2028, 4, 15)


async def a_renewable_contract(**wanted: Any) -> World:
    """In force, as if its listing had printed two more years from 良 on; the guard of versions is set aside."""
    world = await a_contract_in_force(**wanted)
    listing = await fetchval("SELECT listing FROM contract WHERE id = $1", world.contract)
    async with transaction():
        await execute("ALTER TABLE listing_terms DISABLE TRIGGER listing_terms_is_versioned")
        await insert(ListingTerms, listing=listing, renewal_years=2, renewal_grade="good")
    await execute("ALTER TABLE listing_terms ENABLE TRIGGER listing_terms_is_versioned")
    return world


async def evaluated(world: World, grade: str, day: int = 20) -> None:
    await record_standing(
        NewStanding(
            world.provider, "service", "S01", f"JX-2027-{day:04d}", world.reference, D("86"), grade, "a" * 64,
            date(2027, 2, day), date(2029, 2, day),
        ),
        None, NOW,
    )  # fmt: skip


async def next_line(world: World, amount: Decimal = D("498000")) -> Any:
    finance = await actor("zhao.lei", NOW)
    allotted = NewAllotment(2027, "S01", "社会救助服务", world.town, amount, "金财预〔2027〕1号")
    return await allot_budget(allotted, finance, NOW)


async def test_r_perf_08_a_good_year_is_renewed_with_money_period_and_milestones_of_its_own(db: Any) -> None:
    world = await a_renewable_contract()
    line = await next_line(world)
    with pytest.raises(DomainError, match="没有公布绩效评价结果"):
        await renew_contract(world.reference, NextYear(line), world.signer, NOW)
    await evaluated(world, "good")
    with pytest.raises(Forbidden):
        await renew_contract(world.reference, NextYear(line), world.director, NOW)
    reference = await renew_contract(world.reference, NextYear(line, "会议纪要〔2027〕3号"), world.signer, NOW)
    with pytest.raises(Conflict):
        await renew_contract(world.reference, NextYear(line), world.signer, NOW)
    renewal = await contract_facts(reference, visible_to=world.signer)
    assert (renewal["service_from"], renewal["service_to"]) == (date(2027, 4, 1), date(2028, 3, 31))
    assert renewal["amount"] == world.facts["amount"] and "续签合同" in renewal["terms"]
    assert world.facts["terms_sha256"] in renewal["terms"] and "86 分" in renewal["terms"]
    old, new = await milestones_of(world.contract), await milestones_of(renewal["id"])
    assert [(m["amount"], a_year_later(m["due_on"])) for m in old] == [(m["amount"], m["due_on"]) for m in new]
    assert new[0]["title"].startswith("2027-04")
    with pytest.raises(Forbidden) as refused:  # who drew it up does not sign it for the buyer
        await sign_contract(renewal["id"], world.signer.name, world.signer, NOW)
    assert refused.value.clause == "R-ROLE-03"
    second = await actor("chen.jing", NOW)
    await sign_contract(renewal["id"], second.name, second, NOW)
    await sign_contract(renewal["id"], world.director.name, world.director, NOW + timedelta(hours=1))
    money = await fetchrow(
        "SELECT free, committed FROM ledger_line g JOIN budget_line b ON b.ledger_line = g.id WHERE b.id = $1", line
    )
    assert money is not None and (money["free"], money["committed"]) == (D(0), D("498000.00"))
    assert await first_difference() is None
    told = [event.title.text("zh") for event in await contract_events(world.contract, NOW + timedelta(hours=2))]
    assert any(reference in words for words in told)


async def test_r_perf_08_a_poor_year_is_not_renewed_and_an_unsigned_renewal_gives_its_money_back(db: Any) -> None:
    world = await a_renewable_contract()
    line = await next_line(world)
    await evaluated(world, "fair")
    with pytest.raises(DomainError, match="不得续签") as refused:
        await renew_contract(world.reference, NextYear(line), world.signer, NOW)
    assert refused.value.clause == "R-PERF-08"
    await evaluated(world, "excellent", 25)
    reference = await renew_contract(world.reference, NextYear(line), world.signer, NOW + timedelta(hours=1))
    await drop_renewal(reference, "明年人手不够。", world.director, NOW + timedelta(hours=2))
    free = await fetchval(
        "SELECT free FROM ledger_line g JOIN budget_line b ON b.ledger_line = g.id WHERE b.id = $1", line
    )
    assert free == D("498000.00")
    again = await renew_contract(world.reference, NextYear(line), world.signer, NOW + timedelta(hours=3))
    assert again != reference
    assert await first_difference() is None


async def test_r_perf_08_a_year_that_is_broken_off_takes_its_unsigned_renewal_along(db: Any) -> None:
    with pytest.raises(DomainError, match="续签所依据的合同"):
        check_year_before_stands("terminated")
    world = await a_renewable_contract()
    line = await next_line(world)
    await evaluated(world, "good")
    reference = await renew_contract(world.reference, NextYear(line), world.signer, NOW)
    end = Termination(Ground.AGREEMENT, "双方同意提前结束。", "")
    amendment = await papered(await propose_termination(world.reference, end, world.signer, NOW))
    second = await actor("chen.jing", NOW)
    await sign_amendment(amendment, second.name, second, NOW)
    await sign_amendment(amendment, world.director.name, world.director, NOW)
    renewal = await contract_facts(reference, visible_to=world.signer)
    assert renewal["status"] == "rescinded"
    free = await fetchval(
        "SELECT free FROM ledger_line g JOIN budget_line b ON b.ledger_line = g.id WHERE b.id = $1", line
    )
    assert free == D("498000.00")
    assert await first_difference() is None


async def test_r_con_06_residents_go_on_under_a_renewal_only_while_it_stands(db: Any) -> None:
    world = await a_renewable_contract()
    served = at_county_time(date(2027, 2, 26), 20)
    await log_visit(uuid4(), points(world, date(2027, 2, 26)), world.worker, served)
    await evaluated(world, "good")
    reference = await renew_contract(world.reference, NextYear(await next_line(world)), world.signer, NOW)
    renewal = (await contract_facts(reference, visible_to=world.signer))["id"]
    assert await has_open_residents(await contract_by_id(world.contract))
    second = await actor("chen.jing", NOW)
    await sign_contract(renewal, second.name, second, NOW)
    await sign_contract(renewal, world.director.name, world.director, NOW)
    contract = await contract_by_id(world.contract)
    assert not await has_open_residents(contract)
    # it is ended before it began
    await execute("UPDATE contract SET status = 'terminated' WHERE id = $1", renewal)
    assert await has_open_residents(contract)
    await execute("UPDATE contract SET status = 'completed' WHERE id = $1", world.contract)
    assert [row["reference"] for row in await to_open(world.town, ENDS)] == [world.reference]


async def test_the_buyer_renews_on_its_page_and_nobody_else(client: httpx.AsyncClient, clock: Any) -> None:
    world = await a_renewable_contract()
    line = await next_line(world)
    await clock.set(NOW)
    path = f"/contracts/{world.reference}/renewal"
    await sign_in(client, "wang.min")
    assert "还没有公布绩效评价结果" in words((await client.get(path)).text)
    await evaluated(world, "good")
    refused = await send(client, path, {"budget_line": ""})
    assert refused.status_code == 422 and "拟出续签合同" in words(refused.text)
    done = await send(client, path, {"budget_line": str(line), "document_number": "会议纪要"})
    assert done.status_code == 303, words(done.text)
    page = words((await client.get(done.headers["location"])).text)
    assert "续签合同已拟出" in page and "第 1 次续签" in page
    await sign_in(client, "tan.rong")
    assert (await client.get(path)).status_code == 404
    await sign_in(client, "director.0016")
    assert (await client.get(path)).status_code == 403
    renewal = done.headers["location"].partition("?")[0]
    assert (await client.get(f"{renewal}/renewal/end")).status_code == 200
    dropped = await send(client, f"{renewal}/renewal/end", {"reason": "明年人手不够。"})
    assert dropped.status_code == 303, words(dropped.text)
    assert "续签没有签成" in words((await client.get(renewal)).text)
