"""R-DISP-04 carried out: the next candidate after a complaint about the result, everything again after one about the
document, with the money of the line at every step."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from catalogue.listings.progress import cancel_listing
from catalogue.relisting.services import relist
from contracts.agreements.queries import contract_of_lot
from contracts.agreements.services import sign_contract
from contracts.deposits.returns import return_all_due
from evaluations.awards.queries import awards_of, debrief
from evaluations.awards.services import determine_award, publish_award_notice
from evaluations.awards.voiding import void_awards_of
from evaluations.challenges.deciding import Decision, decide_complaint
from evaluations.challenges.remedies import Outcome, Remedy
from evaluations.challenges.services import answer_challenge
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.errors import Conflict
from tests.builders_disputes import (
    a_challenge,
    a_deposit,
    an_accepted_complaint,
    an_announced_award,
    an_answer,
    an_answered_challenge,
    reserved_and_committed,
)  # fmt: skip
from tests.builders_evaluations import director
from tests.cast import actor
from tests.conftest import TestClock

D = Decimal
UPHELD = Decision(Outcome.UPHELD, Remedy.NEXT_CANDIDATE, "评审委员会给分错误。", "财政部令第94号第三十二条")


async def test_R_DISP_04_a_result_void_before_signing_goes_to_the_next_candidate(clock: TestClock) -> None:
    opened = await an_announced_award(await clock.now())
    await a_deposit(opened, "沱江", opened.now)
    first = (await awards_of(opened.listing.id))[0]
    assert first["provider_name"].startswith("金堂县沱江")
    assert await return_all_due(opened.now) == 0, "a winner's deposit waits for the contract"
    free, reserved, committed = await reserved_and_committed(opened.listing.id)
    assert (reserved, committed) == (D(0), D("480000.00"))
    now = opened.now + timedelta(days=3)
    challenge = await an_answered_challenge(opened, "云顶", now)
    now += timedelta(days=2)
    complaint = await an_accepted_complaint(challenge, await director("云顶", now), now)
    finance = await actor("zhao.lei", now)
    await decide_complaint(complaint, UPHELD, finance, now)
    assert await fetchval("SELECT status FROM listing WHERE id = $1", opened.listing.id) == "evaluated"
    assert await awards_of(opened.listing.id) == []
    gone = (await void_awards_of(opened.listing.id))[0]
    assert (gone["reference"], gone["decision"]) == (first["reference"], complaint) and len(gone["root"]) == 64
    status = await fetchval("SELECT status FROM contract WHERE award_reference = $1", first["reference"])
    assert status == "rescinded"
    # it can win no more: its deposit waits for nobody else's award (R-TIME-20)
    assert await return_all_due(now) == 1 and await return_all_due(now) == 0
    going = await fetch("SELECT status, return_ground, return_from, forfeited FROM deposit")
    assert [tuple(row) for row in going] == [("returning", "loser", now.date(), D(0))]
    budget = D("505000.00")
    assert await reserved_and_committed(opened.listing.id) == (free + D("480000.00") - budget, budget, D(0))
    await determine_award(opened.lot, opened.buyer, now)
    await publish_award_notice(opened.listing.id, opened.buyer, now)
    second = (await awards_of(opened.listing.id))[0]
    assert second["provider_name"].startswith("金堂县云顶") and "原成交结果已认定无效" in second["basis"]
    assert await reserved_and_committed(opened.listing.id) == (
        free + D("480000.00") - D("490000.00"), D(0), D("490000.00"),
    )  # fmt: skip
    loser = await director("沱江", now)
    _, rows = await debrief(opened.listing.reference, loser.organisation_id)
    assert rows[0]["passed_clause"] == "R-DISP-04" and not rows[0]["won"]
    acts = [r["act"] for r in await fetch("SELECT act FROM audit_entry ORDER BY at, id")]
    for act in ("award.voided", "contract.rescinded", "listing.reopened", "complaint.decided"):
        assert acts.count(act) == 1, act


async def test_R_DISP_04_a_listing_with_a_void_result_that_is_cancelled_gives_back_what_it_holds(
    clock: TestClock,
) -> None:
    opened = await an_announced_award(await clock.now())
    free, _, _ = await reserved_and_committed(opened.listing.id)
    now = opened.now + timedelta(days=3)
    reference = await a_challenge(opened, "云顶", now)
    upheld = an_answer(Outcome.UPHELD, Remedy.NEXT_CANDIDATE)
    await answer_challenge(reference, upheld, opened.buyer, now)
    await cancel_listing(opened.listing.id, "采购任务取消。", opened.buyer, now, clause="R-TIME-21")
    assert await reserved_and_committed(opened.listing.id) == (free + D("480000.00"), D(0), D(0))


async def test_R_DISP_04_a_complaint_about_the_document_always_means_redo(clock: TestClock) -> None:
    start = await clock.now()
    opened = await an_announced_award(start)
    free, _, _ = await reserved_and_committed(opened.listing.id)
    challenge = await a_document_challenge_of_the_bidding_days(opened, start)
    now = opened.now + timedelta(days=1)
    complaint = await an_accepted_complaint(challenge, await director("云顶", now), now)
    finance = await actor("zhao.lei", now)
    with pytest.raises(Conflict) as refused:
        await decide_complaint(complaint, UPHELD, finance, now)
    assert refused.value.clause == "R-DISP-04"
    redo = Decision(Outcome.UPHELD, Remedy.REDO, "采购文件含有限制性条款。", "财政部令第94号第三十一条")
    await decide_complaint(complaint, redo, finance, now)
    assert await fetchval("SELECT status FROM listing WHERE id = $1", opened.listing.id) == "cancelled"
    assert await reserved_and_committed(opened.listing.id) == (free + D("480000.00"), D(0), D(0))
    draft = await relist(opened.listing.reference, opened.drafter, now)
    assert await fetchval("SELECT status FROM listing WHERE id = $1", draft) == "draft"


async def a_document_challenge_of_the_bidding_days(opened: Any, start: Any) -> str:
    """A row as it would stand from before the deadline: raising it then is tested where the document is."""
    reference = await an_answered_challenge(opened, "云顶", opened.now)
    await fetchval(
        "UPDATE challenge SET stage = 'document', lot = NULL, raised_at = $2 WHERE reference = $1 RETURNING id",
        reference, start,
    )  # fmt: skip
    return reference


async def test_R_DISP_06_an_open_challenge_stops_signing_until_it_is_answered_or_said_to_have_no_effect(
    clock: TestClock,
) -> None:
    opened = await an_announced_award(await clock.now())
    contract = await contract_of_lot(opened.lot)
    assert contract is not None
    now = opened.now + timedelta(days=3)
    reference = await a_challenge(opened, "云顶", now)
    winner = await director("沱江", now)
    with pytest.raises(Conflict) as refused:
        await sign_contract(contract["id"], winner.name, winner, now)
    assert refused.value.clause == "R-DISP-06" and reference in str(refused.value)
    await answer_challenge(reference, an_answer(), opened.buyer, now)
    await sign_contract(contract["id"], winner.name, winner, now)


async def test_R_DISP_04_a_signed_contract_is_rescinded_by_finance_and_never_by_an_answer(clock: TestClock) -> None:
    opened = await an_announced_award(await clock.now())
    contract = await contract_of_lot(opened.lot)
    assert contract is not None
    now = opened.now + timedelta(days=1)
    for signer in (opened.buyer, await director("沱江", now)):
        await sign_contract(contract["id"], signer.name, signer, now)
    reference = await a_challenge(opened, "云顶", now)
    with pytest.raises(Conflict) as refused:
        upheld = an_answer(Outcome.UPHELD, Remedy.NEXT_CANDIDATE)
        await answer_challenge(reference, upheld, opened.buyer, now)
    assert refused.value.clause == "R-DISP-04"
    await answer_challenge(reference, an_answer(), opened.buyer, now)
    complaint = await an_accepted_complaint(reference, await director("云顶", now), now)
    await decide_complaint(complaint, UPHELD, await actor("zhao.lei", now), now)
    assert await fetchval("SELECT status FROM contract WHERE id = $1", contract["id"]) == "rescinded"


async def test_finance_that_decides_complaints_did_nothing_else_in_the_purchase(clock: TestClock) -> None:
    opened = await an_announced_award(await clock.now())
    now = opened.now + timedelta(days=3)
    challenge = await an_answered_challenge(opened, "云顶", now)
    now += timedelta(days=2)
    complaint = await an_accepted_complaint(challenge, await director("云顶", now), now)
    await decide_complaint(complaint, UPHELD, await actor("zhao.lei", now), now)
    duties = await fetch(
        "SELECT duty FROM listing_duty d JOIN person p ON p.id = d.person WHERE p.username = 'zhao.lei'"
    )
    assert [d["duty"] for d in duties] == ["complaints"]
