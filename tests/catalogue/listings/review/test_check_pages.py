"""The checks on their page: findings refuse the way on, a reason is recorded and seen, strangers find nothing."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from catalogue.listings import queries
from catalogue.listings.draft_queries import parts_of
from catalogue.listings.drafts import Qualification, Requirement
from catalogue.listings.review.findings import checked_text
from catalogue.listings.review.services import record_reason
from catalogue.listings.services import save_draft, submit_for_review
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.errors import Conflict, DomainError, NotFound
from tests.builders_catalogue import N1_REQUIREMENT, a_draft, a_reviewed_listing
from tests.cast import actor, office
from tests.pages import send, sign_in, words

GRADE = Qualification("社会组织评估等级3A以上。")


async def _key(listing: Any, check_id: str, now: Any) -> str:
    checked = await checked_text(listing, await parts_of(await queries.listing_by_id(listing)), now)
    return next(each.finding.key for each in checked.judged if each.finding.check.id == check_id)


async def test_r_gps_04_a_draft_for_heads_is_not_handed_over(db: Any, clock: Any) -> None:
    now = await clock.now()
    listing = await a_draft(now, requirement=Requirement("采购20名社会救助信息员，分派到各村，按月验收。"))
    with pytest.raises(DomainError) as refused:
        await submit_for_review(listing, await actor("wang.min", now), now)
    assert refused.value.clause == "R-GPS-04" and "买的是人数" in refused.value.sentence.text("zh")
    reworded = Requirement(N1_REQUIREMENT)
    await save_draft(listing, 1, reworded, await actor("wang.min", now), now)
    await submit_for_review(listing, await actor("wang.min", now), now)


async def test_r_role_11_a_condition_of_scale_is_shown_with_its_words_clause_and_field(
    client: httpx.AsyncClient, clock: Any
) -> None:
    listing = await a_draft(await clock.now(), qualification=Qualification("供应商注册资本不少于 100 万元。"))
    await sign_in(client, "wang.min")
    shown = await client.get(f"/listings/drafts/{listing}/checks")
    assert "<mark>注册资本</mark>不少于 100 万元" in shown.text
    assert f"/listings/drafts/{listing}/qualification#field-qualification" in shown.text
    assert "财政部令第87号第十七条" in shown.text and "/rules/R-ROLE-11" in shown.text
    english = words((await client.get(f"/en/listings/drafts/{listing}/checks")).text)
    assert "Conditions of scale" in english and "must be mended" in english
    check = words((await client.get(f"/listings/drafts/{listing}/check")).text)
    assert "1 处要修改或者写明理由" in check and "提交复核" not in check
    refused = await send(client, f"/listings/drafts/{listing}/check")
    assert refused.status_code == 422 and "规模条件" in words(refused.text)


async def test_a_reason_is_recorded_seen_by_the_reviewer_audited_and_kept(
    client: httpx.AsyncClient, clock: Any
) -> None:
    now = await clock.now()
    listing = await a_draft(now, qualification=GRADE)
    key = await _key(listing, "high-grade", now)
    address = f"/listings/drafts/{listing}/checks"
    await sign_in(client, "wang.min")
    assert (await send(client, f"/listings/drafts/{listing}/check")).status_code == 422
    empty = await send(client, f"{address}/{key}", {"reason": " "})
    assert empty.status_code == 422 and "请填写“理由”" in words(empty.text)
    for reason in ("评估等级对应服务能力规范", "评估等级对应服务能力规范，见民发〔2021〕文"):
        assert (await send(client, f"{address}/{key}", {"reason": reason})).status_code == 303
    assert (await send(client, f"/listings/drafts/{listing}/check")).status_code == 303
    await sign_in(client, "li.qiang")
    assert "见民发〔2021〕文" in words((await client.get(f"/listings/drafts/{listing}/check")).text)
    rows = await fetch("SELECT check_id, words, reason FROM finding_reason ORDER BY recorded_at")
    assert len(rows) == 2 and rows[0]["check_id"] == "high-grade" and "3A" in rows[0]["words"]
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'listing.finding_reason_recorded'") == 2


async def test_a_reason_holds_for_exactly_its_words(db: Any, clock: Any) -> None:
    now = await clock.now()
    drafter = await actor("wang.min", now)
    listing = await a_draft(now, qualification=GRADE)
    key = await _key(listing, "high-grade", now)
    await record_reason(listing, key, "能力规范要求", drafter, now)
    await save_draft(listing, 1, Qualification("社会组织评估等级5A以上。"), drafter, now)
    with pytest.raises(DomainError):
        await submit_for_review(listing, drafter, now)
    with pytest.raises(NotFound):
        await record_reason(listing, key, "能力规范要求", drafter, now)


async def test_what_the_law_forbids_takes_no_reason(db: Any, clock: Any) -> None:
    now = await clock.now()
    listing = await a_draft(now, qualification=Qualification("仅限社会组织参加。"))
    with pytest.raises(DomainError) as refused:
        await record_reason(
            listing, await _key(listing, "organisational-form", now), "惯例", await actor("wang.min", now), now
        )
    assert refused.value.clause == "R-ROLE-10"


async def test_nobody_gives_a_reason_while_it_is_reviewed(db: Any, clock: Any) -> None:
    now = await clock.now()
    listing = await a_reviewed_listing(now)
    with pytest.raises(Conflict):
        await record_reason(listing, "0" * 16, "理由", await actor("wang.min", now), now)


async def test_strangers_find_no_checks_of_ours(client: httpx.AsyncClient, clock: Any) -> None:
    listing = await a_draft(await clock.now())
    await fetchval("UPDATE listing SET procuring_unit = $1 RETURNING id", await office("wufeng"))
    await sign_in(client, "wang.min")
    assert (await client.get(f"/listings/drafts/{listing}/checks")).status_code == 404
    assert (await send(client, f"/listings/drafts/{listing}/checks/{'0' * 16}", {"reason": "x"})).status_code == 404


async def test_everybody_reads_who_checks_the_61_entries(client: httpx.AsyncClient) -> None:
    shown = await client.get("/checks")
    assert shown.status_code == 200 and shown.text.count('id="entry-') == 61
    assert "Left to the reviewer" in words((await client.get("/en/checks")).text)
