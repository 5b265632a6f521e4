"""The report is signed by all before anybody is determined; locked marks change on lawful grounds alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from catalogue.listings.drafts import Terms
from catalogue.listings.queries import listing_by_id
from evaluations.awards.services import determine_award
from evaluations.panel.chair import chair_of, vote_for_chair
from evaluations.panel.queries import judging_members
from evaluations.reevaluations.services import close_re_evaluation, note_change, start_re_evaluation
from evaluations.reports import queries
from evaluations.reports.corrections import Wish, propose_correction, propose_unqualified, vote_on_correction
from evaluations.reports.rules import Ground
from evaluations.reports.services import Signed, draw_up_report, record_deemed, remind_member, sign_report
from evaluations.scoring.low_prices import Opinion, Question, ask_about_price, decide_low_price
from evaluations.scoring.queries import recompute, result_rows, stored_results
from evaluations.scoring.services import compute_results, lock_marks
from evaluations.work import waiting_for
from marketplace.accounts.actor import Actor
from marketplace.kernel.db import execute, fetch, fetchval, transaction
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, NotFound
from tests.builders_evaluations import (
    Offered,
    Opened,
    a_panel,
    a_scored_listing,
    an_opened_listing,
    mark_everything,
)  # fmt: skip
from tests.cast import actor
from tests.conftest import TestClock
from tests.contracts.agreements.test_signature_proofs import PICTURE
from tests.evaluations.papers.test_stage_papers import said
from tests.pages import long_after_signing_in, send, sign_in, words

BELOW = {"沱江": "6"}


async def computed(clock: TestClock, **changed: Any) -> tuple[Opened, list[Actor]]:
    """Marked, locked and computed, the county clock beside it; no chair and no report yet."""
    opened = await an_opened_listing(await clock.now(), **changed)
    await clock.set(opened.now)
    experts = await a_panel(opened)
    for expert in experts:
        await mark_everything(opened, expert, BELOW)
    for expert in experts:
        await lock_marks(opened.listing.id, expert, opened.now)
    await compute_results(opened.listing.id, experts[0], opened.now)
    return opened, experts


async def with_chair(opened: Opened, experts: list[Actor]) -> dict[UUID, UUID]:
    """The first expert is chair; gives person -> seat."""
    seats = {m["person"]: m["id"] for m in await judging_members(opened.listing.id)}
    for expert in experts[:2]:
        await vote_for_chair(opened.listing.id, seats[experts[0].person_id], expert, opened.now)
    return seats


async def a_mark(opened: Opened, member: UUID, bid: str) -> UUID:
    """A member's mark for the first factor of a bid."""
    found: UUID = await fetchval(
        "SELECT m.id FROM mark m JOIN criterion c ON c.id = m.criterion WHERE m.member = $1 AND m.opened_bid = $2"
        " ORDER BY c.position LIMIT 1",
        member, opened.bids[bid],
    )  # fmt: skip
    return found


async def urls(person: Actor, opened: Opened) -> list[str]:
    """The addresses of this listing that wait for somebody."""
    return [item.url for item in await waiting_for(person, opened.now) if opened.listing.reference in item.url]


async def test_R_COM_09_R_COM_11_nobody_is_determined_before_all_signed_dissented_or_are_deemed_to_agree(
    clock: TestClock,
) -> None:
    opened, experts = await computed(clock)
    listing, path = opened.listing.id, f"/listings/{opened.listing.reference}"
    with pytest.raises(Conflict, match="还没有编写评审报告"):
        await determine_award(opened.lot, opened.buyer, opened.now)
    with pytest.raises(Conflict, match="推选组长"):
        await draw_up_report(listing, "", experts[0], opened.now)
    seats = await with_chair(opened, experts)
    assert (await chair_of(listing) or {})["person"] == experts[0].person_id
    sha256 = await draw_up_report(listing, "更换过一名成员。", experts[1], opened.now)
    report = await queries.report_of(listing) or {}
    assert all(word in report["content"] for word in ("杨华", "组长", "更换过一名成员", "99.28", "480000 × 100%"))
    assert f"{path}/report" in await urls(experts[2], opened)
    with pytest.raises(DomainError, match="姓名一致"):
        await sign_report(listing, Signed("别人"), experts[0], opened.now)
    await sign_report(listing, Signed(experts[0].name), experts[0], opened.now)
    with pytest.raises(Conflict):
        await sign_report(listing, Signed(experts[0].name), experts[0], opened.now)
    await sign_report(listing, Signed(experts[1].name, "沱江的方案被低估。"), experts[1], opened.now)
    with pytest.raises(Conflict, match="还有 1 名成员没有签字"):
        await determine_award(opened.lot, opened.buyer, opened.now)
    assert f"{path}/award" not in await urls(opened.buyer, opened)
    silent = seats[experts[2].person_id]
    with pytest.raises(Conflict, match="还没有提醒"):
        await record_deemed(listing, silent, opened.buyer, opened.now)
    until = await remind_member(listing, silent, opened.buyer, opened.now)
    with pytest.raises(Conflict):
        await record_deemed(listing, silent, opened.buyer, until - timedelta(seconds=1))
    await record_deemed(listing, silent, opened.buyer, until)
    assert (await queries.report_of(listing) or {})["whole_at"] == until
    assert [s["way"] for s in await queries.signatures_of(report["id"])] == ["signed", "dissent", "deemed"]
    hashes = await fetch("SELECT detail->>'content_sha256' AS h FROM audit_entry WHERE act = 'report.signed'")
    assert {row["h"] for row in hashes} == {sha256} and len(hashes) == 3
    with pytest.raises(asyncpg.RaiseError, match="stays as it was signed"):
        async with transaction():
            await execute("UPDATE report_signature SET dissent = 'x'")
    later = replace(opened, now=until)
    assert f"{path}/award" in await urls(opened.buyer, later)
    await determine_award(opened.lot, opened.buyer, until)


async def test_a_purchasers_representative_does_not_chair(clock: TestClock) -> None:
    opened = await an_opened_listing(await clock.now())
    experts = await a_panel(opened)
    await execute("UPDATE panel_member SET kind = 'buyer' WHERE person = $1", experts[1].person_id)
    seats = {m["person"]: m["id"] for m in await judging_members(opened.listing.id)}
    with pytest.raises(Conflict, match="锁定评分以后"):
        await vote_for_chair(opened.listing.id, seats[experts[0].person_id], experts[0], opened.now)
    await execute("UPDATE panel_member SET locked_at = county_now() WHERE listing = $1", opened.listing.id)
    with pytest.raises(DomainError) as refused:
        await vote_for_chair(opened.listing.id, seats[experts[1].person_id], experts[0], opened.now)
    assert refused.value.clause == "R-COM-04"
    with pytest.raises(Forbidden):
        await vote_for_chair(opened.listing.id, seats[experts[0].person_id], opened.buyer, opened.now)


async def test_R_TIME_31_a_silent_panel_stops_nobody_the_buyer_draws_the_report_up(clock: TestClock) -> None:
    opened, experts = await computed(clock)
    listing, late = opened.listing.id, opened.now + timedelta(days=7)
    with pytest.raises((Forbidden, NotFound)):
        await draw_up_report(listing, "", opened.buyer, opened.now)
    with pytest.raises(Conflict, match="组长"):
        await draw_up_report(listing, "", experts[0], opened.now)
    path = f"/listings/{opened.listing.reference}/report"
    assert path in {item.url for item in await waiting_for(opened.buyer, late)}
    await draw_up_report(listing, "", opened.buyer, late)
    assert path not in {item.url for item in await waiting_for(opened.buyer, late)}
    await sign_report(listing, Signed(experts[0].name), experts[0], late)


async def test_R_COM_07_a_locked_mark_changes_by_a_correction_alone_and_the_report_is_made_anew(
    clock: TestClock,
) -> None:
    opened, experts = await computed(clock)
    listing, now = opened.listing.id, opened.now
    seats = await with_chair(opened, experts)
    first = await draw_up_report(listing, "", experts[0], now)
    await sign_report(listing, Signed(experts[0].name), experts[0], now)
    mark = await a_mark(opened, seats[experts[0].person_id], "沱江")
    with pytest.raises(asyncpg.RaiseError, match="R-COM-07"):
        async with transaction():
            await execute("UPDATE mark SET points = points + 1 WHERE id = $1", mark)
    before = await fetchval("SELECT points FROM mark WHERE id = $1", mark)
    wish = Wish(mark, Ground.ARITHMETIC, before + 3, "分项合计少加了 3 分。")
    with pytest.raises(DomainError, match="为什么"):
        await propose_correction(listing, replace(wish, reason=" "), experts[0], now)
    with pytest.raises(DomainError, match="不是客观因素"):
        await propose_correction(listing, replace(wish, ground=Ground.OBJECTIVE), experts[0], now)
    later = now + timedelta(minutes=1)
    assert await propose_correction(listing, wish, experts[0], later) == ""  # nobody changes a mark alone
    (own,) = [c for c in await queries.corrections_of(listing) if not c["outcome"]]
    assert await vote_on_correction(listing, own["id"], True, experts[1], later) == "made"
    rows = {r["provider_name"][3:5]: r for r in await result_rows(listing)}
    assert rows["沱江"]["total"] == Decimal("95.00") and await stored_results(listing) == await recompute(listing)
    assert await queries.report_of(listing) is None  # what had been signed was another content
    # an abnormal mark of another member is for the majority
    other = await a_mark(opened, seats[experts[1].person_id], "沱江")
    odd = Wish(other, Ground.ABNORMAL, before + 2, "畸低。")
    assert await propose_correction(listing, odd, experts[0], later) == ""
    (asked,) = [c for c in await queries.corrections_of(listing) if not c["outcome"]]
    assert f"/listings/{opened.listing.reference}/corrections" in await urls(experts[2], opened)
    with pytest.raises(Conflict, match="已经表决过"):
        await vote_on_correction(listing, asked["id"], True, experts[0], later)
    assert await vote_on_correction(listing, asked["id"], False, experts[1], later) == ""
    assert await vote_on_correction(listing, asked["id"], True, experts[2], later) == "made"
    assert await propose_correction(listing, replace(odd, points=before), experts[0], later) == ""
    second = await draw_up_report(listing, "", experts[0], later)
    assert second != first
    content = (await queries.report_of(listing) or {})["content"]
    assert "分项合计少加了 3 分。" in content and "经评审小组认定评分畸高、畸低" in content
    for expert in experts:
        await sign_report(listing, Signed(expert.name), expert, later)
    assert [c["outcome"] for c in await queries.corrections_of(listing)].count("dropped") == 1
    with pytest.raises(Conflict, match="已经签署"):
        await propose_correction(listing, replace(wish, points=before), experts[0], later)


async def test_R_REEV_01_the_original_panel_reviews_again_and_finance_is_told_of_a_changed_result(
    clock: TestClock,
) -> None:
    opened = await a_scored_listing(await clock.now(), below=BELOW)
    listing, now = opened.listing.id, opened.now
    experts = [await actor(name, now) for name in ("yang.hua", "xu.lin", "gao.feng")]
    seats = {m["person"]: m["id"] for m in await judging_members(listing)}
    with pytest.raises(DomainError):
        await start_re_evaluation(listing, Ground.PRICE, "磋商没有这一情形", opened.buyer, now)
    with pytest.raises(NotFound):
        await close_re_evaluation(listing, opened.buyer, now)
    await determine_award(opened.lot, opened.buyer, now)
    number = await start_re_evaluation(listing, Ground.ABNORMAL, "和风的方案分畸高。", opened.buyer, now)
    assert number.startswith("FS-")
    assert f"/listings/{opened.listing.reference}/report" in await urls(experts[0], opened)
    outcomes = []
    for owner in experts:
        mark = await a_mark(opened, seats[owner.person_id], "和风")
        wish = Wish(mark, Ground.ABNORMAL, Decimal(10), "重新核对，方案不完整。")
        await propose_correction(listing, wish, owner, now)
        (asked,) = [c for c in await queries.corrections_of(listing) if not c["outcome"]]
        helpers = [each for each in experts if each is not owner]
        outcomes += [await vote_on_correction(listing, asked["id"], True, each, now) for each in helpers]
    assert outcomes == ["", "made"] * 3  # 214 Art. 32: found by all, not by most
    with pytest.raises(Conflict, match="还没有签署新的评审报告"):
        await close_re_evaluation(listing, opened.buyer, now)
    await draw_up_report(listing, "", experts[0], now)
    for expert in experts:
        await sign_report(listing, Signed(expert.name), expert, now)
    assert await close_re_evaluation(listing, opened.buyer, now) is True
    assert await fetchval("SELECT count(*) FROM award WHERE listing = $1", listing) == 0
    assert (await listing_by_id(listing))["status"] == "evaluated"
    finance = await actor("zhao.lei", now)
    assert f"/listings/{opened.listing.reference}/re-evaluation" in await urls(finance, opened)
    assert await fetchval("SELECT count(*) FROM outbox_message WHERE payload::text LIKE '%重新评审改变结果%'") >= 1
    await note_change(listing, number, finance, now)
    assert not await urls(finance, opened)
    await determine_award(opened.lot, opened.buyer, now)
    won = await fetchval("SELECT o.name FROM award a JOIN provider p ON p.id = a.provider"
                         " JOIN organisation o ON o.id = p.organisation WHERE a.listing = $1", listing)  # fmt: skip
    assert "沱江" in won


async def test_a_wrong_finding_of_qualification_is_taken_back_and_a_price_then_too_low_is_reviewed_first(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    # without 300,000 the lowest price is under half of the next one
    offers = {"和风": Offered("300000.00"), "沱江": Offered("230000.00"), "云顶": Offered("499000.00")}
    opened = await a_scored_listing(await clock.now(), offers, BELOW, method="consultation")
    listing, now, low = opened.listing.id, opened.now, opened.bids["沱江"]
    await clock.set(now)
    experts = [await actor(name, now) for name in ("yang.hua", "xu.lin", "gao.feng")]
    await start_re_evaluation(listing, Ground.QUALIFICATION, "和风的社保记录是别家的。", opened.buyer, now)
    assert await propose_unqualified(listing, opened.bids["和风"], "社保记录不是本单位的。", experts[0], now) == ""
    (asked,) = await queries.corrections_of(listing)
    assert await vote_on_correction(listing, asked["id"], True, experts[1], now) == "made"
    with pytest.raises(Conflict, match="明显偏低"):
        await draw_up_report(listing, "", experts[0], now)
    with pytest.raises(Conflict, match="重新评审"):
        await ask_about_price(Question(opened.bids["云顶"], 30, "太低"), experts[0], now)
    await sign_in(client, "yang.hua")
    page = await client.get(f"/listings/{opened.listing.reference}/scoring")
    assert "看到的还是更正以前的结果" in words(page.text)
    assert f"/listings/{opened.listing.reference}/scoring" in await urls(experts[0], opened)
    until = await ask_about_price(Question(low, 30), experts[0], now)
    for expert in experts[:2]:
        await decide_low_price(Opinion(low, False, "没有说明。"), expert, until)
    rows = {r["provider_name"][3:5]: r for r in await result_rows(listing)}
    assert rows["和风"]["status"] == rows["沱江"]["status"] == "invalid"
    assert "R-LOW-01" in rows["沱江"]["low_price_reasons"]
    assert await stored_results(listing) == await recompute(listing)


async def test_the_pages_of_the_report_are_for_panel_buyer_and_supervisors(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    opened, experts = await computed(clock)
    path = f"/listings/{opened.listing.reference}"
    await sign_in(client, "yang.hua")
    assert "采购人代表不得担任组长" in words((await client.get(f"{path}/panel")).text)
    seats = {m["person"]: m["id"] for m in await judging_members(opened.listing.id)}
    vote = {"chosen": str(seats[experts[1].person_id])}
    assert (await send(client, f"{path}/panel/chair", vote)).status_code == 303
    await vote_for_chair(opened.listing.id, seats[experts[1].person_id], experts[1], opened.now)
    assert (await send(client, f"{path}/report/draw-up", {"remarks": ""})).status_code == 303
    shown = words((await client.get(f"{path}/report")).text)
    assert "评审报告还有 3 名成员没有签字" in shown and "许琳（组长）" in shown
    blank = {"way": "dissent", "dissent": "", "typed_name": "杨华"}
    assert (await send(client, f"{path}/report/sign", blank)).status_code == 422
    wrong = await send(client, f"{path}/report/sign", {"way": "signed", "typed_name": "杨桦"})
    assert wrong.status_code == 422 and "姓名一致" in words(wrong.text)
    await long_after_signing_in()
    assert (await send(client, f"{path}/report/sign", {"way": "signed", "typed_name": "杨华"})).status_code == 401
    await sign_in(client, "yang.hua")
    signed = {"way": "signed", "typed_name": "杨华"}
    blot = {"drawing": ("签名.png", b"not a picture", "image/png")}
    assert (await send(client, f"{path}/report/sign", signed, files=blot)).status_code == 422
    drawn = {"drawing": ("签名.png", PICTURE, "image/png")}
    assert (await send(client, f"{path}/report/sign", signed, files=drawn)).status_code == 303
    assert (await send(client, f"{path}/report/sign", signed)).status_code == 409
    paper = said((await client.get(f"{path}/stage-papers/report.docx")).content)
    assert "已签字（手写签名）" in paper and "SHA-256" in paper and "评审结果和候选人名单" in paper
    for page in ("scoring/working", "corrections", "re-evaluation"):
        for language in ("", "/en"):
            answer = await client.get(f"{language}{path}/{page}")
            assert answer.status_code == 200, (page, words(answer.text)[:300])
    assert "R-EVAL-03" in words((await client.get(f"{path}/scoring/working")).text)
    await sign_in(client, "li.qiang")
    member = {"member": str(seats[experts[2].person_id])}
    assert (await send(client, f"{path}/report/remind", member)).status_code == 303
    assert (await client.get(f"/en{path}/report")).status_code == 200
    waits = words((await client.get(f"{path}/award")).text)
    assert "还有 2 名成员没有签字" in waits and "可以按排序确定供应商" not in waits
    assert (await send(client, f"{path}/re-evaluation", {"ground": "abnormal", "reason": "x"})).status_code == 409
    await sign_in(client, "ma.chao")
    assert (await client.get(f"{path}/report")).status_code == 200
    await sign_in(client, "tan.rong")
    assert (await client.get(f"{path}/report")).status_code == 404


async def test_a_listing_may_hide_names_on_score_sheets_until_all_have_locked(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    opened = await an_opened_listing(await clock.now(), method="open_tender", terms=Terms(hides_names=True))
    await clock.set(opened.now)
    await a_panel(opened)
    await sign_in(client, "yang.hua")
    for page in ("scoring", "conformity", "price-statements"):
        sheet = words((await client.get(f"/listings/{opened.listing.reference}/{page}")).text)
        assert "供应商1" in sheet and "供应商2" in sheet and not any(name in sheet for name in ("和风", "沱江")), page
    await execute("UPDATE panel_member SET locked_at = county_now() WHERE listing = $1", opened.listing.id)
    assert "沱江" in words((await client.get(f"/listings/{opened.listing.reference}/scoring")).text)
