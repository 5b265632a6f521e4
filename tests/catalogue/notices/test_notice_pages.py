"""Notices as pages and papers: the forms of 2020 filled from data, published papers that only grow."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from catalogue.listings.progress import cancel_listing
from catalogue.notices.content import canonical, from_canonical
from catalogue.notices.kinds import FORMS, NOT_OURS
from catalogue.notices.official import official_page
from catalogue.notices.queries import latest_paper, papers_of
from evaluations.awards.queries import awards_of
from evaluations.awards.services import determine_award, publish_award_notice
from marketplace.gateways.files import FolderStore
from marketplace.gateways.papers import ProcessPress
from marketplace.kernel.db import execute
from marketplace.site import notice_jobs
from tests.builders_catalogue import a_published_listing
from tests.builders_contracts import APRIL, DRAWN_UP, a_closed_month, a_contract_in_force, accept, closing_time
from tests.builders_corrigenda import a_published_corrigendum
from tests.builders_evaluations import a_scored_listing
from tests.cast import actor
from tests.pages import send, sign_in, words
from tests.papers import needs_press, pdf_words

Client = httpx.AsyncClient

EIGHT_GROUPS = (
    ("采购人", "联系人", "联系电话", "地址"),
    ("项目名称", "预算金额", "最高限价"),
    ("一、业务协办",),
    ("申请人的资格要求", "第二十二条"),
    ("获取采购文件", "售价", "免费"),
    ("公告期限", "3 个工作日"),
    ("截止时间", "开启时间", "2026年3月16日14:00"),
    ("王敏", "028-84000000"),
)


async def test_R_DOC_01_a_notice_holds_its_eight_groups(client: Client, clock: Any) -> None:
    await a_published_listing(await clock.now())
    await sign_in(client, "wang.min")
    empty = await send(client, "/office-contact", {"address": "", "person": "王敏", "phone": ""})
    assert empty.status_code == 422 and 'value="王敏"' in empty.text
    told = {"address": "赵镇十里大道 1 号", "person": "王敏", "phone": "028-84000000"}
    for _ in range(2):
        assert (await send(client, "/office-contact", told)).status_code == 303
    said = words((await client.get("/listings/JT-2026-0001/notices/consultation")).text)
    for group in EIGHT_GROUPS:
        assert [word for word in group if word not in said] == []


async def test_the_contact_of_another_office_stays_as_it_is(client: Client, clock: Any) -> None:
    await a_published_listing(await clock.now())
    await sign_in(client, "zhao.lei")
    assert (await send(client, "/office-contact", {"address": "x", "person": "x", "phone": "x"})).status_code == 403


async def test_notices_stand_in_both_languages_without_inline_style(client: Client, clock: Any) -> None:
    await a_published_listing(await clock.now())
    for path in ("/listings/JT-2026-0001/notices", "/listings/JT-2026-0001/notices/consultation"):
        for prefix in ("", "/en"):
            page = (await client.get(prefix + path)).text
            assert "style=" not in page and "<script>" not in page
    english = words((await client.get("/en/listings/JT-2026-0001/notices/consultation")).text)
    assert "Who may take part" in english and "The Chinese text prevails" in english
    assert 'class="qr"' in page


async def test_a_draft_or_an_unknown_notice_has_no_page(client: Client, clock: Any) -> None:
    await a_published_listing(await clock.now())
    for path in ("JT-2026-0009/notices", "JT-2026-0001/notices/award", "JT-2026-0001/notices/termination"):
        assert (await client.get(f"/listings/{path}")).status_code == 404


async def test_a_cancelled_listing_has_a_termination_notice_with_its_reason(client: Client, clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    await cancel_listing(listing.id, "预算调整，项目取消。", await actor("li.qiang", now), now + timedelta(hours=1))
    said = words((await client.get(f"/listings/{listing.reference}/notices/termination")).text)
    assert "终止公告" in said and "预算调整，项目取消。" in said


@needs_press
async def test_a_published_paper_carries_its_hash_and_the_same_bytes_come_again(
    client: Client, clock: Any, settings: Any
) -> None:
    listing = await a_published_listing(await clock.now())
    await sign_in(client, "li.qiang")
    path = f"/listings/{listing.reference}/notices/consultation"
    for _ in range(2):  # pressed twice, published once
        assert (await send(client, f"{path}/pdf")).status_code == 303
    page = (await client.get(path)).text
    [address] = set(re.findall(r"/papers/[0-9a-f-]{36}", page))
    pdf = (await client.get(address)).content
    row = await latest_paper(listing.reference, "consultation")
    assert row is not None and row["version"] == 1
    assert hashlib.sha256(pdf).hexdigest() == row["sha256"] and row["sha256"] in page
    kept = await FolderStore(settings.documents_folder).get(row["content_key"])
    paper = from_canonical(kept)
    assert canonical(paper) == kept
    assert hashlib.sha256(await ProcessPress().press(official_page(paper))).hexdigest() == row["sha256"]
    assert "购买社会救助服务竞争性磋商公告" in pdf_words(pdf) and f"{path}" in pdf_words(pdf)


@needs_press
async def test_what_was_published_stays_when_the_contact_changes(client: Client, clock: Any) -> None:
    listing = await a_published_listing(await clock.now())
    await sign_in(client, "li.qiang")
    path = f"/listings/{listing.reference}/notices/consultation"
    await send(client, f"{path}/pdf")
    await send(client, "/office-contact", {"address": "新址", "person": "李强", "phone": "12345"})
    assert "新址" not in (await client.get(path)).text


@needs_press
async def test_the_worker_presses_what_was_published(client: Client, clock: Any) -> None:
    listing = await a_published_listing(await clock.now())
    await notice_jobs.press_due(await clock.now())
    await notice_jobs.press_due(await clock.now())
    row = await latest_paper(listing.reference, "consultation")
    assert row is not None and row["version"] == 1 and row["published_by"] is None


async def test_only_the_procuring_unit_publishes_its_papers(client: Client, clock: Any) -> None:
    listing = await a_published_listing(await clock.now())
    path = f"/listings/{listing.reference}/notices/consultation/pdf"
    await sign_in(client, "zhao.lei")
    assert (await send(client, path)).status_code == 403
    assert await latest_paper(listing.reference, "consultation") is None


@needs_press
@pytest.mark.parametrize("change", ["UPDATE published_paper SET sha256 = sha256", "DELETE FROM published_paper"])
async def test_published_papers_only_grow(client: Client, clock: Any, change: str) -> None:
    await a_published_listing(await clock.now())
    await notice_jobs.press_due(await clock.now())
    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        await execute(change)


async def test_R_PUB_02_every_form_of_2020_is_ours_or_said_not_to_be() -> None:
    ours = {form.form_number for form in FORMS.values() if form.form_number}
    assert ours | set(NOT_OURS) == set(range(1, 14)) and not ours & set(NOT_OURS)


async def test_R_AWD_01_an_award_notice_names_winner_amount_and_experts(client: Client, clock: Any) -> None:
    scored = await a_scored_listing(await clock.now())
    path = f"/listings/{scored.listing.reference}/notices/award"
    await determine_award(scored.lot, scored.buyer, scored.now)
    assert (await client.get(path)).status_code == 404  # nothing of it before it is published
    await publish_award_notice(scored.listing.id, scored.buyer, scored.now)
    said = words((await client.get(path)).text)
    [row] = await awards_of(scored.listing.id)
    for word in (row["provider_name"], row["address"], f"{row['amount']:,.2f}", "杨华", "评审专家名单", "1 个工作日"):
        assert word in said, word


async def test_R_PUB_03_and_R_ACC_01_contract_and_acceptance_have_notices(client: Client, db: Any) -> None:
    world = await a_contract_in_force()
    await a_closed_month(world)
    await accept(world, 1, closing_time(world, APRIL))
    listing = f"/listings/{world.facts['listing_reference']}/notices"
    contract = words((await client.get(f"{listing}/contract-{world.reference}")).text)
    for word in (
        world.reference,
        "¥498,000.00",
        "甲方",
        "乙方",
        world.facts["provider_name"],
        world.facts["terms_sha256"],
    ):
        assert word in contract, word
    entries = (await client.get(listing)).text
    [slug] = set(re.findall(r"acceptance-[A-Z0-9-]+", entries))
    accepted = words((await client.get(f"{listing}/{slug}")).text)
    for word in ("验收意见", "符合", "7.5 小时", "服务对象的意见", "陈静"):
        assert word in accepted, word


@needs_press
async def test_every_notice_of_a_whole_listing_is_pressed(client: Client, db: Any) -> None:
    world = await a_contract_in_force()
    await notice_jobs.press_due(DRAWN_UP + timedelta(days=3))
    papers = await papers_of(world.facts["listing_reference"])
    assert f"contract-{world.reference}" in {paper["slug"] for paper in papers}


@needs_press
async def test_R_CORR_01_a_corrigendum_has_its_notice_and_a_new_document(
    client: Client, clock: Any
) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    await notice_jobs.press_due(now)
    first = await latest_paper(listing.reference, "document")
    later = now + timedelta(days=1)
    version = await a_published_corrigendum(listing, later)
    for _ in range(2):
        await notice_jobs.press_due(later + timedelta(minutes=1))
    said = words((await client.get(f"/listings/{listing.reference}/notices/corrigendum-{version}")).text)
    for word in ("第 1 次", "培训次数写错了", "每年至少组织 2 次", "每年至少组织 4 次", "首次公告日期", "2026年3月2日"):
        assert word in said, word
    second = await latest_paper(listing.reference, "document")
    assert first and second and (first["version"], second["version"]) == (1, 2)
    assert await latest_paper(listing.reference, f"corrigendum-{version}")
    # the call stays as it was published
    call = await latest_paper(listing.reference, "consultation")
    assert call is not None and call["version"] == 1
    assert "每年至少组织 2 次" in (await client.get(f"/listings/{listing.reference}/notices/consultation")).text
