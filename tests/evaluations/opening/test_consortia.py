"""Consortia after the opening: named, checked as of sealing, deadline and award, and one bad member is all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from evaluations.awards.queries import awards_of
from evaluations.awards.services import determine_award
from evaluations.opening.consortia import (
    consortium_of_contract,
    enter_members,
    keep_small_share,
    keep_small_subcontract,
    members_of,
)
from evaluations.opening.queries import exclusions_of, opened_bids, related_bidders
from marketplace.kernel.db import execute, fetch, fetchval
from tests.builders_catalogue import a_published_listing
from tests.builders_credit import a_published_entry
from tests.builders_evaluations import a_scored_listing
from tests.builders_vendors import PDF, AProvider, a_provider, a_sealed_bid, some_contents
from tests.evaluations.opening.steps import Sealed, release
from tests.pages import sign_in, words
from vendors.bids.consortium import Member
from vendors.bids.papers import Attachment


async def member_of(provider: UUID, share: str) -> Member:
    """A provider as a member."""
    row = await fetch(
        "SELECT p.credit_code, o.name FROM provider p JOIN organisation o ON o.id = p.organisation WHERE p.id = $1",
        provider,
    )
    return Member(row[0]["credit_code"], row[0]["name"], Decimal(share))


async def sealed_by_a_consortium(clock: Any) -> tuple[Sealed, AProvider, AProvider]:
    """A bid led by the first provider with a registered and an unknown member, and a bid of another provider."""
    now = await clock.now()
    listing = await a_published_listing(now)
    leader = await a_provider(now, "金堂县第一社会工作服务中心", username="bidder1")
    member = await a_provider(now, "金堂县成员社会工作服务中心", username="member")
    other = await a_provider(now, "金堂县第三社会工作服务中心", username="bidder3")
    members = (await member_of(member.id, "30"), Member("915101210000000000", "没有登记的公司", Decimal("10")))
    paper = Attachment("联合协议.pdf", PDF)
    contents = replace(some_contents(), members=members, agreement=paper.name, attachments=(paper,))
    await a_sealed_bid(listing.lots[0]["id"], leader, now, contents)
    await a_sealed_bid(listing.lots[0]["id"], other, now)
    return Sealed(listing, [leader, other], listing.closes_at + timedelta(minutes=1)), member, other


async def opened(sealed: Sealed, clock: Any) -> None:
    await clock.set(sealed.after)
    for username in ("zhou.lan", "wu.gang"):
        await release(sealed, username, sealed.after)


async def test_before_the_opening_nothing_tells_who_the_members_are_and_afterwards_the_review_does(
    client: httpx.AsyncClient, clock: Any
) -> None:
    sealed, member, _ = await sealed_by_a_consortium(clock)
    sealed_on = (await clock.now()).date()
    assert await fetchval("SELECT count(*) FROM consortium_member") == 0
    seen = "SELECT moment, as_of FROM credit_check WHERE provider = $1 AND listing IS NOT NULL ORDER BY as_of"
    assert await fetch(seen, member.id) == []
    await opened(sealed, clock)
    # each member has its dated proof of the day of sealing and of the deadline
    proofs = [tuple(row) for row in await fetch(seen, member.id)]
    assert proofs == [("sealing", sealed_on), ("cut_off", sealed.listing.closes_at.date())]
    await sign_in(client, "li.qiang")
    page = words((await client.get(f"{sealed.path}/qualification")).text)
    assert "金堂县成员社会工作服务中心" in page and "没有登记的公司" in page and "信用要另行查询" in page
    assert "60%" in page and "30%" in page and "联合协议.pdf" in page and "连带责任" in page
    english = await client.get(f"/en{sealed.path}/qualification")
    assert "jointly and severally" in words(english.text)


async def test_one_bad_member_is_all_at_the_review(clock: Any) -> None:
    sealed, member, _ = await sealed_by_a_consortium(clock)
    await a_published_entry(member.id, await clock.now())
    await opened(sealed, clock)
    bids = await opened_bids(sealed.id)
    against = await exclusions_of(sealed.id, bids, sealed.listing.closes_at)
    by_leader = {bid["provider"]: against[bid["id"]] for bid in bids}
    [found] = [each for each in by_leader[sealed.bidders[0].id] if each.clause == "R-ROLE-09"]
    assert "联合体成员“金堂县成员社会工作服务中心”" in found.sentence.text("zh")
    assert by_leader[sealed.bidders[1].id] == []


async def test_a_member_who_also_bids_alone_is_said_on_both_bids_and_related_ones_across_bids_are_shown(
    clock: Any,
) -> None:
    sealed, member, other = await sealed_by_a_consortium(clock)
    await opened(sealed, clock)
    bids = await opened_bids(sealed.id)
    # all of these providers have the same legal representative: only pairs of different bids are told
    pairs = [{each.first.id, each.second.id} for _, each in await related_bidders(bids)]
    assert {member.id, other.id} in pairs and {member.id, sealed.bidders[0].id} not in pairs
    own = next(bid["id"] for bid in bids if bid["provider"] == other.id)
    await enter_members(own, [await member_of(member.id, "20")])
    against = await exclusions_of(sealed.id, bids, sealed.listing.closes_at)
    assert [[e.clause for e in found] for found in against.values()] == [["R-ROLE-12"], ["R-ROLE-12"]]


@pytest.mark.parametrize(("form", "other", "is_small", "counts"), [
    ("enterprise", "enterprise", True, "30"), ("enterprise", "enterprise", False, "0"),
    ("enterprise", "social_group", False, "0"), ("private_non_enterprise", "enterprise", True, "0"),
])  # fmt: skip
async def test_R_SME_04_a_subcontract_counts_from_an_enterprise_to_a_small_one(
    clock: Any, form: str, other: str, is_small: bool, counts: str
) -> None:
    ready = await a_scored_listing(await clock.now())
    bid, code = ready.bids["和风"], "SELECT credit_code FROM provider WHERE id = $1"
    small = await a_provider(ready.now, username="small")
    declared = "UPDATE provider SET legal_form = $2, is_small_micro = $3 WHERE id = $1"
    await execute(declared, ready.providers["和风"], form, False)
    await execute(declared, small.id, other, is_small)
    named = "UPDATE opened_bid SET subcontract_code = $2, subcontract_share = 30 WHERE id = $1"
    await execute(named, bid, await fetchval(code, small.id))
    await keep_small_subcontract(bid)
    kept = "SELECT small_subcontract FROM opened_bid WHERE id = $1"
    assert await fetchval(kept, bid) == Decimal(counts)
    # a consortium has its members' shares, and nobody gives to itself
    await execute("UPDATE opened_bid SET small_subcontract = 0 WHERE id = $1", bid)
    await execute(named, bid, await fetchval(code, ready.providers["和风"]))
    await keep_small_subcontract(bid)
    assert await fetchval(kept, bid) == 0
    await execute(named, bid, await fetchval(code, small.id))
    await enter_members(bid, [await member_of(small.id, "30")])
    await keep_small_subcontract(bid)
    assert await fetchval(kept, bid) == 0


@pytest.mark.parametrize(("leader_form", "leader_is_small", "member_form", "member_is_small", "share"), [
    ("enterprise", False, "enterprise", True, "30"), ("enterprise", True, "enterprise", False, "70"),
    ("enterprise", True, "enterprise", True, "100"), ("enterprise", False, "enterprise", False, "0"),
    ("private_non_enterprise", False, "enterprise", True, "0"), ("enterprise", True, "social_group", False, "0"),
])  # fmt: skip
async def test_R_SME_04_the_share_of_small_enterprises_counts_among_enterprises_only(
    clock: Any, leader_form: str, leader_is_small: bool, member_form: str, member_is_small: bool, share: str
) -> None:
    """R-SME-02: social organisations have no part in it. What is declared after the opening changes nothing."""
    ready = await a_scored_listing(await clock.now())
    bid = ready.bids["和风"]
    member = await a_provider(ready.now, username="member")
    declared = "UPDATE provider SET legal_form = $2, is_small_micro = $3 WHERE id = $1"
    await execute(declared, ready.providers["和风"], leader_form, leader_is_small)
    await execute(declared, member.id, member_form, member_is_small)
    kept = "SELECT small_share FROM opened_bid WHERE id = $1"
    await keep_small_share(bid)
    assert await fetchval(kept, bid) == 0, "who bids alone is no consortium"
    await enter_members(bid, [await member_of(member.id, "30")])
    await keep_small_share(bid)
    assert await fetchval(kept, bid) == Decimal(share)
    await execute("UPDATE provider SET is_small_micro = false")
    assert await fetchval(kept, bid) == Decimal(share)


async def test_a_member_barred_before_the_award_passes_the_consortium_over(client: Any, clock: Any) -> None:
    ready = await a_scored_listing(await clock.now(), below={"沱江": "6"})
    ally = await a_provider(ready.now, username="member")
    await enter_members(ready.bids["和风"], [await member_of(ally.id, "40")])
    [member] = (await members_of([ready.bids["和风"]]))[ready.bids["和风"]]
    yesterday = ready.now.date() - timedelta(days=1)
    await a_published_entry(
        member["provider"], ready.now, decided_on=yesterday, starts_on=yesterday, ends_on=date(2030, 1, 1),
        hear_until=ready.now.date() + timedelta(days=3),
    )  # fmt: skip
    await determine_award(ready.lot, ready.buyer, ready.now)
    assert (await awards_of(ready.listing.id))[0]["provider"] == ready.providers["沱江"]
    reason = await fetchval("SELECT reason FROM passed_over")
    assert reason.startswith("联合体成员“")
    assert await fetchval("SELECT result FROM credit_check WHERE moment = 'award' AND provider = $1",
                          member["provider"]) == "found"  # fmt: skip


async def test_the_winning_consortium_stands_on_the_award_for_those_inside(client: Any, clock: Any) -> None:
    ready = await a_scored_listing(await clock.now(), below={"沱江": "6"})
    ally = await a_provider(ready.now, username="member")
    await enter_members(ready.bids["和风"], [await member_of(ally.id, "40")])
    await execute("UPDATE opened_bid SET consortium_agreement = '协议.pdf' WHERE id = $1", ready.bids["和风"])
    await determine_award(ready.lot, ready.buyer, ready.now)
    await clock.set(ready.now)
    await sign_in(client, "li.qiang")
    page = words((await client.get(f"/listings/{ready.listing.reference}/award")).text)
    assert "联合体各方" in page and "金堂县和美社会工作服务中心" in page and "40%" in page
    contract = {"lot": ready.lot, "provider": ready.providers["和风"]}
    assert [m["share"] for m in await consortium_of_contract(contract)] == [Decimal("40.00")]
    assert await consortium_of_contract({**contract, "provider": ready.providers["沱江"]}) == []
