"""A framework of the demo county: three providers of care at fixed unit prices, from whom the sub-district orders."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from catalogue.listings.drafts import (
    Basics,
    ListingDraft,
    Lot,
    Lots,
    MilestoneDraft,
    Milestones,
    Openers,
    Procedure,
    Qualification,
    Requirement,
    Scoring,
    Timetable,
)
from catalogue.listings.frameworks.rules import FrameworkDraft
from catalogue.listings.frameworks.services import save_framework
from catalogue.listings.preparation.services import file_plan, record_review, record_survey
from catalogue.listings.services import draft_listing, publish_listing, submit_for_review
from catalogue.plans.services import NewAllotment, allot_budget
from contracts.agreements.services import sign_contract
from contracts.frameworks.applications import apply_to_join, decide_application
from contracts.frameworks.call_offs import NewOrder, order_by_choice
from contracts.frameworks.queries import places_of
from contracts.frameworks.ratings import rate_order
from contracts.frameworks.services import note_filing, sign_agreement
from evaluations.admission.services import determine_admission, publish_admission
from evaluations.opening.queries import FIRST, opened_bids
from evaluations.opening.recordings import NewRecording, Scene, enter_recording
from evaluations.opening.review import decide_qualification, every_item_met
from evaluations.panel.services import appoint_member, declare_interest
from evaluations.scoring.services import compute_results, lock_marks
from marketplace.demo.county import buying
from marketplace.demo.county.buying import DRAFTER, DRAWN_FROM, LATER, Offer, at
from marketplace.demo.county.finance_codes import codes_for
from marketplace.demo.county.people import EXPERTS, OPENERS, actor, office
from marketplace.demo.county.preparing import close_review, survey
from marketplace.demo.notices import filed_plan
from marketplace.kernel import db
from marketplace.kernel.clock import at_county_time, county_day
from marketplace.kernel.settings import Settings

RUNS, DECIDES = "tan.rong", "jiang.bo"
MORE_EXPERTS = ("wei.xin", "fan.li")
TITLE, TITLE_EN = "困难群众访视照料服务框架协议", "Framework for visiting care"
CLOSES_AT = at_county_time(date(2025, 6, 3), 10)
STARTS_ON, ENDS_ON = date(2025, 7, 1), date(2027, 6, 30)
BUDGET, CEILING = Decimal("900000.00"), Decimal("45.00")
OFFERS = (
    Offer("nuanyang", "38.00"), Offer("tongxin", "39.50"), Offer("huimin", "41.00"), Offer("chenguang", "43.50"),
)  # fmt: skip
MEALS = "困难老年人助餐开放式框架协议"
LINE = "赵镇街道照料订单"
REQUIREMENT = """一、服务对象：独居、高龄、失能的困难老年人和残疾人，由本人或者家属从入围机构中选。
二、服务内容：上门探访、助洁、助餐、陪同就医，每次不少于 1 小时。
三、每次服务留下六要素记录，由服务对象或者监护人确认。"""


async def care_framework(now: datetime, settings: Settings) -> None:
    """Civil affairs finds three providers for care: called, opened, judged, admitted, signed and filed."""
    listing = await _published(now)
    await buying.seal(listing, OFFERS, now + timedelta(days=20), settings)
    moment = CLOSES_AT + LATER
    await buying.release(listing, FIRST, moment, settings)
    decider = await actor(DECIDES)
    for bid in await opened_bids(listing):
        await decide_qualification(await every_item_met(bid["id"]), decider, moment)
    await buying.explain_signs(listing, buying.OWN_COSTS, moment, DECIDES)
    await _judged(listing, moment)
    for scene in Scene:
        # no film lies in a demo: the hash is that of a short text
        sha256 = hashlib.sha256(f"演示录音录像 {scene.value}".encode()).hexdigest()
        await enter_recording(listing, NewRecording(scene, sha256, "县民政局档案室 2026-007 号硬盘"), decider, moment)
    await determine_admission(listing, decider, await at(moment + timedelta(hours=3)))
    reference = await publish_admission(listing, decider, await at(moment + timedelta(hours=4)))
    assert reference is not None
    await _signed(reference, await at(moment + timedelta(days=3)))


def allotment(year: int, title: str, buyer: UUID, amount: Decimal, document: str) -> NewAllotment:
    """Money for meals and care, with every code of finance."""
    return NewAllotment(year, "S02", title, buyer, amount, document, codes_for("S02", year, document))


async def _published(now: datetime) -> UUID:
    drafter = await actor(RUNS)
    line = await allot_budget(
        allotment(2025, TITLE, await office("civil_affairs"), BUDGET, "金财预〔2025〕31号"),
        await actor("zhao.lei"), now,
    )  # fmt: skip
    towns = [await office(key) for key in ("zhaozhen", "huaikou", "wufeng")]
    openers = [(await actor(name)).person_id for name in OPENERS[:2]]
    listing = await draft_listing(_draft(line, towns, openers), drafter, now)
    terms = FrameworkDraft("price_first", "direct", Decimal(20), ceilings={1: CEILING})
    await save_framework(listing, terms, drafter, now)
    await file_plan(listing, filed_plan(county_day(now)), drafter, now)
    await record_survey(listing, survey(county_day(now)), None, drafter, now)
    await record_review(listing, close_review(county_day(now)), drafter, now)
    await submit_for_review(listing, drafter, now)
    await publish_listing(listing, await actor(DECIDES), await at(now + timedelta(hours=1)))
    return listing


def _draft(line: UUID, towns: list[UUID], openers: list[UUID]) -> ListingDraft:
    return ListingDraft(
        basics=Basics(
            title=TITLE, title_en=TITLE_EN, method="closed_framework", budget_line=line, budget=BUDGET,
            service_from=STARTS_ON, service_to=ENDS_ON, towns=tuple(towns),
        ),
        procedure=Procedure(ground="recipients_choose", ground_reason="照料机构由老年人和家属自己选，需要两家以上。"),
        lots=Lots((Lot("S02", "访视照料", Decimal(20000), "服务小时", BUDGET),)),
        requirement=Requirement(REQUIREMENT),
        qualification=Qualification("无"),
        scoring=Scoring((), price_weight=Decimal(100)),
        milestones=Milestones(
            (MilestoneDraft("每份订单完成", Decimal(100), ENDS_ON, "已审核的服务时数和验收记录"),)
        ),
        timetable=Timetable(CLOSES_AT),
        openers=Openers(tuple(openers)),
    )  # fmt: skip


async def _judged(listing: UUID, now: datetime) -> None:
    """Five experts declare, lock and compute: price first leaves them nothing to mark."""
    buyer = await actor(DECIDES)
    experts = [await actor(name) for name in (*EXPERTS, *MORE_EXPERTS)]
    for expert in experts:
        await appoint_member(listing, expert.person_id, "expert", DRAWN_FROM, buyer, now)
        await declare_interest(listing, False, "", expert, now)
    await buying.conform(listing, experts, now)
    for expert in experts:
        await lock_marks(listing, expert, now)
    await compute_results(listing, experts[0], now)
    await buying.sign(listing, experts, now)


async def _signed(reference: str, now: datetime) -> None:
    framework = await db.fetchval("SELECT id FROM framework WHERE reference = $1", reference)
    unit = await actor(RUNS)
    usernames = {r["organisation"]: r["username"] for r in await db.fetch(
        "SELECT m.organisation, p.username FROM membership m JOIN person p ON p.id = m.person WHERE m.role = 'provider'"
    )}  # fmt: skip
    for place in await places_of(framework):
        director = await actor(usernames[place["organisation"]])
        for signer in (unit, director):
            await sign_agreement(place["id"], signer.name, signer, now)
        await note_filing(place["id"], unit, now + timedelta(hours=2))


async def care_ordered(now: datetime, _: Settings) -> None:
    """The sub-district gets a line of its own and orders the winter's care."""
    town = await office("zhaozhen")
    line = allotment(2026, LINE, town, Decimal("60000.00"), "金财预〔2026〕8号")
    await allot_budget(line, await actor("zhao.lei"), now)
    await _order("nuanyang", "600", (date(2026, 2, 2), date(2026, 4, 30)), "单价最低，离赵镇最近，可以周末上门。", now)


async def care_ordered_again(now: datetime, _: Settings) -> None:
    """The first order is rated, another provider applies, and the second order goes where families asked for it."""
    reason = "淮口方向的五户家属选了这一家，路程更近。"
    first = await db.fetchval("SELECT reference FROM call_off ORDER BY given_at LIMIT 1")
    await rate_order(first, 4, "按时上门，记录清楚；有一次换人没有提前说。", "", await actor(DRAFTER), now)
    await rate_order(first, 5, "", "JT-R-0001", await actor("luo.jie"), now)
    await _apply("tongxin", "淮口送餐点一个，每天可送 40 餐。", now)
    await _order("tongxin", "240", (date(2026, 4, 1), date(2026, 6, 30)), reason, now)


async def meals_framework(now: datetime, _: Settings) -> None:
    """An open framework for meals at one pay standard; the first provider joins the same day."""
    drafter, decider = await actor(RUNS), await actor(DECIDES)
    line = await allot_budget(
        allotment(2026, MEALS, await office("civil_affairs"), Decimal("600000.00"), "金财预〔2026〕7号"),
        await actor("zhao.lei"), now,
    )  # fmt: skip
    ends = date(2027, 12, 31)
    draft = ListingDraft(
        basics=Basics(
            title=MEALS, title_en="Open framework for meals", method="open_framework", budget_line=line,
            budget=Decimal("600000.00"), service_from=date(2026, 2, 1), service_to=ends,
            towns=(await office("zhaozhen"), await office("wufeng")),
        ),
        procedure=Procedure(ground="all_admitted", ground_reason="每餐付费标准统一，老人就近选择，愿意承接的都接纳。"),
        lots=Lots((Lot("S02", "上门助餐", Decimal(40000), "餐", Decimal("600000.00")),)),
        requirement=Requirement("一、工作日午餐送到家，荤素搭配，少盐少油。\n二、每餐由老人或者监护人确认。"),
        qualification=Qualification("具有食品经营许可，或者和有许可的单位签订供餐协议。"),
        scoring=Scoring(()),
        milestones=Milestones((MilestoneDraft("每份订单完成", Decimal(100), ends, "经确认的送餐记录"),)),
        timetable=Timetable(at_county_time(ends, 17)),
    )
    listing = await draft_listing(draft, drafter, now)
    standard = FrameworkDraft("pay_standard", "direct", ceilings={1: Decimal("15.00")})
    await save_framework(listing, standard, drafter, now)
    await file_plan(listing, filed_plan(county_day(now)), drafter, now)
    await record_survey(listing, survey(county_day(now)), None, drafter, now)
    await record_review(listing, close_review(county_day(now)), drafter, now)
    await submit_for_review(listing, drafter, now)
    await publish_listing(listing, decider, now + timedelta(hours=1))
    number = await _apply("nuanyang", "两个送餐点，每天可送 80 餐。", await at(now + timedelta(hours=4)))
    await decide_application(number, True, "", decider, await at(now + timedelta(hours=6)))


async def _apply(username: str, words: str, now: datetime) -> str:
    reference = await db.fetchval("SELECT reference FROM listing WHERE title = $1", MEALS)
    return await apply_to_join(reference, 1, words, await actor(username), now)


async def _order(username: str, hours: str, days: tuple[date, date], reason: str, now: datetime) -> None:
    line = await db.fetchval("SELECT id FROM budget_line WHERE title = $1", LINE)
    provider, buyer = await actor(username), await actor(DRAFTER)
    place = await db.fetchval(
        "SELECT s.id FROM framework_place s JOIN provider p ON p.id = s.provider"
        " JOIN framework f ON f.id = s.framework JOIN listing l ON l.id = f.listing"
        " WHERE p.organisation = $1 AND l.title = $2",  # the same provider may deliver meals under another
        provider.organisation_id, TITLE,
    )
    order = await order_by_choice(place, NewOrder(line, Decimal(hours), *days, reason), buyer, await at(now))
    contract = await db.fetchval("SELECT contract FROM call_off WHERE reference = $1", order)
    for signer in (buyer, provider):
        await sign_contract(contract, signer.name, signer, await at(now + timedelta(hours=2)))
