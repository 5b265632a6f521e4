"""Giving, keeping and returning deposits, and what nobody else learns of them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from contracts.deposits import queries
from contracts.deposits.forms import ARRIVED
from contracts.deposits.jobs import keep_deposits
from contracts.deposits.returns import record_returned
from contracts.deposits.services import (
    confirm_arrival,
    declare_transfer,
    forfeit,
    hand_in_guarantee,
    say_not_arrived,
    take_back_declaration,
)
from contracts.treasury.book_queries import trial_balance
from marketplace.kernel.clock import at_county_time, county_day
from marketplace.kernel.db import execute, fetchval, transaction
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, FormRefused, IllegalMove, NotFound
from marketplace.kernel.forms import Bound, parse
from tests.builders_contracts import DRAWN_UP, a_contract_in_force, a_paid_milestone
from tests.builders_vendors import a_sealed_bid, a_store
from tests.cast import actor
from tests.contracts.deposits.scene import (
    DEPOSIT,
    PAPER,
    Scene,
    a_given_guarantee,
    a_guarantee,
    a_scene,
    counted,
    deposit,
    end_listing,
)

START = at_county_time(date(2026, 3, 2), 9)


async def a_transfer(scene: Scene) -> str:
    return await declare_transfer(scene.asked, "农商银行 8812", PAPER, a_store(), scene.provider.actor, scene.now)


def arrived(at: str = "2026-03-03T10:00") -> Bound:
    return parse(ARRIVED, {"arrived_at": at, "arrival_proof": "LS-1", "payer_account": "5101 2345 6789"})


async def test_a_guarantee_is_taken_at_once_whoever_issued_it(clock: Any) -> None:
    scene = await a_scene(START)
    row = await a_given_guarantee(scene)
    assert (row["status"], row["held"], row["received"]) == ("held", DEPOSIT, DEPOSIT)
    with pytest.raises(Conflict):
        await a_given_guarantee(scene)
    assert await counted("deposit") == 1


async def test_a_guarantee_too_small_or_too_short_is_refused_and_nothing_is_kept(clock: Any) -> None:
    scene = await a_scene(START)
    form = a_guarantee(START, amount="9999.99", valid_until="2026-03-03")
    with pytest.raises(FormRefused) as refused:
        await hand_in_guarantee(scene.asked, form, PAPER, a_store(), scene.provider.actor, START)
    assert set(refused.value.errors) == {"amount", "valid_until"}
    assert await counted("deposit") == 0


async def test_after_the_deadline_none_is_taken(clock: Any) -> None:
    scene = await a_scene(START)
    with pytest.raises(DomainError):
        await declare_transfer(
            scene.asked, "x", PAPER, a_store(), scene.provider.actor, scene.listing.closes_at
        )


async def test_nobody_but_the_bidder_sees_a_deposit_before_the_deadline(clock: Any) -> None:
    scene = await a_scene(START)
    row = await a_given_guarantee(scene)
    for name in ("sun.yue", "li.qiang", "wang.min"):
        reader = await actor(name, START)
        with pytest.raises(NotFound):
            await queries.deposit_page(row["reference"], reader, START)
        seen = await queries.list_deposits(reader, START)
        assert (seen.rows, seen.total, seen.guarantees["received"]) == ([], 0, 0)
        assert all(row["balance"] == 0 for row in await trial_balance(START))
    assert await queries.deposit_page(row["reference"], scene.provider.actor, START)
    finance = await actor("sun.yue", START)
    assert (await queries.deposit_page(row["reference"], finance, scene.after))["held"] == DEPOSIT
    assert (await queries.list_deposits(finance, scene.after)).total == 1


async def test_the_audit_of_a_bid_deposit_stays_in_the_hidden_stream_and_no_document_tells(clock: Any) -> None:
    scene = await a_scene(START)
    await a_given_guarantee(scene)
    streams = await fetchval("SELECT array_agg(DISTINCT stream) FROM audit_entry WHERE act LIKE 'deposit.%'")
    assert streams == [f"listing:{scene.listing.id}"]
    office = scene.provider.actor.organisation_id
    assert await fetchval("SELECT count(*) FROM document WHERE organisation = $1", office) == 0


async def test_a_transfer_counts_by_the_moment_of_the_banks_statement(clock: Any) -> None:
    scene = await a_scene(START)
    reference = await a_transfer(scene)
    buyer = await actor("li.qiang", scene.after)
    with pytest.raises(NotFound):
        await confirm_arrival(reference, arrived(), buyer, START)
    with pytest.raises(DomainError):
        await confirm_arrival(reference, arrived("2027-03-03T10:00"), buyer, scene.after)
    await confirm_arrival(reference, arrived(), buyer, scene.after)
    await confirm_arrival(reference, arrived(), buyer, scene.after)
    row = await deposit(reference)
    assert (row["status"], row["held"]) == ("held", DEPOSIT)
    # who paid is kept as a hash alone
    assert len(row["payer_mark"]) == 32
    assert await counted("deposit_movement") == 1


async def test_money_that_never_came_is_said_so_and_the_bidder_may_choose_again(clock: Any) -> None:
    scene = await a_scene(START)
    await take_back_declaration(await a_transfer(scene), scene.provider.actor, START)
    reference = await a_transfer(scene)
    finance = await actor("sun.yue", scene.after)
    await say_not_arrived(reference, "流水里没有这一笔", finance, scene.after)
    with pytest.raises(IllegalMove):
        await say_not_arrived(reference, "流水里没有这一笔", finance, scene.after)
    assert (await deposit(reference))["status"] == "dropped"


async def test_the_qualification_review_sees_who_gave_none_who_was_late_and_who_waits(clock: Any) -> None:
    scene = await a_scene(START)
    provider = scene.provider.id
    reference = await a_transfer(scene)
    assert await queries.bid_deposits(scene.listing.id, [provider]) == {}
    await execute("UPDATE listing SET status = 'opened' WHERE id = $1", scene.listing.id)
    (state,) = (await queries.bid_deposits(scene.listing.id, [provider])).values()
    assert state.is_to_confirm and not state.is_in_time
    late = scene.listing.closes_at.strftime("%Y-%m-%dT14:00")
    await confirm_arrival(reference, arrived(late), await actor("li.qiang", scene.after), scene.after)
    (state,) = (await queries.bid_deposits(scene.listing.id, [provider])).values()
    assert not state.is_in_time and state.arrived_at == scene.listing.closes_at
    stranger = await fetchval("SELECT gen_random_uuid()")
    assert (await queries.bid_deposits(scene.listing.id, [stranger]))[stranger].reference == ""


async def test_a_cancelled_listing_sends_money_back_with_a_clock_and_interest_when_late(clock: Any) -> None:
    scene = await a_scene(START)
    await a_sealed_bid(scene.listing.lots[0]["id"], scene.provider, START)
    reference = await a_transfer(scene)
    finance = await actor("sun.yue", scene.after)
    await confirm_arrival(reference, arrived(), finance, scene.after)
    await keep_deposits(None, scene.after)
    assert (await deposit(reference))["status"] == "held"
    await end_listing(scene, scene.after)
    await keep_deposits(None, scene.after)
    await keep_deposits(None, scene.after)
    row = await deposit(reference)
    assert (row["status"], row["return_ground"]) == ("returning", "cancelled")
    late = at_county_time(row["return_due"] + timedelta(days=36), 10)
    await record_returned(reference, "TK-1", finance, late)
    await record_returned(reference, "TK-1", finance, late)
    row = await deposit(reference)
    assert (row["status"], row["returned"], row["held"], str(row["interest"])) == ("returned", DEPOSIT, 0, "52.20")


async def test_a_guarantee_goes_back_by_itself_and_its_end_is_told_once(clock: Any) -> None:
    scene = await a_scene(START)
    await a_sealed_bid(scene.listing.lots[0]["id"], scene.provider, START)
    row = await a_given_guarantee(scene)
    near = at_county_time(row["valid_until"] - timedelta(days=10), 9)
    before = await counted("outbox_message")
    await keep_deposits(None, near)
    told = await counted("outbox_message")
    await keep_deposits(None, near)
    assert before < told == await counted("outbox_message")
    await end_listing(scene, near)
    await keep_deposits(None, near)
    row = await deposit(row["reference"])
    assert (row["status"], row["returned"]) == ("returned", DEPOSIT)


async def test_only_finance_keeps_a_deposit_for_good_and_says_why(clock: Any) -> None:
    scene = await a_scene(START)
    row = await a_given_guarantee(scene)
    with pytest.raises(Forbidden):
        await forfeit(row["reference"], "中标后拒签", await actor("li.qiang", scene.after), scene.after)
    await forfeit(row["reference"], "中标后拒签", await actor("sun.yue", scene.after), scene.after)
    row = await deposit(row["reference"])
    assert (row["status"], row["forfeited"], row["held"]) == ("forfeited", DEPOSIT, 0)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE deposit SET held = 0, returned = 10000",
        "DELETE FROM deposit",
        "UPDATE deposit_movement SET amount = 1",
        "INSERT INTO deposit_movement (deposit, kind, amount, moved_at)"
        " SELECT id, 'return', 10000.01, now() FROM deposit",
    ],
)
async def test_the_database_moves_money_by_movements_alone(clock: Any, change: str) -> None:
    await a_given_guarantee(await a_scene(START))
    with pytest.raises((asyncpg.IntegrityConstraintViolationError, asyncpg.RaiseError)):
        async with transaction():
            await execute(change)


async def test_a_bond_goes_back_once_everything_is_paid_though_a_handover_is_still_open(db: Any) -> None:
    world = await a_contract_in_force(months=1, amount=Decimal("40000.00"))
    await execute(
        "INSERT INTO listing_terms (id, listing, performance_bond) VALUES (gen_random_uuid(), $1, 5)"
        " ON CONFLICT (listing) DO UPDATE SET performance_bond = 5", world.facts["listing"],
    )  # fmt: skip
    asked = await queries.asked_for_contract(world.reference, world.director)
    form = a_guarantee(DRAWN_UP, amount=str(asked.amount))
    await hand_in_guarantee(asked, form, PAPER, a_store(), world.director, DRAWN_UP)
    [(_, before)] = await queries.to_be_returned(DRAWN_UP)
    assert before.fulfilled_at is None
    await a_paid_milestone(world)
    assert await fetchval("SELECT status FROM contract WHERE id = $1", world.contract) == "in_force"
    [(_, after)] = await queries.to_be_returned(DRAWN_UP)
    assert after.fulfilled_at is not None
    # what the provider took back and did not give back yet keeps the bond; it counts from the day the money came
    await execute(
        "INSERT INTO late_credit (id, invoice, number, amount, issued_on, reason, way, submitted_by, received_at)"
        " SELECT gen_random_uuid(), i.id, '24512000000000000088', 1, i.issued_on, '多收', 'refund', $1, $2 FROM"
        " invoice i", world.director.person_id, after.fulfilled_at,
    )  # fmt: skip
    [(_, owing)] = await queries.to_be_returned(DRAWN_UP)
    assert owing.fulfilled_at is None
    came = county_day(after.fulfilled_at) + timedelta(days=4)
    await execute(
        "UPDATE late_credit SET returned_on = $1, proof = '回单', returned_to = $2", came, world.signer.person_id
    )
    [(_, after)] = await queries.to_be_returned(DRAWN_UP)
    assert after.fulfilled_at is not None and county_day(after.fulfilled_at) == came
    # a dispute that was settled after the money came is what the contract ended with
    later = after.fulfilled_at + timedelta(days=9)
    await execute(
        "INSERT INTO payment_dispute (id, reference, invoice, amount, reason, clause, status, raised_by, raised_at,"
        " to_pay, settlement, settled_by, settled_at) SELECT gen_random_uuid(), 'FY-1', i.id, 1, '缺', '七',"
        " 'settled', $1, $3, 0, '不付', $2, $3 FROM invoice i",
        world.reviewer.person_id, world.signer.person_id, later,
    )  # fmt: skip
    [(_, after)] = await queries.to_be_returned(DRAWN_UP)
    assert after.fulfilled_at == later
