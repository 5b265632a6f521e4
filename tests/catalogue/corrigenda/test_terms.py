"""Terms of a published listing are corrected as they were drafted: deposits, panel, low prices, a framework's terms."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from catalogue.corrigenda.proposal import proposal_of
from catalogue.corrigenda.services import approve_corrigendum, draft_corrigendum, save_subject, submit_corrigendum
from catalogue.listings.content import content_of
from catalogue.listings.drafting_queries import terms_of
from catalogue.listings.drafts import Terms
from catalogue.listings.frameworks.queries import framework_of
from catalogue.listings.queries import listing_by_id
from catalogue.listings.version_queries import version_lines, version_of, versions_of
from catalogue.listings.versions import changes, lines_of
from marketplace.kernel.db import fetchrow
from marketplace.kernel.errors import DomainError
from tests.builders_catalogue import Published, a_published_listing
from tests.builders_corrigenda import a_corrigendum, a_published_corrigendum, shown_closing
from tests.builders_frameworks import a_published_framework
from tests.cast import actor
from tests.pages import send, sign_in, words

NEW_TERMS = {
    "subcontract_share": "10", "subcontract_parts": "档案整理", "bid_deposit": "8000", "performance_bond": "5",
    "advance_payment": "30", "bid_validity": "120", "panel_members": "5", "handover": "期满前30日移交名册",
    "handover_share": "5",
}  # fmt: skip
NEW_FRAMEWORK = {
    "basis": "price_first", "way": "rotation", "elimination": "25", "most_admitted": "4", "ceiling-1": "38",
    "approval": "改过的文号",
}  # fmt: skip


async def mistakes_of(corrigendum: UUID, listing: Published, now: datetime) -> dict[str, str | None]:
    row = await fetchrow("SELECT * FROM corrigendum WHERE id = $1", corrigendum)
    assert row is not None
    found = (await proposal_of(dict(row), await listing_by_id(listing.id), now)).mistakes
    return {f"{each.part}.{each.field}": each.clause for each in found}


async def test_r_time_05_corrected_terms_are_a_version_whose_deadline_moves(clock: Any) -> None:
    listing = await a_published_listing(await clock.now(), method="open_tender")
    await clock.set(listing.closes_at - timedelta(days=2))
    now = await clock.now()
    corrigendum = await a_corrigendum(listing, now, subjects={"terms": NEW_TERMS})
    row = await fetchrow("SELECT * FROM corrigendum WHERE id = $1", corrigendum)
    assert row is not None
    previewed = await proposal_of(dict(row), await listing_by_id(listing.id), now)
    assert previewed.affects and previewed.closing.rule_key == "R-TIME-05"
    shown = await shown_closing(corrigendum, listing, now)
    await approve_corrigendum(corrigendum, shown, await actor("li.qiang", now), now)
    after = await listing_by_id(listing.id)
    assert after["closes_at"] == shown > listing.closes_at
    terms = await terms_of(listing.id)
    assert terms is not None and terms.bid_deposit == Decimal(8000) and terms.panel_members == 5
    assert terms.handover_share == 5
    one, two = await version_of(listing.id, 1), await version_of(listing.id, 2)
    old, new = await version_lines(one["id"]), await version_lines(two["id"])
    assert new == lines_of(await content_of(after)) and changes(old, new) == previewed.changes
    assert {each.section for each in previewed.changes} == {"terms", "timetable"}
    (newest, _) = await versions_of(listing.id)
    assert newest["affects_bids"]


async def test_r_corr_01_the_consortium_stays_as_it_was_published_whatever_is_posted(clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now, terms=Terms(admits_consortium=False))
    await a_published_corrigendum(listing, now, subjects={"terms": {**NEW_TERMS, "admits_consortium": "on"}})
    terms = await terms_of(listing.id)
    assert terms is not None and not terms.admits_consortium and terms.handover
    silent = await a_published_listing(now)
    await a_published_corrigendum(silent, now, subjects={"terms": NEW_TERMS})
    kept = await terms_of(silent.id)
    assert kept is not None and kept.admits_consortium


@pytest.mark.parametrize(
    ("typed", "field", "clause"),
    [
        ({"bid_deposit": "10200"}, "bid_deposit", "R-DOC-05"),  # 2 % of 505,000 is 10,100
        ({"performance_bond": "10.5"}, "performance_bond", "R-DOC-05"),
        ({"panel_members": "4"}, "panel_members", "R-COM-02"),
        ({"subcontract_share": "100"}, "subcontract_share", "R-ROLE-13"),
        ({"subcontract_share": "20", "subcontract_parts": ""}, "subcontract_parts", "R-ROLE-13"),
    ],
)
async def test_terms_are_judged_as_in_drafting(clock: Any, typed: dict[str, str], field: str, clause: str) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    drafter = await actor("wang.min", now)
    corrigendum = await draft_corrigendum(listing.reference, "改条件", False, drafter, now)
    await save_subject(corrigendum, "terms", NEW_TERMS | typed, drafter, now)
    assert await mistakes_of(corrigendum, listing, now) == {f"terms.{field}": clause}
    with pytest.raises(DomainError):
        await submit_corrigendum(corrigendum, drafter, now)


async def test_r_doc_05_a_smaller_budget_asks_for_a_smaller_deposit(clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now, terms=Terms(bid_deposit=Decimal(10000)))
    drafter = await actor("wang.min", now)
    corrigendum = await draft_corrigendum(listing.reference, "调低预算", False, drafter, now)
    await save_subject(corrigendum, "money", {"lots-1-budget": "480000", "ceiling": "470000"}, drafter, now)
    assert await mistakes_of(corrigendum, listing, now) == {"terms.bid_deposit": "R-DOC-05"}
    await save_subject(corrigendum, "terms", NEW_TERMS, drafter, now)
    assert await mistakes_of(corrigendum, listing, now) == {}


async def test_the_pages_offer_the_terms_and_say_what_stays(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    drafter = await actor("wang.min", now)
    corrigendum = await draft_corrigendum(listing.reference, "改保证金", False, drafter, now)
    base = f"/listings/{listing.reference}/corrigenda/{corrigendum}"
    await sign_in(client, "wang.min")
    shown = words((await client.get(base)).text)
    assert "分包和合同条件" in shown and "是否接受联合体 ：这决定谁可以参加" in shown and "框架协议条件" not in shown
    for clause in ("R-CORR-01", "R-METH-02", "R-TIME-07", "R-OPEN-01"):
        assert clause in shown
    form = (await client.get(f"{base}/terms")).text
    assert 'name="bid_deposit"' in form and 'name="admits_consortium"' not in form
    bad = await send(client, f"{base}/terms", {**NEW_TERMS, "bid_deposit": "很多", "panel_members": "x"})
    assert bad.status_code == 422 and 'value="很多"' in bad.text
    assert (await send(client, f"{base}/terms", NEW_TERMS)).status_code == 303
    assert (await send(client, f"{base}/terms", NEW_TERMS)).status_code == 303
    assert "8,000.00" in words((await client.get(base)).text)
    for kept in ("consortium", "method", "approval", "issue"):
        assert (await client.get(f"{base}/{kept}")).status_code == 403
    for strange in ("framework", "criteria2"):
        assert (await client.get(f"{base}/{strange}")).status_code == 404
    await sign_in(client, "liu.fang")
    assert (await client.get(f"{base}/terms")).status_code in (403, 404)


async def test_r_frm_04_the_terms_of_a_closed_framework_are_corrected(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_framework(now)
    before = await framework_of(listing.id)
    drafter = await actor("tan.rong", now)
    corrigendum = await draft_corrigendum(listing.reference, "单价上限写错了", False, drafter, now)
    base = f"/listings/{listing.reference}/corrigenda/{corrigendum}"
    await sign_in(client, "tan.rong")
    form = await client.get(f"{base}/framework")
    assert form.status_code == 200 and 'name="ceiling-1"' in form.text and 'name="approval"' not in form.text
    low = {**NEW_FRAMEWORK, "elimination": "10", "ceiling-1": "99999999"}
    assert (await send(client, f"{base}/framework", low)).status_code == 303
    found = await mistakes_of(corrigendum, listing, now)
    assert found == {"framework.elimination": "R-FRM-02", "framework.ceiling-1": "R-FRM-04"}
    assert (await send(client, f"{base}/framework", {**NEW_FRAMEWORK, "ceiling-1": ""})).status_code == 422
    assert (await send(client, f"{base}/framework", {**NEW_FRAMEWORK, "ceiling-9": "5"})).status_code == 303
    assert await mistakes_of(corrigendum, listing, now) == {}
    await submit_corrigendum(corrigendum, drafter, now)
    shown = await shown_closing(corrigendum, listing, now)
    await approve_corrigendum(corrigendum, shown, await actor("jiang.bo", now), now)
    after = await framework_of(listing.id)
    assert before is not None and after is not None
    assert after.way == "rotation" and after.ceilings == {1: Decimal(38)} and after.approval == before.approval


async def test_the_terms_of_a_framework_draft_are_shown(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_framework(now)
    await sign_in(client, "tan.rong")
    page = await client.get(f"/listings/drafts/{listing.id}/framework")
    assert page.status_code == 200 and "20" in page.text
