"""A winner who does not sign: what it is told, what it costs, and who comes next (R-AWD-03; REG 49, 72; 74 Art. 22)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import httpx
import pytest

from catalogue.listings.queries import listing_by_id, lots
from catalogue.relisting.queries import takes_up
from catalogue.relisting.services import relist, relist_lot
from contracts.agreements.queries import contract_of_lot
from contracts.agreements.services import sign_contract
from contracts.agreements.signing_days import last_day_to_sign
from evaluations.awards.services import determine_award
from evaluations.awards.voiding import Voiding, take_next_candidate
from evaluations.refusals.queries import to_decide
from evaluations.refusals.rules import check_somebody_is_left, penalty_of
from evaluations.refusals.services import NextStep, decide_refusal, record_not_signed
from marketplace.kernel.clock import COUNTY_ZONE
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, transaction
from marketplace.kernel.errors import Conflict, NotFound
from tests.builders_disputes import a_challenge, a_deposit, an_announced_award, reserved_and_committed
from tests.builders_evaluations import director
from tests.conftest import TestClock
from tests.pages import long_after_signing_in, prove_again, send, sign_in, words
from vendors.refusals.queries import refusals_barring
from vendors.refusals.rules import RefusalStatus

D = Decimal
WINNER = "52510121MJX0000024"


def at(day: int) -> datetime:
    return datetime(2026, 4, day, 10, tzinfo=COUNTY_ZONE)


def test_R_DISP_06_days_on_which_signing_was_held_are_added_to_the_days_to_sign() -> None:
    held = {"ground": "challenge", "begun_at": at(3), "ended_at": at(7)}
    assert last_day_to_sign(date(2026, 4, 30), at(1), [], at(20)) == date(2026, 4, 30)
    assert last_day_to_sign(date(2026, 4, 30), at(1), [held], at(20)) == date(2026, 5, 5)
    twice = [held, {"ground": "finance_order", "begun_at": at(6), "ended_at": at(8)}]
    assert last_day_to_sign(date(2026, 4, 30), at(1), twice, at(20)) == date(2026, 5, 6)
    assert last_day_to_sign(date(2026, 4, 30), at(10), [held], at(20)) == date(2026, 4, 30)


def test_R_COLL_03_the_fine_that_is_shown_is_five_to_ten_per_mille_of_the_amount() -> None:
    shown = penalty_of(D("480000.00"), date(2026, 4, 1))
    assert (shown.fine_low, shown.fine_high, shown.ban_low, shown.ban_high) == (D("2400.00"), D("4800.00"), 1, 3)


def test_R_AWD_03_there_is_no_next_candidate_when_nobody_is_left() -> None:
    check_somebody_is_left(RefusalStatus.REDO, 0)
    with pytest.raises(Conflict):
        check_somebody_is_left(RefusalStatus.NEXT_CANDIDATE, 0)


async def test_R_AWD_03_a_winner_that_does_not_sign_is_told_the_costs_first_and_the_next_one_wins_and_signs(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    opened = await an_announced_award(await clock.now())
    await a_deposit(opened, "沱江", opened.now)
    await clock.set(opened.now)
    path = f"/listings/{opened.listing.reference}/award/{opened.lot}/refusal"
    await sign_in(client, "director.0016")
    assert (await client.get(path)).status_code == 404
    await sign_in(client, "director.0024")
    assert "不签订合同" in words((await client.get(f"/listings/{opened.listing.reference}/award")).text)
    said = words((await client.get(path)).text)
    for cost in ("5,000.00", "不得参加", "2,400.00", "下一候选人"):
        assert cost in said, cost
    bad = await send(client, path, {"reason": "", "signed_name": "别人"})
    assert bad.status_code == 422 and await fetchval("SELECT count(*) FROM award_refusal") == 0
    letter = {"reason": "人员不足。", "signed_name": "何理事", "understood": "yes"}
    await long_after_signing_in()
    asked = await send(client, path, letter)
    assert await fetchval("SELECT count(*) FROM award_refusal") == 0
    stated = await prove_again(client, asked, "director.0024")
    assert stated.status_code == 303, words(stated.text)
    page = stated.headers["location"]
    assert (await send(client, path, letter)).status_code == 409
    contract = await contract_of_lot(opened.lot)
    assert contract is not None
    winner = await director("沱江", opened.now)
    with pytest.raises(Conflict) as refused:
        await sign_contract(contract["id"], winner.name, winner, opened.now)
    assert refused.value.clause == "R-AWD-03"
    await sign_in(client, "director.0016")
    assert (await client.get(page)).status_code == 404
    await sign_in(client, "wang.min")  # drafted it
    decision = {"step": "next_candidate", "excused": "no", "finding": "没有正当理由。"}
    assert (await send(client, f"{page}/decision", decision)).status_code == 403
    await sign_in(client, "li.qiang")
    assert page in (await client.get("/work")).text
    assert (await send(client, f"{page}/decision", {"step": "x"})).status_code == 422
    assert (await send(client, f"{page}/decision", decision)).status_code == 303
    assert (await send(client, f"{page}/decision", decision)).status_code == 409
    assert "5,000.00" in words((await client.get(page)).text)
    deposit = await fetchrow("SELECT status, forfeited, held FROM deposit")
    assert deposit is not None and tuple(deposit) == ("forfeited", D("5000.00"), D(0))
    budget = D("505000.00")
    assert (await reserved_and_committed(opened.listing.id))[1:] == (budget, D(0))
    mails = await fetch("SELECT payload FROM outbox_message")
    assert any("第七十七条" in str(m["payload"]) and "5000.00" in str(m["payload"]) for m in mails)
    award = f"/listings/{opened.listing.reference}/award"
    assert (await send(client, award, {"lot": str(opened.lot)})).status_code == 303
    assert (await send(client, f"{award}/publish")).status_code == 303
    client.cookies.clear()
    shown = words((await client.get(award)).text)
    assert "金堂县云顶社会工作中心" in shown and "没有签订合同的成交供应商" in shown and "认定无效" not in shown
    assert "人员不足" not in shown
    await sign_in(client, "director.0024")
    own = words((await client.get(f"/listings/{opened.listing.reference}/debrief")).text)
    assert "没有签订合同" in own
    second = await contract_of_lot(opened.lot)
    assert second is not None and second["reference"] != contract["reference"]
    for signer in (await director("云顶", opened.now), opened.buyer):
        await sign_contract(second["id"], signer.name, signer, opened.now)


async def test_R_AWD_03_after_the_last_day_the_buyer_records_it_and_who_refused_is_barred_from_the_repeat(
    clock: TestClock,
) -> None:
    opened = await an_announced_award(await clock.now())
    act = (opened.buyer, opened.now)
    with pytest.raises(Conflict) as early:
        await record_not_signed(opened.listing.reference, opened.lot, "催告两次。", act)
    assert early.value.clause == "R-TIME-17"
    late = opened.now + timedelta(days=45)
    number = await record_not_signed(opened.listing.reference, opened.lot, "催告两次。", (opened.buyer, late))
    with pytest.raises(NotFound):
        await decide_refusal(number, NextStep(RefusalStatus.REDO, False, "无"), await director("云顶", late), late)
    await decide_refusal(number, NextStep(RefusalStatus.REDO, False, "没有正当理由。"), opened.buyer, late)
    listing = await fetchrow("SELECT status, end_clause, end_reason FROM listing WHERE id = $1", opened.listing.id)
    assert listing is not None and (listing["status"], listing["end_clause"]) == ("cancelled", "R-AWD-03")
    assert (await reserved_and_committed(opened.listing.id))[1:] == (D(0), D(0))
    again = await relist(opened.listing.reference, opened.drafter, late)
    barring = await refusals_barring(again, [WINNER, "52510121MJX0000032"])
    assert list(barring) == [WINNER] and barring[WINNER].clause == "R-AWD-03"


async def test_R_AWD_03_a_winner_with_good_reason_keeps_deposit_and_may_take_part_again(clock: TestClock) -> None:
    opened = await an_announced_award(await clock.now())
    await a_deposit(opened, "沱江", opened.now)
    late = opened.now + timedelta(days=45)
    number = await record_not_signed(opened.listing.reference, opened.lot, "洪水。", (opened.buyer, late))
    await decide_refusal(number, NextStep(RefusalStatus.REDO, True, "不可抗力。"), opened.buyer, late)
    assert await fetchval("SELECT status FROM deposit") == "held"
    again = await relist(opened.listing.reference, opened.drafter, late)
    assert await refusals_barring(again, [WINNER]) == {}
    with pytest.raises(Conflict):
        await determine_award(opened.lot, opened.buyer, late)


async def test_a_refusal_whose_award_fell_meanwhile_is_nobody_s_work_and_touches_the_next_award_no_more(
    clock: TestClock,
) -> None:
    opened = await an_announced_award(await clock.now())
    late = opened.now + timedelta(days=45)
    number = await record_not_signed(opened.listing.reference, opened.lot, "没有来签。", (opened.buyer, late))
    assert [each["reference"] for each in await to_decide(opened.buyer)] == [number]
    listing, [lot] = await listing_by_id(opened.listing.id), await lots(opened.listing.id)
    async with transaction():
        await take_next_candidate(listing, lot, Voiding("ZY-2026-0001"), opened.buyer, late)
    assert await to_decide(opened.buyer) == []
    await determine_award(opened.lot, opened.buyer, late)
    with pytest.raises(Conflict):
        await decide_refusal(number, NextStep(RefusalStatus.NEXT_CANDIDATE, False, "不签。"), opened.buyer, late)
    assert await fetchval("SELECT count(*) FROM award WHERE lot = $1", opened.lot) == 1


async def test_R_AWD_03_one_lot_of_two_is_bought_again_by_itself_without_who_refused_it(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    opened = await an_announced_award(await clock.now())
    # a second lot whose award stands
    second = await fetchval(
        "INSERT INTO listing_lot SELECT (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid(),"
        " 'number', 2))).* FROM listing_lot t WHERE id = $1 RETURNING id",
        opened.lot,
    )  # fmt: skip
    await execute(
        "INSERT INTO award SELECT (jsonb_populate_record(a, jsonb_build_object('id', gen_random_uuid(),"
        " 'lot', $2::text, 'reference', 'CJ-2', 'opened_bid', $3::text))).* FROM award a WHERE lot = $1",
        opened.lot, str(second), str(opened.bids["云顶"]),
    )  # fmt: skip
    late, reference = opened.now + timedelta(days=45), opened.listing.reference
    with pytest.raises(Conflict):
        await relist_lot(reference, 1, opened.drafter, late)
    number = await record_not_signed(reference, opened.lot, "催告两次。", (opened.buyer, late))
    # while a challenge is answered the result stays as it is
    challenge = await a_challenge(opened, "云顶", opened.now)
    with pytest.raises(Conflict) as held:
        await decide_refusal(number, NextStep(RefusalStatus.REDO, False, "没有正当理由。"), opened.buyer, late)
    assert held.value.clause == "R-DISP-06" and challenge
    await execute("UPDATE procurement_hold SET ended_at = $1, end_reason = 'answered'", late)
    await decide_refusal(number, NextStep(RefusalStatus.REDO, False, "没有正当理由。"), opened.buyer, late)
    assert await fetchval("SELECT status FROM listing WHERE id = $1", opened.listing.id) == "awarded"
    await sign_in(client, "wang.min")
    shown = words((await client.get(f"/listings/{reference}")).text)
    assert "重新采购第 1 包" in shown and "第 2 包" not in shown.partition("重新采购第 1 包")[0][-40:]
    page = f"/listings/{reference}/lots/1/relist"
    assert "只重新采购这一包" in words((await client.get(page)).text)
    assert (await client.get(f"/en{page}")).status_code == 200
    assert (await client.get(f"/listings/{reference}/lots/2/relist")).status_code == 409
    assert (await send(client, page)).status_code == 303
    again = await relist_lot(reference, 1, opened.drafter, late)
    assert len(await lots(again)) == 1
    budget = "SELECT l.budget = t.budget FROM listing l JOIN listing_lot t ON t.listing = l.id WHERE l.id = $1"
    assert await fetchval(budget, again)
    assert ((await takes_up(again)) or {})["reference"] == reference
    assert list(await refusals_barring(again, [WINNER, "52510121MJX0000032"])) == [WINNER]
