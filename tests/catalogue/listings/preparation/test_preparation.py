"""What must stand before publication: the filed plan (R-PLAN-01), the survey and its close review (R-DOC-09)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from catalogue.items.rules import Category
from catalogue.listings.drafting_queries import NEVER_SAVED
from catalogue.listings.drafts import ListingDraft, Qualification
from catalogue.listings.preparation.queries import preparation
from catalogue.listings.preparation.rules import (
    INTERNAL_SIDES,
    Ground,
    Member,
    NeedFacts,
    check_review,
    check_survey,
    needs_plan,
    survey_grounds,
)  # fmt: skip
from catalogue.listings.preparation.services import file_plan, receive_plan, record_review, record_survey
from catalogue.listings.queries import listing_by_id
from catalogue.listings.services import (
    draft_listing,
    publish_listing,
    return_to_draft,
    save_draft,
    submit_for_review,
)
from catalogue.work import waiting_for
from marketplace.demo.notices import filed_plan
from marketplace.kernel.db import execute, fetchval, transaction
from marketplace.kernel.errors import DomainError, Forbidden, FormRefused
from tests.builders_catalogue import (
    a_budget_line,
    a_close_review,
    a_draft,
    a_published_listing,
    a_survey,
    n1_draft,
    registered_openers,
)  # fmt: skip
from tests.cast import actor, office
from tests.pages import send, sign_in, words

TODAY = date(2026, 3, 2)
PLAN = {
    "quantity": "1 项", "organisation_form": "self", "begins_on": "2026-03-09", "pricing": "fixed_total",
    "policy": "价格扣除 10%", "acceptance": "按月验收", "risks": "无",
}  # fmt: skip
SURVEY = {
    "method": "questionnaire", "ended_on": "2026-02-20", "market": "有", "history": "无", "follow_up": "无",
    "public_opinion": "采纳", "sources-0-kind": "provider", "sources-0-name": "暖阳", "sources-0-said": "能做",
    "sources-3-kind": "resident", "sources-3-name": "居民代表", "sources-3-said": "周末也要",
    "sources-4-kind": "resident",
}  # fmt: skip
REVIEW = {
    "held_on": "2026-03-02", "discrimination": "无", "competition": "充分", "policy": "已落实", "risk": "可控",
    "counsel": "某律师事务所", "outcome": "passed",
    **{f"members-{i}-side": side for i, side in enumerate(INTERNAL_SIDES)},
    **{f"members-{i}-name": f"审查人{i}" for i in range(4)},
}  # fmt: skip


async def bare_draft(now: Any, item_code: str = "A02", **changed: Any) -> UUID:
    """A whole draft by wang.min for which nothing was prepared."""
    line = await a_budget_line(now, item_code=item_code)
    await registered_openers(now)
    draft: ListingDraft = await n1_draft(now, line, **changed)
    return await draft_listing(draft, await actor("wang.min", now), now)


async def handed_over(listing: UUID, now: Any) -> None:
    await submit_for_review(listing, await actor("wang.min", now), now)


def facts(**changed: Any) -> NeedFacts:
    base = NeedFacts(False, Decimal(505000), frozenset({Category.ADMINISTRATIVE}), Decimal(500000), Decimal(10_000_000))
    return replace(base, **changed)


def test_r_plan_01_a_plan_is_needed_from_the_limit_on() -> None:
    assert needs_plan(facts(budget=Decimal("500000.00")))
    assert not needs_plan(facts(budget=Decimal("499999.99")))
    assert not needs_plan(facts(is_local=True))


@pytest.mark.parametrize(
    ("changed", "grounds"),
    [
        ({}, ()),
        ({"categories": frozenset({Category.SERVICE})}, (Ground.PUBLIC_SERVICE,)),
        ({"budget": Decimal("10000000.00")}, (Ground.AMOUNT,)),
        ({"budget": Decimal("9999999.99")}, ()),
        ({"budget": Decimal("400000"), "categories": frozenset({Category.SERVICE})}, ()),
    ],
)
def test_r_doc_09_a_survey_is_needed_by_amount_and_for_public_services(changed: Any, grounds: Any) -> None:
    assert survey_grounds(facts(**changed)) == grounds


def test_r_doc_09_three_market_subjects_or_a_reason_and_the_public_is_heard() -> None:
    survey = a_survey(TODAY)
    oldest = TODAY - timedelta(days=365)
    assert check_survey(survey, 3, oldest, TODAY) == {}
    two = replace(survey, sources=survey.sources[1:])
    assert set(check_survey(two, 3, oldest, TODAY)) == {"few_reason"}
    assert check_survey(replace(two, few_reason="全县只有两家"), 3, oldest, TODAY) == {}
    unheard = replace(survey, sources=tuple(s for s in survey.sources if s.kind != "resident"))
    assert set(check_survey(unheard, 3, oldest, TODAY)) == {"public_opinion"}
    assert set(check_survey(replace(survey, ended_on=TODAY + timedelta(days=1)), 3, oldest, TODAY)) == {"ended_on"}


def test_r_doc_09_an_earlier_survey_stands_for_a_year_and_not_a_day_longer() -> None:
    earlier = replace(a_survey(TODAY), method="earlier", sources=(), earlier_reference="JT-2025-0003")
    oldest = date(2025, 3, 2)
    assert check_survey(replace(earlier, ended_on=oldest), 3, oldest, TODAY) == {}
    assert set(check_survey(replace(earlier, ended_on=oldest - timedelta(days=1)), 3, oldest, TODAY)) == {"ended_on"}
    assert set(check_survey(replace(earlier, earlier_reference=""), 3, oldest, TODAY)) == {"earlier_reference"}


def test_r_doc_09_four_sides_review_and_nobody_who_wrote_the_draft() -> None:
    members = [Member(side, f"{side}甲") for side in INTERNAL_SIDES]
    assert check_review(TODAY, members, ["王敏"], TODAY) == {}
    assert set(check_review(TODAY, members[:3], ["王敏"], TODAY)) == {"members-0-side"}
    assert set(check_review(TODAY, [*members, Member("expert", "王敏")], ["王敏"], TODAY)) == {"members-4-name"}


async def test_r_plan_01_nothing_is_published_before_the_plan_is_filed(db: Any, clock: Any) -> None:
    now = await clock.now()
    listing = await bare_draft(now)
    await handed_over(listing, now)
    reviewer = await actor("li.qiang", now)
    with pytest.raises(DomainError, match="还没有报财政备案") as refused:
        await publish_listing(listing, reviewer, now)
    assert refused.value.clause == "R-PLAN-01"
    with pytest.raises(Forbidden):
        await file_plan(listing, filed_plan(TODAY), await actor("zhao.lei", now), now)
    assert await file_plan(listing, filed_plan(TODAY), await actor("wang.min", now), now) == "BA-2026-0001"
    await publish_listing(listing, reviewer, now)


async def test_r_plan_01_a_plan_with_another_budget_is_filed_anew(db: Any, clock: Any) -> None:
    now = await clock.now()
    listing = await bare_draft(now)
    await file_plan(listing, filed_plan(TODAY), await actor("wang.min", now), now)
    await execute("UPDATE listing SET budget = 504999.99, ceiling = 504999.99 WHERE id = $1", listing)
    (missing,) = (await preparation(await listing_by_id(listing), now)).missing
    assert "505,000.00" in missing.sentence.text("zh") and "504,999.99" in missing.sentence.text("zh")
    await file_plan(listing, filed_plan(TODAY), await actor("wang.min", now), now)
    assert (await preparation(await listing_by_id(listing), now)).missing == ()


async def test_a_purchase_under_the_limit_is_not_filed(db: Any, clock: Any) -> None:
    now = await clock.now()
    budget = Decimal("190000.00")
    listing = await bare_draft(now, method="under_limit", budget=budget, ceiling=budget, reservation_ground="")
    await handed_over(listing, now)
    await publish_listing(listing, await actor("li.qiang", now), now)


async def test_r_doc_09_a_public_service_waits_for_survey_and_close_review(db: Any, clock: Any) -> None:
    now = await clock.now()
    listing = await bare_draft(now, item_code="S01")
    drafter, reviewer = await actor("wang.min", now), await actor("li.qiang", now)
    await file_plan(listing, filed_plan(TODAY), drafter, now)
    await handed_over(listing, now)
    for said, step in (
        ("应当先做需求调查", record_survey(listing, a_survey(TODAY), None, drafter, now)),
        ("应当重点审查", record_review(listing, a_close_review(TODAY, is_passed=False), drafter, now)),
        ("重点审查没有通过", record_review(listing, a_close_review(TODAY), drafter, now)),
    ):
        with pytest.raises(DomainError, match=said) as refused:
            await publish_listing(listing, reviewer, now)
        assert refused.value.clause == "R-DOC-09"
        await step
    await return_to_draft(listing, "改资格", reviewer, now)
    await save_draft(listing, NEVER_SAVED, Qualification("不接受联合体。"), drafter, now)
    await handed_over(listing, now)
    with pytest.raises(DomainError, match="内容又改过了"):
        await publish_listing(listing, reviewer, now)
    await record_review(listing, a_close_review(TODAY), drafter, now)
    await publish_listing(listing, reviewer, now)


async def test_who_wrote_the_draft_does_not_sit_in_its_close_review(db: Any, clock: Any) -> None:
    now = await clock.now()
    listing = await bare_draft(now, item_code="S01")
    own = replace(a_close_review(TODAY), members=(*a_close_review(TODAY).members, Member("expert", "王敏")))
    with pytest.raises(FormRefused) as refused:
        await record_review(listing, own, await actor("wang.min", now), now)
    assert set(refused.value.errors) == {"members-4-name"}


async def test_the_buyer_files_and_finance_notes_it_as_a_record_only(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    listing = await bare_draft(now)
    here = f"/listings/drafts/{listing}/plan"
    await sign_in(client, "wang.min")
    assert "还没有报财政备案" in words((await client.get(here)).text)
    bad = await send(client, here, {**PLAN, "begins_on": "2026-03-01", "risks": "", "pricing": "x"})
    assert bad.status_code == 422 and "请填写“风险管控措施”" in words(bad.text) and "1 项" in bad.text
    late = await send(client, here, {**PLAN, "begins_on": "2026-03-01"})
    assert late.status_code == 422 and "已经过去" in words(late.text)
    assert (await send(client, here, PLAN)).status_code == 303
    assert "已报财政备案：BA-2026-0001" in words((await client.get(here)).text)
    assert "Filing is no approval" in words((await client.get(f"/en{here}")).text)
    assert (await client.get("/plans/filed")).status_code == 403
    finance = await actor("zhao.lei", now)
    assert [item.url for item in await waiting_for(finance, now)] == ["/plans/filed"]
    await sign_in(client, "zhao.lei")
    assert "BA-2026-0001" in words((await client.get("/plans/filed")).text)
    refused = await send(client, here, PLAN)
    assert refused.status_code == 403 and "R-ROLE-02" in refused.text
    plan = await fetchval("SELECT id FROM implementation_plan")
    for _ in range(2):
        assert (await send(client, f"/plans/filed/{plan}/receive")).status_code == 303
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'listing.plan_received'") == 1
    assert await waiting_for(finance, now) == []
    assert (await send(client, f"/plans/filed/{UUID(int=0)}/receive")).status_code == 404


async def test_survey_and_close_review_are_recorded_on_their_page(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    listing = await bare_draft(now, item_code="S01")
    here = f"/listings/drafts/{listing}"
    await sign_in(client, "wang.min")
    assert "应当先做需求调查" in words((await client.get(f"{here}/survey")).text)
    few = await send(client, f"{here}/survey", SURVEY)
    assert few.status_code == 422 and "一般不少于 3 个，现在有 1 个" in words(few.text) and "暖阳" in few.text
    assert (await send(client, f"{here}/survey", {**SURVEY, "few_reason": "全县只有一家"})).status_code == 303
    bad = await send(client, f"{here}/requirement-review", {**REVIEW, "members-1-name": "王敏", "members-0-side": "x"})
    assert bad.status_code == 422
    own = await send(client, f"{here}/requirement-review", {**REVIEW, "members-1-name": "王敏"})
    assert own.status_code == 422 and "王敏 参加了编制" in words(own.text)
    assert (await send(client, f"{here}/requirement-review", REVIEW)).status_code == 303
    shown = words((await client.get(f"{here}/survey")).text)
    for said in ("需求调查和重点审查都已完成", "居民代表", "全县只有一家", "某律师事务所", "审查人3"):
        assert said in shown
    assert "Survey and close review are done" in words((await client.get(f"/en{here}/survey")).text)


async def test_strangers_and_published_listings_take_no_records(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    published = await a_published_listing(now)
    await sign_in(client, "wang.min")
    here = f"/listings/drafts/{published.id}"
    assert (await send(client, f"{here}/plan", PLAN)).status_code == 409
    other = await bare_draft(now)
    await fetchval("UPDATE listing SET procuring_unit = $1 WHERE id = $2 RETURNING id", await office("wufeng"), other)
    for page in ("plan", "survey"):
        assert (await client.get(f"/listings/drafts/{other}/{page}")).status_code == 404
    assert (await send(client, f"/listings/drafts/{other}/plan", PLAN)).status_code == 404
    assert (await send(client, f"/listings/drafts/{other}/requirement-review", REVIEW)).status_code == 404


async def test_r_plan_01_what_was_recorded_before_publication_is_never_rewritten(db: Any, clock: Any) -> None:
    now = await clock.now()
    listing = await a_draft(now, await a_budget_line(now, item_code="S01"))
    plan = await fetchval("SELECT id FROM implementation_plan WHERE listing = $1", listing)
    await receive_plan(plan, await actor("zhao.lei", now), now)
    await receive_plan(plan, await actor("zhao.lei", now), now)  # twice does no harm
    for sql in (
        "UPDATE implementation_plan SET budget = 1", "UPDATE implementation_plan SET received_at = NULL",
        "DELETE FROM implementation_plan", "UPDATE requirement_survey SET market = ''",
        "DELETE FROM requirement_survey",
        "UPDATE survey_source SET said = ''", "DELETE FROM survey_source",
        "UPDATE requirement_review SET outcome = 'failed'", "DELETE FROM requirement_review",
        "UPDATE requirement_reviewer SET name = 'x'", "DELETE FROM requirement_reviewer",
    ):  # fmt: skip
        with pytest.raises((asyncpg.RaiseError, asyncpg.IntegrityConstraintViolationError)):
            async with transaction():
                await execute(sql)


async def test_r_plan_01_a_plan_not_received_yet_is_not_changed_either(db: Any, clock: Any) -> None:
    now = await clock.now()
    await a_draft(now)
    with pytest.raises((asyncpg.RaiseError, asyncpg.IntegrityConstraintViolationError)):
        async with transaction():
            await execute("UPDATE implementation_plan SET budget = budget + 1")


async def test_r_plan_01_a_plan_filed_twice_is_one_entry(db: Any, clock: Any) -> None:
    now = await clock.now()
    listing = await bare_draft(now)
    drafter = await actor("wang.min", now)
    first = await file_plan(listing, filed_plan(TODAY), drafter, now)
    assert await file_plan(listing, filed_plan(TODAY), drafter, now) == first
    assert await file_plan(listing, replace(filed_plan(TODAY), risks="另有风险"), drafter, now) != first
    assert await fetchval("SELECT count(*) FROM implementation_plan") == 2
