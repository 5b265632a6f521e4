"""Residents' cases at the window of the sub-district, in several states, and service orders to who serves this year."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from contracts.cases.guarding import Guardian, give_consent, name_guardian
from contracts.cases.rules import Capacity, HelpKind, Place, RecipientKind, Source
from contracts.cases.services import (
    Decision,
    Identity,
    NewCase,
    begin_rent_clock,
    file_with_county,
    pass_to_county,
    record_decision,
    register_case,
)
from contracts.discovery.rules import VillageCount
from contracts.discovery.services import (
    NewLead,
    close_lead,
    count_village,
    enter_lead,
    open_sweep,
    take_up,
    tell_town,
)
from contracts.household_checks.rules import Findings, Plan
from contracts.household_checks.services import plan_check, record_findings
from contracts.orders.queries import contracts_for
from contracts.orders.services import (
    NewOrder,
    accept_order,
    close_order,
    decline_order,
    raise_order,
    report_done,
)
from contracts.referrals.rules import Basis
from contracts.referrals.services import NewReferral, note_answer, note_receipt, refer
from contracts.relief.services import NewAdvance, advance, fund, state_afterwards, top_up
from contracts.safeguarding.services import NewDuty, enter_duty
from contracts.visits.extras import Extras
from contracts.visits.rules import VisitPoints
from contracts.visits.services import log_visit
from marketplace.demo.county.earlier import FIRST_PROVIDER, served_by
from marketplace.demo.county.needs import FIRST
from marketplace.demo.county.people import actor, office
from marketplace.demo.county.serving import BUREAU, WINDOW
from marketplace.kernel import db
from marketplace.kernel.clock import county_day
from marketplace.kernel.settings import Settings

CHILD_OFFICER = "he.xin"
HOUR = timedelta(hours=1)


def _case(kind: HelpKind, name: str, need: str, **wanted: Any) -> NewCase:
    values: dict[str, Any] = {
        "help_kind": kind, "recipient_kind": RecipientKind.OTHER, "place": Place.REGISTERED, "village": "十里社区",
        "need": need, "identity": Identity(name),
    }  # fmt: skip
    return NewCase(**{**values, **wanted})


async def cases_begin(now: datetime, _: Settings) -> None:
    """What came to the window in the first days of March."""
    clerk, county = await actor(WINDOW), await actor(BUREAU)
    for town, amount in (("zhaozhen", "20000.00"), ("huaikou", "10000.00")):
        await fund(await office(town), Decimal(amount), "金民发〔2026〕5号", county, now)
    await register_case(
        _case(HelpKind.SUBSISTENCE, "周大爷", "独居，患慢性病，没有固定收入。", source=Source.LEAD), clerk, now
    )
    await register_case(_case(HelpKind.MEDICAL, "林女士", "住院自付费用高，家里有两个孩子上学。"), clerk, now + HOUR)
    refused = await register_case(_case(HelpKind.SUBSISTENCE, "吴先生", "失业三个月。"), clerk, now + HOUR)
    await pass_to_county(refused, "家庭月人均收入高于标准，建议不给予。", clerk, now + 2 * HOUR)
    await register_case(_case(HelpKind.HOUSING, "郑女士", "租房居住，申请租赁补贴。"), clerk, now + 2 * HOUR)


async def case_refused(now: datetime, _: Settings) -> None:
    """The county's refusal is recorded; the publicity of a rent subsidy ended without objection."""
    rent = await db.fetchval("SELECT reference FROM assistance_case WHERE help_kind = 'housing'")
    passed = await db.fetchval(
        "SELECT reference FROM assistance_case WHERE help_kind = 'subsistence' AND held_by <> town AND status = 'open'"
    )
    await begin_rent_clock(rent, county_day(now), await actor(WINDOW), now)
    reason = "家庭月人均收入高于最低生活保障标准。"
    refused = Decision(False, county_day(now), "金民社救〔2026〕18号", reason)
    await record_decision(passed, refused, await actor(BUREAU), now)


async def relief_given(now: datetime, _: Settings) -> None:
    """One who was helped from the reserve fund within hours, and one whose relief the county decides."""
    clerk, county = await actor(WINDOW), await actor(BUREAU)
    urgent = {"place": Place.EMERGENCY, "recipient_kind": RecipientKind.HARDSHIP}
    lost = "住房失火，没有衣物和食物。"
    fire = _case(HelpKind.TEMPORARY, "何大妈", lost, is_urgent=True, asked_amount=Decimal("1200.00"), **urgent)
    case = await register_case(fire, clerk, now)
    helped = NewAdvance(Decimal("1200.00"), now - 2 * HOUR, now)
    given = await advance(case, helped, clerk, now)
    await state_afterwards(given, "火灾安置：食品、被褥和三天住宿。", clerk, now + HOUR)
    await record_decision(
        case, Decision(True, county_day(now), "赵街救〔2026〕7号", granted_amount=Decimal("1200.00")), clerk, now + HOUR
    )
    await file_with_county(case, county_day(now), clerk, now + HOUR)
    await top_up(given, "金民发〔2026〕9号", county, now + 2 * HOUR)
    large = _case(HelpKind.TEMPORARY, "马先生", "突发重病，手术费用缺口大。", asked_amount=Decimal("8000.00"), **urgent)
    await pass_to_county(await register_case(large, clerk, now + HOUR), "情况属实，建议给予。", clerk, now + 2 * HOUR)


async def households_checked(now: datetime, _: Settings) -> None:
    """A household that was visited by two, with what was found, and one that is to be visited."""
    clerk = await actor(WINDOW)
    people = (clerk.person_id, (await actor(CHILD_OFFICER)).person_id)
    lone, ill = [
        row["reference"]
        for row in await db.fetch(
            "SELECT reference FROM assistance_case WHERE status = 'open' AND help_kind IN ('subsistence', 'medical')"
            " AND held_by = town ORDER BY registered_at LIMIT 2"
        )
    ]
    check = await plan_check(lone, Plan(county_day(now), people, ("housing", "living", "support")), clerk, now)
    seen = {
        "housing": "自建平房两间，无明显装修。", "living": "独自做饭，药品费用占支出一大半。",
        "support": "一个女儿在外省。",
    }  # fmt: skip
    told = Findings(
        county_day(now), "self", "matches", seen, neighbours=2, neighbours_note="两户都说他独自生活，靠零工。"
    )
    await record_findings(check, told, clerk, now + 3 * HOUR)
    later = county_day(now + timedelta(days=12))
    await plan_check(ill, Plan(later, people, ("members", "expenses"), "孩子平时由谁照看"), clerk, now)


async def people_found(now: datetime, _: Settings) -> None:
    """A patrol's lead that became a case, one that needed nothing, a tip from the street; a sweep on its way."""
    clerk = await actor(WINDOW)
    patrol = NewLead("十里社区", "patrol", "other", "夜里巡逻看到一位老人在桥下过夜，说家里漏雨。")
    lead = await enter_lead(patrol, clerk, now)
    leak = _case(HelpKind.HOUSING, "杜大爷", "房屋漏雨，不能住人，想租房。")
    await take_up(lead, leak, clerk, now + HOUR)
    known = await enter_lead(NewLead("三江村", "cadre", "self", "孩子升学，学费不够。"), clerk, now)
    await close_lead(known, "helped", clerk, now + HOUR)
    tip = NewLead("三江村", "public", "other", "隔壁的婆婆摔伤以后好几天没有出门。", "晚上在家")
    await tell_town(await office("zhaozhen"), tip, now + 2 * HOUR)
    sweep = await open_sweep(clerk, now)
    for village, counts in (("十里社区", (412, 412, 96, 90)), ("三江村", (305, 188, 21, 7))):
        await count_village(sweep, VillageCount(village, *counts), clerk, now + 3 * HOUR)


async def referred_on(now: datetime, _: Settings) -> None:
    """One case that another department answered, and one that it has not."""
    clerk = await actor(WINDOW)
    cases = await db.fetch(
        "SELECT reference, help_kind FROM assistance_case WHERE help_kind IN ('medical', 'housing') ORDER BY help_kind"
    )
    housing, medical = (row["reference"] for row in cases)
    wanted: dict[str, Any] = {"legal_basis": Basis.DUTY.value, "columns": ("code", "name", "phone", "help_kind")}
    asked = NewReferral("金堂县住房和城乡建设局", "核对租赁补贴的房源和租金，录入住房保障系统。", **wanted)
    answered = await refer(housing, asked, clerk, now)
    await note_receipt(answered, "住建收〔2026〕31号", county_day(now), clerk, now + HOUR)
    told = "已录入住房保障系统，按程序复核。"
    await note_answer(answered, "accepted", county_day(now), told, clerk, now + 2 * HOUR)
    waiting = NewReferral("金堂县医疗保障局", "核对住院费用的报销和医疗救助资格。", **wanted)
    await refer(medical, waiting, clerk, now + HOUR)


async def orders_given(now: datetime, _: Settings) -> None:
    """Orders under this year's contract: one closed, one at work, one declined, one not answered; one for a child."""
    clerk, manager = await actor(WINDOW), await actor(FIRST_PROVIDER)
    served = await served_by(FIRST)
    town = await office("zhaozhen")
    rows = await contracts_for(town, county_day(now))
    item = next(row["item_code"] for row in rows if row["id"] == served.contract)
    worker = await db.fetchval(
        "SELECT w.id FROM worker w JOIN person p ON p.id = w.person WHERE p.username = $1", served.worker
    )
    first, second = [
        row["reference"]
        for row in await db.fetch(
            "SELECT reference FROM assistance_case WHERE status = 'open' AND help_kind IN ('subsistence', 'medical')"
            " AND town = $1 ORDER BY registered_at LIMIT 2", town,
        )
    ]  # fmt: skip
    def asked(task: str, days: int) -> NewOrder:
        return NewOrder(item, task, days, served.contract, "就近")

    closed = await raise_order(first, asked("入户走访，评估照料需求，写评估表。", 3), clerk, now)
    await accept_order(closed, worker, manager, now + HOUR)
    code = await db.fetchval("SELECT recipient_code FROM service_order WHERE reference = $1", closed)
    extras = Extras(["home"], "code", True, seconds=40, order=closed)
    went = VisitPoints(
        served.contract, code, town, "十里社区", county_day(now), time(9, 30), time(11), note="入户评估照料需求。",
        extras=extras,
    )  # fmt: skip
    await log_visit(uuid4(), went, await actor(served.worker), now + 4 * HOUR)
    await report_done(closed, "评估完成：需要每周两次上门照料。", manager, now + 4 * HOUR)
    await close_order(closed, "met", "按评估结果转照料护理。", clerk, now + 5 * HOUR)
    at_work = await raise_order(second, asked("说明医疗救助的材料，陪同复核。", 3), clerk, now)
    await accept_order(at_work, worker, manager, now + HOUR)
    declined = await raise_order(first, asked("周末陪同就医。", 2), clerk, now)
    await decline_order(declined, "周末没有社工值班，请改派或者改到工作日。", manager, now + 2 * HOUR)
    await raise_order(second, asked("每周一次电话问候，共两周。", 3), clerk, now + HOUR)
    await _childs_order(item, served.contract, now)


async def _childs_order(item: str, contract: Any, now: datetime) -> None:
    officer = await actor(CHILD_OFFICER)
    today = county_day(now)
    await enter_duty(NewDuty(officer.person_id, "028-84930110", today, today + timedelta(days=300)), officer, now)
    new = _case(HelpKind.SERVICE, "小可", "父母外出务工，由祖母照看。", capacity=Capacity.MINOR, source=Source.SWEEP)
    case = await register_case(new, officer, now)
    await name_guardian(case, Guardian("relative", "祖母", "陈奶奶"), officer, now)
    await give_consent(case, "care", "guardian", "paper", county_day(now), officer, now)
    new_order = NewOrder(item, "每周一次两人上门陪伴和课业辅导。", 5, contract, "就近")
    await raise_order(case, new_order, officer, now + HOUR)
