"""What is frozen stays; later facts, payments that came back and deductions stand in the next run, and all adds up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from contracts.subsidies import queries
from contracts.subsidies.duty import countersign_duty, enter_duty, withdraw_duty
from contracts.subsidies.paying import make_pay_file, reconciliation, take_subsidy_result
from contracts.subsidies.rules import due_of, facts_of_line
from contracts.subsidies.services import approve_run, compute_run, publish_run
from contracts.treasury.rules import USUAL_FIELDS
from contracts.visits.closing import close_month
from contracts.visits.queries import waiting_visits
from contracts.visits.services import Correction, approve_visits, correct_visit
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute, fetch
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused
from marketplace.verify_ledger import first_difference
from tests.at_once import both
from tests.builders_contracts import APRIL, MAY, FakeTreasury, World, a_closed_month, a_contract_in_force, points
from tests.builders_subsidies import AFTER, NOW, a_run, a_scheme, frozen, on_duty, paid, somebody, with_accounts
from tests.cast import actor, office

JUNE = date(2026, 6, 1)
MONTHS = (APRIL, MAY, JUNE)
# when each month is computed, and when finance approves it
TIMES = [tuple(at_county_time(date(2026, month, day), 10) for day in (9, 22)) for month in (5, 6, 7, 8)]


async def test_a_correction_after_freezing_is_deducted_from_the_next_run_and_what_is_left_carried(db: Any) -> None:
    world = await a_contract_in_force()
    await a_closed_month(world)
    scheme = await a_scheme()
    april = await paid(scheme)
    kept = await queries.bare_lines(april["id"])
    await _nothing_happened(world)
    await a_closed_month(world, MAY)
    now, after = TIMES[1]
    run = await a_run(scheme, MAY, now=now)
    lines = {line["kind"]: line for line in await queries.lines_of_run(run["id"])}
    assert lines["own"]["amount"] == Decimal("300.00") and run["total"] == 0
    assert lines["adjustment"]["amount"] == Decimal("-300.00") and lines["adjustment"]["month"] == APRIL
    assert "扣回 300.00 元" in lines["adjustment"]["why"].text("zh")
    apart = [(each["name"], each["before"], each["here"]) for each in await queries.differences(run)]
    assert apart == [("唐怡", Decimal("300.00"), 0)]  # what the reviewer sees beside the run before
    assert await queries.bare_lines(april["id"]) == kept
    # whoever computes April anew by another scheme finds what May's close took back: three visits of 150, two undone
    another = await a_scheme("金民发〔2026〕9号", name="另一个办法", forbids_double=False)
    [anew] = await queries.bare_lines((await a_run(another, APRIL, now=now))["id"])
    assert anew["minutes"] == 150
    # nobody on duty in May: nothing to deduct from, so all of it waits for the next run
    await execute("UPDATE scheme SET min_minutes = 451 WHERE id = $1", scheme)
    [moved, own] = await queries.bare_lines((await a_run(scheme, MAY, now=now))["id"])
    assert (own["amount"], moved["amount"], moved["carried"]) == (0, 0, Decimal("300.00"))
    await frozen(scheme, MAY, now, after)
    await a_closed_month(world, JUNE)
    await execute("UPDATE scheme SET min_minutes = 240 WHERE id = $1", scheme)
    june = await frozen(scheme, JUNE, *TIMES[2])
    amounts = sorted((line["kind"], line["amount"], line["carried"]) for line in await queries.bare_lines(june["id"]))
    assert amounts == [("adjustment", Decimal("-300.00"), 0), ("own", Decimal("300.00"), 0)]


async def _nothing_happened(world: World) -> None:
    """Two of April's three visits are corrected away, approved, and counted in May's close."""
    now = at_county_time(date(2026, 5, 25), 10)
    for row in await fetch("SELECT id, day FROM visit WHERE contract = $1 ORDER BY day LIMIT 2", world.contract):
        correction = Correction(row["id"], "没有去", is_void=True)
        wanted = points(world, row["day"], recipient_code=f"JT-R-{row['day'].day:04d}")
        await correct_visit(UUID(int=row["id"].int ^ 1), correction, wanted, world.worker, now)
    waiting = [row["id"] for row in await waiting_visits(world.contract, date(2026, 4, 30))]
    await approve_visits(world.contract, waiting, world.reviewer, now)


async def test_what_the_treasury_gives_back_is_paid_with_the_next_run(db: Any) -> None:
    world = await a_contract_in_force()
    await a_closed_month(world)
    other = await somebody({"town": world.town, "community": "三江社区"}, "岳红")
    people = (world.signer.person_id, world.reviewer.person_id)
    await on_duty(other, APRIL, 600, NOW, people)
    scheme, sun = await a_scheme(proof="either"), await actor("sun.yue", AFTER)
    run = await frozen(scheme)
    await with_accounts(run)
    number = await make_pay_file(run["id"], FakeTreasury(), sun, AFTER)
    sent = {each["name"]: each for each in await queries.payments_of(run["id"])}
    answers = {"唐怡": "成功", "岳红": "退回"}
    head = ",".join(USUAL_FIELDS[name] for name in ("batch", "number", "amount", "outcome", "reason"))
    rows = [f"{number},{sent[name]['number']},300.00,{said},账号不符" for name, said in answers.items()]
    content = "\r\n".join([head, *rows, f"{number},9,300.00,成功,"]).encode()
    with pytest.raises(Forbidden):
        await take_subsidy_result(run["id"], ("a.csv", content), USUAL_FIELDS, await actor("liu.fang", AFTER), AFTER)
    await take_subsidy_result(run["id"], ("a.csv", content), USUAL_FIELDS, sun, AFTER)
    with pytest.raises(Conflict):
        await take_subsidy_result(run["id"], ("a.csv", content), USUAL_FIELDS, sun, AFTER)
    assert await first_difference() is None
    found = await reconciliation(run["id"])
    assert (found["sent"], found["paid"], found["returned"], found["apart"]) == (600, 300, 300, 0)
    assert [row["finding"] for row in await queries.results_of(run["id"])] == ["unknown"]
    assert (await queries.run_page(run["reference"]))["status"] == "paid"
    await close_month(world.contract, MAY, world.reviewer, TIMES[1][0])
    lines = await queries.bare_lines((await a_run(scheme, MAY, now=TIMES[1][0]))["id"])
    assert {(line["name"], line["kind"], line["amount"]) for line in lines if line["amount"]} == {
        ("岳红", "adjustment", Decimal("300.00"))
    }
    facts = queries.facts_of(await queries.scheme_page(scheme))
    assert all(line["due"] == due_of(facts_of_line(line), facts) for line in lines)


async def test_a_duty_certificate_is_countersigned_by_somebody_else(db: Any) -> None:
    world = await a_contract_in_force()
    clerk, song = await actor("luo.jie", NOW), await actor("song.ya", NOW)
    worker = await somebody({"town": clerk.organisation_id, "community": "三江社区"}, "岳红")
    made = await enter_duty(worker, APRIL, 600, "受理申请、入户走访", clerk, NOW)
    with pytest.raises(Conflict):
        await enter_duty(worker, APRIL, 300, "再来一份", clerk, NOW)
    with pytest.raises(FormRefused):
        await enter_duty(worker, MAY, 300, "还没过完", clerk, NOW)
    with pytest.raises(Forbidden) as refused:
        await countersign_duty(made, clerk, NOW)
    assert refused.value.clause == "R-ROLE-03"
    scheme = await a_scheme(proof="duty", employers="town")
    assert (await a_run(scheme))["total"] == 0
    await countersign_duty(made, song, NOW)
    assert (await a_run(scheme))["total"] == Decimal("300.00")
    await withdraw_duty(made, "写错了人", clerk, NOW)
    assert (await a_run(scheme))["total"] == 0
    assert world.town == clerk.organisation_id


async def test_a_run_approved_while_it_is_computed_again_leaves_nobody_waiting_for_the_other(committed: None) -> None:
    scheme, town = await a_scheme(proof="duty"), {"town": await office("zhaozhen")}
    await somebody(town, "甲")
    run, liu, sun = await a_run(scheme), await actor("liu.fang", NOW), await actor("sun.yue", NOW)
    await publish_run(run["id"], liu, NOW)
    await somebody(town, "乙")
    done = await both(approve_run(run["id"], sun, AFTER), compute_run(scheme, APRIL, 1, liu, AFTER))
    assert not [each for each in done if isinstance(each, asyncpg.PostgresError)]
