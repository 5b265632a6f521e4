"""Who helped to prepare a project: the bar reaches members and affiliates; once the bids are in, two people decide."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from catalogue.listings.drafts import Terms
from catalogue.listings.queries import listing_by_id
from catalogue.notices.document_terms import terms_words
from evaluations.opening.consortia import enter_members
from evaluations.opening.queries import exclusions_of
from marketplace.kernel.db import execute, fetch, fetchval
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused
from tests.builders_catalogue import a_published_listing
from tests.builders_evaluations import Opened, a_scored_listing
from tests.builders_vendors import PDF, a_provider, new_provider
from tests.cast import actor
from tests.pages import send, sign_in, words
from vendors.bids.consortium import Member
from vendors.providers.queries import provider_by_id
from vendors.providers.services import register_provider
from vendors.relations.helper_services import NewHelper, confirm_helper, end_helper, keep_helper, record_helper
from vendors.relations.queries import helper_exclusions_of

STRANGER = "91510121MA6CTJ0000"


def a_helper(code: str, **changed: Any) -> NewHelper:
    """Somebody who designed the project."""
    return NewHelper(**{"kind": "design", "scope": "project", "name": "设计院", "credit_code": code,
                        "source": "HT-2025-0003", **changed})  # fmt: skip


async def code_of(provider: UUID) -> str:
    return str((await provider_by_id(provider))["credit_code"])


async def opened_bids(opened: Opened) -> list[dict[str, Any]]:
    rows = await fetch(
        "SELECT b.id, b.lot, b.provider, p.credit_code, p.legal_form, o.name AS provider_name FROM opened_bid b"
        " JOIN provider p ON p.id = b.provider JOIN organisation o ON o.id = p.organisation"
    )
    return [dict(row) for row in rows]


async def barred(opened: Opened) -> dict[str, list[str]]:
    """Whom R-ROLE-08 excludes at the review, with the sentences."""
    bids = await opened_bids(opened)
    found = await exclusions_of(opened.listing.id, bids, opened.listing.closes_at)
    return {
        bid["provider_name"]: said
        for bid in bids
        if (said := [str(each.sentence) for each in found[bid["id"]] if each.clause == "R-ROLE-08"])
    }


async def test_r_role_08_a_member_of_a_consortium_that_designed_the_project_bars_the_bid(clock: Any) -> None:
    opened = await a_scored_listing(await clock.now())
    await a_provider(opened.now, "绿岛社会工作服务中心", username="lvdao")
    code = await fetchval("SELECT credit_code FROM provider WHERE reference NOT IN (SELECT p.reference FROM provider p"
                          " JOIN opened_bid b ON b.provider = p.id)")  # fmt: skip
    await enter_members(opened.bids["和风"], [Member(code, "绿岛社会工作服务中心", Decimal(30))])
    before = opened.listing.closes_at - timedelta(days=1)
    await record_helper(opened.listing.reference, a_helper(code), await actor("wang.min", before), before)
    found = await barred(opened)
    assert len(found) == 1
    (said,) = found.values()
    assert "联合体成员“绿岛社会工作服务中心”" in said[0] and "HT-2025-0003" in said[0]


async def test_r_role_08_an_affiliate_is_barred_with_the_path_and_a_mere_namesake_is_not(clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    held = await a_provider(now)
    other = new_provider("成都惠民康养服务有限公司", "enterprise", "huimin")
    await register_provider(other, now)
    own = await code_of(held.id)
    wang = await actor("wang.min", now)
    await record_helper(listing.reference, a_helper(STRANGER), wang, now)
    found = await listing_by_id(listing.id)
    assert (await helper_exclusions_of(found, [own]))[own] == []
    person = await fetchval("SELECT id FROM person LIMIT 1")
    await execute(
        "INSERT INTO related_party (id, provider, kind, name, credit_code, entered_by, entered_at)"
        " VALUES (gen_random_uuid(), $1, 'managed_by', '设计院', $2, $3, $4)", held.id, STRANGER, person, now,
    )  # fmt: skip
    (against,) = (await helper_exclusions_of(found, [own]))[own]
    assert against.clause == "R-ROLE-08" and "由其管理： 设计院" in str(against.sentence)
    # the same name at the head of two bodies is not known to be the same person
    await execute("UPDATE provider SET legal_representative = '何芳'")
    await execute("UPDATE related_party SET ended_at = $1", now)
    registered = await fetchval("SELECT credit_code FROM provider WHERE id <> $1", held.id)
    await record_helper(listing.reference, a_helper(registered), wang, now)
    assert (await helper_exclusions_of(found, [own]))[own] == []


async def test_a_bidder_sees_that_its_member_designed_the_project(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    leader = await a_provider(now)
    await a_provider(now, "沱江社会工作服务中心", username="tuojiang")
    code = await fetchval("SELECT credit_code FROM provider WHERE reference <> $1", leader.reference)
    await record_helper(listing.reference, a_helper(code), await actor("wang.min", now), now)
    await sign_in(client, leader.username)
    path = f"/listings/{listing.reference}/lots/1/bid/consortium"
    paper = {"agreement": ("联合协议.pdf", PDF, "application/pdf")}
    assert (await send(client, path, {"code_1": code, "share_1": "30"}, files=paper)).status_code == 303
    for address in (path, "/en" + path):
        assert "HT-2025-0003" in words((await client.get(address)).text)


async def test_r_role_08_once_the_bids_are_in_a_record_counts_after_a_second_person_and_the_bidders_hear(
    client: httpx.AsyncClient, clock: Any
) -> None:
    opened = await a_scored_listing(await clock.now())
    reference, now = opened.listing.reference, opened.now
    code = await code_of(opened.providers["和风"])
    wang, li = await actor("wang.min", now), await actor("li.qiang", now)
    helper = await record_helper(reference, a_helper(code), wang, now)
    assert await barred(opened) == {}
    await clock.set(now)
    await sign_in(client, "wang.min")
    page = await client.get(f"/listings/{reference}/helpers")
    assert "核实以前不算数" in words(page.text) and f"{helper}/confirm" not in page.text
    alone = await send(client, f"/listings/{reference}/helpers/{helper}/confirm")
    assert alone.status_code == 403 and "另一个人核实" in words(alone.text)
    await sign_in(client, "li.qiang")
    assert "核实参与过前期工作的登记" in words((await client.get("/work")).text)
    assert f"{helper}/confirm" in (await client.get(f"/en/listings/{reference}/helpers")).text
    before = await fetchval("SELECT count(*) FROM outbox_message")
    assert (await send(client, f"/listings/{reference}/helpers/{helper}/confirm")).status_code == 303
    assert len(await barred(opened)) == 1
    told = await fetch("SELECT payload->>'body' AS body FROM outbox_message WHERE payload->>'body' LIKE '%HT-2025%'")
    bidders = await fetchval(
        "SELECT count(DISTINCT x.email) FROM bid b JOIN provider p ON p.id = b.provider JOIN membership m"
        " ON m.organisation = p.organisation JOIN person x ON x.id = m.person WHERE x.email <> ''"
    )
    assert bidders and len(told) == bidders
    assert await fetchval("SELECT count(*) FROM outbox_message") == before + bidders
    with pytest.raises(Conflict):
        await confirm_helper(reference, helper, li, now)
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'listing.helper_confirmed'") == 1


async def test_r_role_08_taking_a_record_back_after_the_deadline_needs_a_second_person_too(clock: Any) -> None:
    opened = await a_scored_listing(await clock.now())
    reference, now, early = opened.listing.reference, opened.now, opened.listing.closes_at - timedelta(days=1)
    code = await code_of(opened.providers["和风"])
    wang, li = await actor("wang.min", now), await actor("li.qiang", now)
    helper = await record_helper(reference, a_helper(code), wang, early)
    await end_helper(reference, helper, wang, now)
    assert len(await barred(opened)) == 1
    with pytest.raises(Forbidden) as refused:
        await confirm_helper(reference, helper, wang, now)
    assert refused.value.clause == "R-ROLE-08"
    await keep_helper(reference, helper, li, now)
    await keep_helper(reference, helper, li, now)
    with pytest.raises(Conflict):
        await confirm_helper(reference, helper, li, now)
    await end_helper(reference, helper, wang, now)
    await confirm_helper(reference, helper, li, now)
    assert await barred(opened) == {}
    acts = await fetch("SELECT act FROM audit_entry WHERE act LIKE 'listing.helper%'")
    assert sorted(row["act"] for row in acts) == sorted([
        "listing.helper_recorded", "listing.helper_removal_asked", "listing.helper_kept",
        "listing.helper_removal_asked", "listing.helper_removed",
    ])  # fmt: skip


async def test_r_role_08_a_programme_counts_only_where_it_is_named(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    wang = await actor("wang.min", now)
    plain = await a_published_listing(now)
    with pytest.raises(FormRefused) as refused:
        await record_helper(plain.reference, a_helper(STRANGER, scope="programme"), wang, now)
    assert set(refused.value.errors) == {"scope"}
    named = await a_published_listing(now, terms=Terms(programme="金堂县社会救助项目群"))
    await record_helper(named.reference, a_helper(STRANGER, scope="programme", kind="evaluation"), wang, now)
    for address in (f"/listings/{named.reference}", f"/en/listings/{named.reference}"):
        page = await client.get(address)
        assert "金堂县社会救助项目群" in words(page.text) and "R-ROLE-08" in page.text
    assert "R-ROLE-08" not in (await client.get(f"/listings/{plain.reference}")).text


def test_the_procurement_document_prints_who_may_not_take_part_because_it_prepared_the_project() -> None:
    project = terms_words(Terms(), [])["prepared"]
    assert "除单一来源外，不得参加本项目" in project and "项目群" not in project and "联合体成员" in project
    programme = terms_words(Terms(programme="救助项目群"), [])["prepared"]
    assert "属于项目群“救助项目群”" in programme and "绩效评价" in programme
