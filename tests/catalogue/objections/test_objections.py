"""R-METH-08: a single source above the threshold stands open for objections before its result."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from catalogue.listings import queries
from catalogue.listings.drafts import Procedure, Timetable
from catalogue.listings.services import publish_listing, submit_for_review
from catalogue.listings.sole.services import NewSole, Opinion, record_sole
from catalogue.objections.rules import NewObjection, Outcome, Reargument, publicity_ends, reargue_by
from catalogue.objections.services import answer_objection, check_objections_settled, enter_objection
from evaluations.records.rules import Offer, RecordDraft
from evaluations.records.services import confirm_result, record_result
from marketplace.accounts.documents.services import NewDocument
from marketplace.kernel.clock import at_county_time, county_day
from marketplace.kernel.db import fetchval
from marketplace.kernel.errors import Conflict, DomainError, FormRefused, IllegalMove
from tests.builders_catalogue import a_budget_line, a_draft
from tests.builders_vendors import a_provider, a_store
from tests.cast import actor
from tests.pages import send, sign_in, words

ABOVE = Decimal("4200000.00")
SOLE = NewSole("金堂县暖阳社会工作服务中心", "赵镇十里大道 88 号", (Opinion("甲", "某大学", "教授", "全省只此一家"),))
OBJECTION = NewObjection("成都惠民康养服务有限公司", "我公司也有同样的资质。", date(2026, 3, 9), "a@example.org")


def answered(outcome: Outcome, on: date = date(2026, 3, 10)) -> Reargument:
    return Reargument(on, "甲、乙、丙", "资质范围不同", "您的资质不含这项服务。", outcome)


async def a_single_source_draft(now: Any) -> Any:
    line = await a_budget_line(now, amount=Decimal("5000000.00"))
    closes = Timetable(at_county_time(county_day(now) + timedelta(days=10), 14))
    ground = Procedure(
        ground="only_supplier", ground_reason="全省只有一家有资质", approval_number="成财采〔2026〕3号",
        approved_on=county_day(now),
    )  # fmt: skip
    return await a_draft(
        now, line, method="single_source", budget=ABOVE, ceiling=ABOVE, procedure=ground, timetable=closes,
        openers=None, scoring=None,
    )  # fmt: skip


async def a_publicised_listing(now: Any) -> Any:
    listing = await a_single_source_draft(now)
    await record_sole(listing, SOLE, await actor("wang.min", now), now)
    await submit_for_review(listing, await actor("wang.min", now), now)
    await publish_listing(listing, await actor("li.qiang", now), now)
    return await queries.listing_by_id(listing)


async def test_R_METH_08_nothing_is_shown_before_the_provider_and_the_opinions_are_recorded(
    db: Any, clock: Any
) -> None:
    now = await clock.now()
    listing = await a_single_source_draft(now)
    wang, li = await actor("wang.min", now), await actor("li.qiang", now)
    with pytest.raises(FormRefused):
        await record_sole(listing, replace(SOLE, opinions=()), wang, now)
    await submit_for_review(listing, wang, now)
    with pytest.raises(DomainError) as refused:
        await publish_listing(listing, li, now)
    assert refused.value.clause == "R-METH-08"


async def test_R_METH_08_the_publicity_lasts_five_working_days_and_the_second_argument_five_more(
    db: Any, clock: Any
) -> None:
    listing = await a_publicised_listing(await clock.now())  # Monday 2 March 2026
    assert publicity_ends(listing).date == date(2026, 3, 9)
    assert reargue_by(listing).date == date(2026, 3, 16)


async def test_R_CAL_05_what_was_posted_before_the_end_is_in_time_however_late_it_arrives(
    db: Any, clock: Any
) -> None:
    now = await clock.now()
    listing = await a_publicised_listing(now)
    wang, arrives = await actor("wang.min", now), at_county_time(date(2026, 3, 11), 9)
    with pytest.raises(FormRefused) as late:
        await enter_objection(listing["reference"], replace(OBJECTION, sent_on=date(2026, 3, 10)), wang, arrives)
    assert set(late.value.errors) == {"sent_on"}
    number = await enter_objection(listing["reference"], OBJECTION, wang, arrives)
    assert number == await enter_objection(listing["reference"], OBJECTION, wang, arrives) == 1


async def test_R_METH_08_no_result_before_the_end_and_before_every_objection_is_answered(
    db: Any, clock: Any
) -> None:
    now = await clock.now()
    listing = await a_publicised_listing(now)
    reference = listing["reference"]
    with pytest.raises(Conflict) as early:
        await check_objections_settled(listing, at_county_time(date(2026, 3, 9), 23))
    assert early.value.clause == "R-METH-08"
    later = at_county_time(date(2026, 3, 10), 9)
    await check_objections_settled(listing, later)
    wang = await actor("wang.min", now)
    await enter_objection(reference, OBJECTION, wang, later)
    with pytest.raises(Conflict):
        await check_objections_settled(listing, later)
    await answer_objection(reference, 1, answered(Outcome.NOT_UPHELD), wang, later)
    await check_objections_settled(listing, later)
    assert await fetchval("SELECT count(*) FROM outbox_message WHERE payload::text LIKE '%a@example.org%'") == 1
    with pytest.raises(IllegalMove):
        await answer_objection(reference, 1, answered(Outcome.UPHELD), wang, later)


async def test_R_METH_08_an_upheld_objection_ends_the_single_source(db: Any, clock: Any) -> None:
    now = await clock.now()
    listing = await a_publicised_listing(now)
    wang, later = await actor("wang.min", now), at_county_time(date(2026, 3, 10), 9)
    await enter_objection(listing["reference"], OBJECTION, wang, later)
    await answer_objection(listing["reference"], 1, answered(Outcome.UPHELD), wang, later)
    with pytest.raises(Conflict) as refused:
        await check_objections_settled(listing, later)
    assert "异议成立" in str(refused.value.sentence)


async def test_after_the_publicity_the_result_is_recorded_and_announced(
    client: httpx.AsyncClient, clock: Any
) -> None:
    now = await clock.now()
    listing = await a_publicised_listing(now)
    provider, later = (await a_provider(now)).id, listing["closes_at"] + timedelta(hours=1)
    lot = (await queries.lots(listing["id"]))[0]["id"]
    won = Offer(lot, "暖阳", provider, Decimal("4100000"), is_winner=True)
    written = RecordDraft(county_day(later), "协商成交", (won,), papers=1)
    files = [NewDocument("协商记录.pdf", b"%PDF-1.4\n%%EOF\n")]
    await record_result(listing["id"], written, files, a_store(), (await actor("wang.min", later), later))
    await confirm_result(listing["id"], await actor("li.qiang", later), later)
    assert await fetchval("SELECT objections FROM result_record WHERE listing = $1", listing["id"]) == "无"
    notice = words((await client.get(f"/listings/{listing['reference']}/notices/award")).text)
    assert "4,100,000.00" in notice and "不评分" in notice


async def test_the_publicity_stands_in_its_form_and_anybody_with_an_account_objects(
    client: httpx.AsyncClient, clock: Any
) -> None:
    now = await clock.now()
    listing = await a_publicised_listing(now)
    path = f"/listings/{listing['reference']}"
    notice = words((await client.get(f"{path}/notices/single-source")).text)
    assert "单一来源采购公示" in notice and "全省只此一家" in notice and "某大学" in notice
    assert "单一来源公示和异议" in words((await client.get(f"{path}/objections")).text)
    assert (await send(client, f"{path}/objections", {"text": "x"})).status_code == 401
    await sign_in(client, "deng.li")
    bad = await send(client, f"{path}/objections", {"text": "另有一家", "sent_on": "2026-03-01"})
    assert bad.status_code == 422 and "另有一家" in bad.text
    good = {"objector": "天府中心", "text": "另有一家", "sent_on": "2026-03-02"}
    assert (await send(client, f"{path}/objections", good)).status_code == 303
    assert (await send(client, f"{path}/objections/1/answer", {})).status_code == 403
    await sign_in(client, "wang.min")
    assert (await client.get(f"/listings/drafts/{listing['id']}/single-source")).status_code == 200
    assert "补充论证并答复异议" in words((await client.get("/work")).text)
    typed = {
        "argued_on": "2026-03-02", "experts": "甲、乙", "opinion": "范围不同", "outcome": "not_upheld",
        "answer": "不同",
    }  # fmt: skip
    assert (await send(client, f"{path}/objections/1/answer", {**typed, "answer": ""})).status_code == 422
    assert (await send(client, f"{path}/objections/1/answer", typed)).status_code == 303
    assert (await send(client, f"{path}/objections/1/answer", typed)).status_code == 409
    assert "异议不成立" in (await client.get(f"{path}/objections")).text


async def test_a_listing_without_publicity_has_no_page_for_objections(client: httpx.AsyncClient, clock: Any) -> None:
    assert (await client.get("/listings/JT-2026-0001/objections")).status_code == 404
