"""The buyer's review, statutory exclusions, and the round of final prices."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from catalogue.items.rules import LegalForm
from catalogue.listings.queries import listing_by_id
from evaluations.opening.items import Finding, items_of
from evaluations.opening.queries import findings_of, opened_bids
from evaluations.opening.review import Verdict, decide_qualification, every_item_met, open_final_price_round
from evaluations.opening.rules import Outcome
from evaluations.work import waiting_for
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchval
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused, NotFound
from tests.builders_evaluations import all_conform
from tests.builders_vendors import a_store
from tests.cast import actor, office
from tests.evaluations.opening.steps import Sealed, opened_listing, release
from tests.pages import sign_in, words
from vendors.bids.services import FinalPrice, seal_final_price


async def decide_all(sealed: Sealed, passed: int) -> None:
    buyer = await actor("li.qiang", sealed.after)
    for number, bid in enumerate(await opened_bids(sealed.id)):
        verdict = await every_item_met(bid["id"])
        if number >= passed:
            verdict = replace(verdict, findings=(Finding(False, "缺少社会保障缴纳证明"), *verdict.findings[1:]))
        await decide_qualification(verdict, buyer, sealed.after)


async def test_a_second_decision_is_refused(clock: Any) -> None:
    sealed = await opened_listing(clock)
    await decide_all(sealed, 2)
    bid = (await opened_bids(sealed.id))[0]
    with pytest.raises(Conflict, match="已经审查过"):
        await decide_qualification(await every_item_met(bid["id"]), await actor("li.qiang", sealed.after), sealed.after)


async def test_a_refusal_needs_a_reason(clock: Any) -> None:
    sealed = await opened_listing(clock)
    bid = (await opened_bids(sealed.id))[0]
    findings = tuple(Finding(n != 2) for n, _ in enumerate((await every_item_met(bid["id"])).findings))
    with pytest.raises(FormRefused) as refused:
        await decide_qualification(Verdict(bid["id"], findings), await actor("li.qiang", sealed.after), sealed.after)
    assert set(refused.value.errors) == {"reason-2"}
    with pytest.raises(FormRefused) as refused:
        await decide_qualification(Verdict(bid["id"], ()), await actor("li.qiang", sealed.after), sealed.after)
    assert len(refused.value.errors) == len(findings)
    assert await fetchval("SELECT count(*) FROM qualification_finding") == 0


async def test_each_failing_item_is_kept_with_reason_clause_and_paper(clock: Any) -> None:
    sealed = await opened_listing(clock)
    bid, other = await opened_bids(sealed.id)
    met = (await every_item_met(bid["id"])).findings
    no_audit, same_head = Finding(False, "没有审计报告", place="第 3 页"), Finding(False, "同一负责人")
    findings = (met[0], no_audit, *met[2:5], same_head, *met[6:])
    buyer = await actor("li.qiang", sealed.after)
    with pytest.raises(NotFound):
        wrong = (Finding(True, evidence=sealed.id), *findings[1:])
        await decide_qualification(Verdict(bid["id"], wrong), buyer, sealed.after)
    assert not await decide_qualification(Verdict(bid["id"], findings), buyer, sealed.after)
    decided = next(b for b in await opened_bids(sealed.id) if b["id"] == bid["id"])
    assert "没有审计报告" in decided["qualification_reason"] and "同一负责人" in decided["qualification_reason"]
    assert decided["qualification_clause"] == "R-ROLE-09"
    kept = (await findings_of([bid["id"], other["id"]]))[bid["id"]]
    assert [(f["clause"], f["reason"]) for f in kept if not f["passes"]] == [
        ("R-ROLE-09", "没有审计报告"), ("R-ROLE-07", "同一负责人")
    ]  # fmt: skip


def test_the_listings_own_requirements_follow_those_of_the_law() -> None:
    items = items_of({"qualification": "近三年有同类服务业绩\n\n· 在金堂县有服务场所"})
    assert [i.clause for i in items] == ["R-ROLE-09"] * 5 + ["R-ROLE-07"] + ["R-BID-06"] * 2
    assert [i.words for i in items[6:]] == ["近三年有同类服务业绩", "在金堂县有服务场所"]


async def test_the_drafter_does_not_review(clock: Any) -> None:
    sealed = await opened_listing(clock)
    bid = (await opened_bids(sealed.id))[0]
    with pytest.raises(Forbidden) as refused:
        await decide_qualification(await every_item_met(bid["id"]), await actor("wang.min", sealed.after), sealed.after)
    assert refused.value.clause == "R-ROLE-03"


async def test_a_statutory_exclusion_decides_against_the_buyers_word(clock: Any) -> None:
    sealed = await opened_listing(clock, bids=3)
    bid = (await opened_bids(sealed.id))[0]
    form = LegalForm.PUBLIC_INSTITUTION_1.value
    await execute("UPDATE provider SET legal_form = $2 WHERE id = $1", bid["provider"], form)
    buyer = await actor("li.qiang", sealed.after)
    assert not await decide_qualification(await every_item_met(bid["id"]), buyer, sealed.after)
    decided = next(b for b in await opened_bids(sealed.id) if b["id"] == bid["id"])
    assert (decided["is_qualified"], decided["qualification_clause"]) == (False, "R-GPS-03")


async def test_one_qualified_bidder_ends_the_consultation(clock: Any) -> None:
    sealed = await opened_listing(clock)
    await decide_all(sealed, 1)
    row = await listing_by_id(sealed.id)
    assert (row["status"], row["end_clause"]) == ("failed", "R-BID-08")


async def test_final_prices_open_with_both_keys_after_their_window(clock: Any) -> None:
    sealed = await opened_listing(clock, bids=3)
    buyer = await actor("li.qiang", sealed.after)
    with pytest.raises(Conflict, match="没有审查完"):
        await open_final_price_round(sealed.id, sealed.after + timedelta(hours=2), buyer, sealed.after)
    await decide_all(sealed, 3)
    with pytest.raises(Conflict, match="符合性审查"):
        await open_final_price_round(sealed.id, sealed.after + timedelta(hours=2), buyer, sealed.after)
    await all_conform(sealed.id, sealed.after)
    here = f"{sealed.path}/qualification"
    assert [w.clause for w in await waiting_for(buyer, sealed.after) if w.url == here] == ["R-CONS-01"]
    with pytest.raises(FormRefused):
        await open_final_price_round(sealed.id, sealed.after, buyer, sealed.after)
    closes_at = sealed.after + timedelta(hours=2)
    await open_final_price_round(sealed.id, closes_at, buyer, sealed.after)
    for amount, bidder in zip(("470000.00", "465000.00"), sealed.bidders, strict=False):
        price, lot = FinalPrice(Decimal(amount)), sealed.listing.lots[0]["id"]
        await seal_final_price(lot, price, a_store(), bidder.actor, sealed.after)
    with pytest.raises(Conflict, match="还没有到截止时间"):
        await release(sealed, "zhou.lan", sealed.after, "final")
    await clock.set(closes_at)
    opener = await actor("zhou.lan", closes_at)
    assert f"{sealed.path}/opening" in [w.url for w in await waiting_for(opener, closes_at)]
    assert await release(sealed, "zhou.lan", closes_at, "final") == Outcome.WAITING
    assert await release(sealed, "wu.gang", closes_at, "final") == Outcome.OPENED
    prices = {b["provider"]: b["final_price"] for b in await opened_bids(sealed.id)}
    assert [prices[b.id] for b in sealed.bidders] == [Decimal("470000.00"), Decimal("465000.00"), None]


async def test_a_buyer_of_another_unit_finds_nothing(clock: Any) -> None:
    sealed = await opened_listing(clock)
    bid = (await opened_bids(sealed.id))[0]
    await execute("UPDATE listing SET procuring_unit = $2 WHERE id = $1", sealed.id, await office("wufeng"))
    with pytest.raises(NotFound):
        await decide_qualification(await every_item_met(bid["id"]), await actor("li.qiang", sealed.after), sealed.after)


async def test_R_QUAL_01_a_pre_check_that_held_at_the_deadline_is_shown_and_decides_nothing(
    client: httpx.AsyncClient, clock: Any
) -> None:
    sealed = await opened_listing(clock)
    provider, closes_at = sealed.bidders[0], (await listing_by_id(sealed.id))["closes_at"]
    await execute(
        "INSERT INTO precheck (id, reference, provider, item_code, status, round, applied_by, applied_at, valid_from,"
        " valid_until) VALUES (gen_random_uuid(), 'YJ-2026-0900', $1, 'A02', 'passed', 1, $2, $3, $4, $5)",
        provider.id, provider.actor.person_id, closes_at - timedelta(days=9), county_day(closes_at),
        county_day(closes_at) + timedelta(days=1),
    )  # fmt: skip
    await sign_in(client, "li.qiang")
    page = words((await client.get(f"{sealed.path}/qualification")).text)
    assert page.count("截止那天有效的预检，只供参考") == 1
    await execute("UPDATE precheck SET valid_from = valid_from - 9, valid_until = valid_until - 1")
    assert "截止那天有效的预检" not in words((await client.get(f"{sealed.path}/qualification")).text)
    await decide_all(sealed, 2)  # with and without one, both are found qualified on the listing's own conditions
    assert [bid["is_qualified"] for bid in await opened_bids(sealed.id)] == [True, True]
