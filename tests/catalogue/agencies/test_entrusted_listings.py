"""R-ROLE-04, R-ROLE-05: an agency runs a listing within its agreement; what stays with the buyer stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from catalogue.corrigenda.services import draft_corrigendum
from catalogue.listings import queries
from catalogue.listings.draft_queries import parts_of
from catalogue.listings.drafting_queries import section_of
from catalogue.listings.drafts import Requirement
from catalogue.listings.entrusting.queries import standing_confirmation
from catalogue.listings.entrusting.services import confirm_document, entrust_listing
from catalogue.listings.preparation.services import file_plan
from catalogue.listings.services import cancel_listing, publish_listing, return_to_draft, save_draft, submit_for_review
from catalogue.questions.services import NewAnswer, answer_question
from evaluations.awards.services import determine_award
from evaluations.panel.services import appoint_member
from marketplace.accounts.agencies.services import end_agreement
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import KEPT_FROM, Permission, Role
from marketplace.demo.notices import filed_plan
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetchval
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from tests.builders_agencies import (
    a_confirmed_draft,
    an_agencys_listing,
    an_agreement,
    an_entrusted_draft,
)  # fmt: skip
from tests.builders_catalogue import a_budget_line, a_draft, a_published_listing
from tests.builders_vendors import a_provider, a_sealed_bid
from tests.cast import actor
from tests.pages import send, sign_in, words


async def _save(listing: Any, who: Any, now: Any) -> int:
    row = await queries.listing_by_id(listing)
    part = next(each for each in await parts_of(row) if isinstance(each, Requirement))
    version = (await section_of(listing, "requirement"))["version"]
    return await save_draft(listing, version, part, who, now)


async def test_an_agency_drafts_only_what_was_entrusted_to_it(db: Any, clock: Any) -> None:
    now = await clock.now()
    agreement, listing = await an_agreement(now), await a_draft(now)
    hu = await actor("hu.yan", now)
    with pytest.raises(Forbidden) as refused:
        await _save(listing, hu, now)
    assert refused.value.clause == "R-ROLE-05"
    await entrust_listing(listing, agreement, await actor("wang.min", now), now)
    assert await _save(listing, hu, now) > 0


async def test_an_act_outside_the_scope_is_refused_with_the_agreement_and_the_clause(db: Any, clock: Any) -> None:
    now = await clock.now()
    listing = await an_entrusted_draft(now, (Entrusted.ANSWER,))
    with pytest.raises(Forbidden) as refused:
        await _save(listing, await actor("hu.yan", now), now)
    assert refused.value.clause == "R-ROLE-05" and "编制采购文件" in str(refused.value.sentence)


async def test_after_its_last_day_the_agency_may_do_nothing_more(db: Any, clock: Any) -> None:
    now = await clock.now()
    listing = await an_entrusted_draft(now)
    later = now + timedelta(days=366)
    with pytest.raises(Forbidden) as refused:
        await _save(listing, await actor("hu.yan", later), later)
    assert refused.value.clause == "R-ROLE-05" and "不在有效期内" in str(refused.value.sentence)


async def test_an_ended_agreement_stops_the_agency_at_once(db: Any, clock: Any) -> None:
    now = await clock.now()
    listing = await an_entrusted_draft(now)
    row = await queries.listing_by_id(listing)
    await end_agreement(row["agreement_reference"], "不再委托", await actor("li.qiang", now), now)
    with pytest.raises(Forbidden):
        await _save(listing, await actor("hu.yan", now), now)


async def test_nothing_is_published_before_the_buyer_confirmed_the_document(db: Any, clock: Any) -> None:
    now = await clock.now()
    listing = await an_entrusted_draft(now)
    hu, li = await actor("hu.yan", now), await actor("li.qiang", now)
    await submit_for_review(listing, hu, now)
    with pytest.raises(DomainError) as refused:
        await publish_listing(listing, hu, now)
    assert refused.value.clause == "R-ROLE-05" and "采购文件确认函" in str(refused.value.sentence)
    with pytest.raises(Forbidden):  # the agency never confirms for the buyer
        await confirm_document(listing, hu, now)
    with pytest.raises(Forbidden) as own:  # nor does the drafter
        await confirm_document(listing, await actor("wang.min", now), now)
    assert own.value.clause == "R-ROLE-03"
    await confirm_document(listing, li, now + timedelta(minutes=1))
    with pytest.raises(Conflict):
        await confirm_document(listing, li, now + timedelta(minutes=2))
    await publish_listing(listing, hu, now + timedelta(minutes=3))
    row = await queries.listing_by_id(listing)
    assert row["status"] == "published" and row["approved_by"] == li.person_id


async def test_a_document_that_changed_after_the_confirmation_is_confirmed_anew(db: Any, clock: Any) -> None:
    now = await clock.now()
    listing = await a_confirmed_draft(now)
    hu, li = await actor("hu.yan", now), await actor("li.qiang", now)
    await return_to_draft(listing, "补充服务标准", li, now + timedelta(minutes=2))
    await _save(listing, hu, now)
    await submit_for_review(listing, hu, now + timedelta(minutes=3))
    assert await standing_confirmation(await queries.listing_by_id(listing)) is None
    with pytest.raises(DomainError):
        await publish_listing(listing, hu, now + timedelta(minutes=4))
    await confirm_document(listing, li, now + timedelta(minutes=5))
    await publish_listing(listing, hu, now + timedelta(minutes=6))


async def test_what_stays_with_the_buyer_stays(db: Any, clock: Any) -> None:
    now = await clock.now()
    drafted = await an_entrusted_draft(now)
    hu = await actor("hu.yan", now)
    with pytest.raises(Forbidden) as plan:
        await file_plan(drafted, filed_plan(county_day(now)), hu, now)
    with pytest.raises(Forbidden) as cancelled:
        await cancel_listing(drafted, "不办了", hu, now)
    lot = (await queries.lots(drafted))[0]["id"]
    with pytest.raises(Forbidden) as determined:
        await determine_award(lot, hu, now)
    assert {each.value.clause for each in (plan, cancelled, determined)} == {"R-ROLE-05"}
    for permission in (Permission.APPROVE_LISTING, Permission.DETERMINE_AWARD, Permission.REVIEW_QUALIFICATION):
        assert KEPT_FROM[Role.AGENCY, permission] == "R-ROLE-05" and not hu.may(permission)


async def test_an_agency_neither_bids_nor_judges_what_it_runs(db: Any, clock: Any) -> None:
    """R-ROLE-04: no bid, no seat on the panel."""
    now = await clock.now()
    published = await an_agencys_listing(now)
    hu, peng = await actor("hu.yan", now), await actor("peng.bo", now)
    assert not hu.may(Permission.BID) and KEPT_FROM[Role.AGENCY, Permission.BID] == "R-ROLE-04"
    with pytest.raises(DomainError) as seat:
        await appoint_member(published.id, peng.person_id, "expert", "省库抽取", hu, now)
    assert seat.value.clause == "R-ROLE-04"
    expert = await actor("yang.hua", now)
    assert await appoint_member(published.id, expert.person_id, "expert", "省库抽取", hu, now)


async def test_an_agency_answers_and_corrects_within_its_scope_only(db: Any, clock: Any) -> None:
    now = await clock.now()
    published = await an_agencys_listing(now, (Entrusted.DRAFT, Entrusted.PUBLISH, Entrusted.CHANGE))
    hu, later = await actor("hu.yan", now), now + timedelta(hours=1)
    assert await draft_corrigendum(published.reference, "写明结算方式", True, hu, later)
    with pytest.raises(Forbidden) as refused:
        await answer_question(published.reference, published.id, NewAnswer("问", "答"), hu, later)
    assert refused.value.clause == "R-ROLE-05" and "答复询问" in str(refused.value.sentence)


@pytest.mark.parametrize(
    ("bidder", "is_refused"),
    [
        ("成都信诚采购代理有限公司", True), ("成都信诚采购代理有限公司金堂分公司", True),
        ("成都信诚社会工作服务中心", False),
    ],
)  # fmt: skip
async def test_R_ROLE_04_neither_the_agency_nor_its_branch_bids_in_a_listing_it_runs(
    bidder: str, is_refused: bool, clock: Any
) -> None:
    now = await clock.now()
    published = await an_agencys_listing(now)
    provider = await a_provider(now, name=bidder, username="xincheng")
    if not is_refused:
        assert await a_sealed_bid(published.lots[0]["id"], provider, now)
        return
    with pytest.raises(Forbidden) as refused:
        await a_sealed_bid(published.lots[0]["id"], provider, now)
    assert refused.value.clause == "R-ROLE-04"
    other = await a_published_listing(now, await a_budget_line(now))
    assert await a_sealed_bid(other.lots[0]["id"], provider, now)  # where it runs nothing it is a bidder like others


async def test_everybody_reads_who_runs_the_listing(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    published = await an_agencys_listing(now)
    page = words((await client.get(f"/listings/{published.reference}")).text)
    assert "由 成都信诚采购代理有限公司 办理" in page
    notice = words((await client.get(f"/listings/{published.reference}/notices/consultation")).text)
    assert "成都信诚采购代理有限公司" in notice
    document = words((await client.get(f"/listings/{published.reference}/notices/document")).text)
    assert "固定收费 8000 元，由中标（成交）供应商承担。" in document


async def test_the_buyer_entrusts_confirms_and_the_agency_publishes_on_the_pages(
    client: httpx.AsyncClient, clock: Any
) -> None:
    now = await clock.now()
    agreement, listing = await an_agreement(now), await a_draft(now)
    here = f"/listings/drafts/{listing}"
    await sign_in(client, "hu.yan")
    assert (await client.get(here)).status_code == 404
    assert (await client.get("/listings/drafts/new")).status_code == 403
    await sign_in(client, "wang.min")
    assert (await send(client, f"{here}/agency", {"agreement": str(listing)})).status_code == 422
    assert (await send(client, f"{here}/agency", {"agreement": str(agreement)})).status_code == 303
    await sign_in(client, "hu.yan")
    assert "编制采购文件" in words((await client.get("/work")).text)
    assert (await client.get(f"{here}/agency")).status_code == 403
    assert (await send(client, f"{here}/check")).status_code == 303
    assert "等待采购人确认采购文件" in words((await client.get(f"{here}/check")).text)
    await sign_in(client, "li.qiang")
    assert "确认采购文件" in words((await client.get("/work")).text)
    assert "出具采购文件确认函" in words((await client.get(f"{here}/check")).text)
    await clock.set(now + timedelta(minutes=5))
    assert (await send(client, f"{here}/confirm")).status_code == 303
    assert (await send(client, f"{here}/confirm")).status_code == 409
    assert "复核公告" not in words((await client.get("/work")).text)
    for name in ("agency-agreement.docx", "document-confirmation.docx"):
        assert (await client.get(f"/listings/papers/{listing}/{name}")).status_code == 200
    await sign_in(client, "hu.yan")
    assert "发布公告" in words((await client.get("/work")).text)
    answer = await send(client, f"{here}/publish")
    assert answer.status_code == 303
    assert await fetchval("SELECT status FROM listing WHERE id = $1", listing) == "published"
