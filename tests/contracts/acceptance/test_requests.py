"""Acceptance asked for, sent back to be mended, and what is deducted from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.listings.drafting_tables import PaymentDeduction
from contracts.acceptance import queries
from contracts.acceptance.forms import parse_certificate, parse_rejection
from contracts.acceptance.requests import Rejection, reject_milestone, request_acceptance
from contracts.acceptance.rules import Failing, Finding, ItemFinding, check_failings, decide_by, deducted_amounts
from contracts.acceptance.services import Certificate, accept_milestone, items_to_find, milestone_at
from contracts.agreements.queries import contract_by_id, money_of
from contracts.agreements.rules import DeductionPlan, MilestonePlan
from contracts.agreements.terms import TermsFacts, write_terms
from contracts.billing.services import submit_invoice
from contracts.work import waiting_for
from marketplace.kernel.clock import at_county_time, county_day
from marketplace.kernel.db import execute, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, FormRefused
from tests.builders_contracts import (
    APRIL,
    World,
    a_closed_month,
    a_contract_in_force,
    accept,
    an_invoice,
    closing_time,
    heard,
)
from tests.cast import actor

D = Decimal
LATE = ("服务记录晚于次月五日送达", D("1.5"))


async def the_findings(world: World, position: int, *, failed: int = 0) -> list[ItemFinding]:
    contract = await contract_by_id(world.contract)
    milestone = await milestone_at(contract, position)
    wrong, right = (Finding.NOT_MET, "补两次培训的签到表。"), (Finding.MET, "")
    return [
        ItemFinding(words, *(wrong if i <= failed else right))
        for i, words in enumerate(items_to_find(contract, milestone), start=1)
    ]


async def a_milestone_to_accept(**wanted: Any) -> tuple[World, Any]:
    world = await a_contract_in_force(**wanted)
    await a_closed_month(world)
    return world, closing_time(world, APRIL)


async def with_deductions(world: World, *printed: tuple[str, Decimal]) -> None:
    """The listing as if it had printed them; its contract was signed before, so the guard of versions is set aside."""
    listing = await fetchval("SELECT listing FROM contract WHERE id = $1", world.contract)
    async with transaction():
        await execute("ALTER TABLE payment_deduction DISABLE TRIGGER payment_deduction_is_versioned")
        for position, (condition, percent) in enumerate(printed, start=1):
            await insert(PaymentDeduction, listing=listing, position=position, condition=condition, percent=percent)
    await execute("ALTER TABLE payment_deduction ENABLE TRIGGER payment_deduction_is_versioned")


async def status(world: World) -> str:
    found: str = await fetchval(
        "SELECT status FROM contract_milestone WHERE contract = $1 AND position = 1", world.contract
    )
    return found


# --- asking -------------------------------------------------------------------


async def test_the_provider_asks_and_the_buyer_has_the_days_of_r_acc_04(db: Any) -> None:
    world, now = await a_milestone_to_accept()
    due = await request_acceptance(world.reference, 1, "四月走访三户，记录齐全。", world.director, now)
    assert due == decide_by(county_day(now)).date > county_day(now)
    assert await status(world) == "requested"
    said = [item.what.text("zh") for item in await waiting_for(world.reviewer, now)]
    assert any("申请验收" in words for words in said)
    assert await fetchval("SELECT count(*) FROM outbox_message WHERE payload->>'to' = 'chen.jing@jintang.example'") == 1
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'acceptance.requested'") == 1


async def test_acceptance_is_asked_for_once_the_months_are_over_and_by_the_provider_alone(db: Any) -> None:
    world = await a_contract_in_force()
    with pytest.raises(DomainError, match="才结束"):
        await request_acceptance(world.reference, 1, "做完了。", world.director, at_county_time(date(2026, 4, 30), 18))
    after = at_county_time(date(2026, 5, 1), 9)
    for other in (world.reviewer, world.worker, world.finance):
        with pytest.raises(Forbidden):
            await request_acceptance(world.reference, 1, "做完了。", other, after)
    # the provider does not wait for the buyer to close the month
    await request_acceptance(world.reference, 1, "做完了。", world.director, after)
    with pytest.raises(Conflict):
        await request_acceptance(world.reference, 1, "做完了。", world.director, after)


# --- sending back -------------------------------------------------------------


async def test_a_milestone_goes_back_with_what_to_mend_and_comes_again(db: Any) -> None:
    world, now = await a_milestone_to_accept()
    await request_acceptance(world.reference, 1, "做完了。", world.director, now)
    mend_by = county_day(now) + timedelta(days=10)
    rejection = Rejection(await the_findings(world, 1, failed=2), mend_by)
    await reject_milestone(world.reference, 1, rejection, world.reviewer, now + timedelta(hours=1))
    assert await status(world) == "to_mend"
    milestone = await milestone_at(await contract_by_id(world.contract), 1)
    [sent_back] = await queries.rejections_of(milestone["id"])
    assert [item["to_mend"] for item in sent_back["items"]] == ["补两次培训的签到表。"] * 2
    assert any("整改" in item.what.text("zh") for item in await waiting_for(world.director, now))
    with pytest.raises(Conflict):
        await reject_milestone(world.reference, 1, rejection, world.reviewer, now + timedelta(hours=2))
    await request_acceptance(world.reference, 1, "签到表补好了。", world.director, now + timedelta(days=5))
    assert [r["round"] for r in await queries.requests_of(milestone["id"])] == [1, 2]
    await accept(world, 1, now + timedelta(days=6))
    assert await status(world) == "accepted"
    with pytest.raises(Conflict):
        await reject_milestone(world.reference, 1, rejection, world.reviewer, now + timedelta(days=7))


async def test_sending_back_needs_something_to_mend_and_time_for_it(db: Any) -> None:
    world, now = await a_milestone_to_accept()
    with pytest.raises(DomainError, match="至少有一项"):
        rejection = Rejection(await the_findings(world, 1), county_day(now) + timedelta(days=3))
        await reject_milestone(world.reference, 1, rejection, world.reviewer, now)
    with pytest.raises(DomainError, match="今天以后"):
        rejection = Rejection(await the_findings(world, 1, failed=1), county_day(now))
        await reject_milestone(world.reference, 1, rejection, world.reviewer, now)
    rejection = Rejection(await the_findings(world, 1, failed=1), county_day(now) + timedelta(days=3))
    for name in ("wang.min", "li.qiang"):  # drafted and approved the listing (R-ROLE-03)
        with pytest.raises(Forbidden):
            await reject_milestone(world.reference, 1, rejection, await actor(name, now), now)
    assert await status(world) == "open"


def test_the_forms_name_every_mistake() -> None:
    posted = {"finding-1": "not_met", "finding-2": "met", "mend_by": "2026-05-20"}
    assert set(parse_rejection(["走访", "培训"], posted).errors) == {"note-1"}
    assert set(parse_rejection(["走访"], {"finding-1": "met", "mend_by": "2026-05-20"}).errors) == {"finding-1"}
    assert set(parse_rejection(["走访"], {"finding-1": "not_met", "note-1": "补记录"}).errors) == {"mend_by"}
    said = {"finding-1": "met", "opinions": "满意", "agree": "yes"}
    assert set(parse_certificate(["走访"], {**said, "times-1": "2"}, [LATE]).errors) == {"proof-1"}
    assert set(parse_certificate(["走访"], {**said, "proof-1": "五月七日"}, [LATE]).errors) == {"times-1"}
    form = parse_certificate(["走访"], {**said, "times-1": "2", "proof-1": "五月七日送达"}, [LATE])
    assert form["failings"] == [Failing(*LATE, 2, "五月七日送达")]
    assert parse_certificate(["走访"], said, [LATE])["failings"] == []


# --- deducting ----------------------------------------------------------------


async def test_what_is_deducted_leaves_the_invoice_and_goes_back_to_the_budget(db: Any) -> None:
    world, now = await a_milestone_to_accept()
    await with_deductions(world, LATE)
    line = world.facts["ledger_line"]
    before = await fetchrow("SELECT * FROM ledger_line WHERE id = $1", line)
    assert before is not None
    milestone = await milestone_at(await contract_by_id(world.contract), 1)
    failed = [Failing(*LATE, 2, "五月七日、九日送达")]
    await heard(world.contract, 1, world.reviewer, now)
    certificate = Certificate(await the_findings(world, 1), "满意", "", failed)
    acceptance = await accept_milestone(world.reference, 1, certificate, world.reviewer, now)
    deducted = (milestone["amount"] * 3 / 100).quantize(D("0.01"))
    [row] = await queries.deductions_of(acceptance)
    assert (row["amount"], row["times"]) == (deducted, 2)
    after = await fetchrow("SELECT * FROM ledger_line WHERE id = $1", line)
    assert after is not None
    assert (after["committed"], after["free"]) == (before["committed"] - deducted, before["free"] + deducted)
    money = await money_of(world.contract)
    assert money["deducted"] == deducted and money["accepted"] == milestone["amount"] - deducted
    assert money["amount"] == money["deducted"] + money["accepted"] + money["open"] + money["invoiced"] + money["paid"]
    with pytest.raises(FormRefused):  # the whole milestone is no longer owed
        await submit_invoice(world.reference, 1, an_invoice(milestone["amount"], county_day(now)), world.director, now)
    right = an_invoice(milestone["amount"] - deducted, county_day(now))
    await submit_invoice(world.reference, 1, right, world.director, now)


async def test_nothing_is_deducted_that_was_not_printed(db: Any) -> None:
    world, now = await a_milestone_to_accept()
    await with_deductions(world, LATE)
    findings = await the_findings(world, 1)
    await heard(world.contract, 1, world.reviewer, now)
    for failings in ([Failing("态度不好", D(1), 1, "听说")], [Failing(LATE[0], D(2), 1, "五月七日")]):
        with pytest.raises(DomainError) as refused:
            certificate = Certificate(findings, "满意", "", failings)
            await accept_milestone(world.reference, 1, certificate, world.reviewer, now)
        assert refused.value.clause == "R-CON-01"
    assert await fetchval("SELECT count(*) FROM acceptance") == 0


def test_one_failing_is_told_once_and_proved() -> None:
    twice = [Failing(*LATE, 1, "甲"), Failing(*LATE, 1, "乙")]
    for failings in (twice, [Failing(*LATE, 0, "甲")], [Failing(*LATE, 1, " ")]):
        with pytest.raises(DomainError):
            check_failings(failings, [LATE])
    check_failings([Failing(*LATE, 1, "甲")], [LATE])


@given(
    st.decimals(D("0.01"), D("99999999.99"), places=2),
    st.lists(st.tuples(st.decimals(D("0.01"), D(100), places=2), st.integers(1, 40)), max_size=5),
)
def test_something_is_left_and_every_amount_is_whole_fen(price: Decimal, told: list[tuple[Decimal, int]]) -> None:
    failings = [Failing("甲", percent, times, "依据") for percent, times in told]
    try:
        amounts = deducted_amounts(price, failings)
    except DomainError:
        return
    assert sum(amounts, D(0)) < price
    assert all(amount == amount.quantize(D("0.01")) and amount >= 0 for amount in amounts)


async def test_what_was_asked_found_and_deducted_is_never_changed(db: Any) -> None:
    world, now = await a_milestone_to_accept()
    await request_acceptance(world.reference, 1, "做完了。", world.director, now)
    with pytest.raises(asyncpg.PostgresError):
        await execute("UPDATE acceptance_request SET statement = '别的'")


def test_the_contract_prints_what_may_be_deducted() -> None:
    facts = TermsFacts(
        reference="HT", title="题", listing_reference="L", award_reference="A", purchasing_body="县", buyer="镇",
        provider="社", credit_code="52", lot_number=1, item="项", content="容", quantity=D(1), unit="年", towns=("镇",),
        requirement="要求", offer="承诺", amount=D(100), service_from=date(2026, 4, 1), service_to=date(2027, 3, 31),
        milestones=(MilestonePlan("全部", D(100), date(2027, 3, 31), "记录"),), on=date(2026, 3, 20),
    )  # fmt: skip
    assert "扣减" not in write_terms(facts)
    assert "（1）服务记录晚于次月五日送达：1.5%" in write_terms(replace(facts, deductions=(DeductionPlan(*LATE),)))
