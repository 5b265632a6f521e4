"""What social workers of the demo county do beside logging visits: casework, groups, other work, leave, call-backs."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from contracts.brought_in.imports import enter_contracts, upload_contracts
from contracts.brought_in.sheets import COLUMNS
from contracts.casework.rules import Entry
from contracts.casework.services import (
    Plan,
    Text,
    evaluate_group,
    hold_group,
    open_file,
    plan_group,
    write_entry,
)
from contracts.safeguarding.rules import ReportKind, Result
from contracts.safeguarding.services import NewReport, close_report, report_harm, take_report
from contracts.subsidies.doubles import decide_double
from contracts.visits.callbacks import CallbackAnswer, Called, answer_callback, callbacks_of, draw_callbacks
from contracts.visits.devices import Phone, meet
from contracts.visits.leave import NewLeave, enter_leave
from contracts.visits.side_work import NewSideWork, SideKind, enter_side_work
from marketplace.demo.cast import OFFICES
from marketplace.demo.county import buying, serving
from marketplace.demo.county.earlier import FIRST_PROVIDER, served_by
from marketplace.demo.county.helping import CHILD_OFFICER
from marketplace.demo.county.needs import FIRST
from marketplace.demo.county.people import WORKERS, actor, office
from marketplace.demo.county.serving import APPROVER, BUREAU, PAYER, Served
from marketplace.gateways.spreadsheets import write_sheet
from marketplace.kernel import db
from marketplace.kernel.settings import Settings

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
COUNSELLING = "困境家庭心理疏导和社会融入服务"
GROUPS_RESIDENTS = ["JT-R-0301", "JT-R-0302", "JT-R-0303"]
FIRST_WORKER, SECOND_WORKER = WORKERS[0][1], WORKERS[1][1]


async def counselling_brought_in(now: datetime, _: Settings) -> None:
    """A contract for counselling that was signed before the marketplace: handed in as a sheet, entered by finance."""
    allotted = await buying.allot(2026, "S04", COUNSELLING, Decimal("120000.00"), "金财预〔2026〕6号", now)
    line = await db.fetchval("SELECT reference FROM budget_line WHERE id = $1", allotted)
    code = await db.fetchval(
        "SELECT v.credit_code FROM provider v JOIN membership m ON m.organisation = v.organisation"
        " JOIN person p ON p.id = m.person WHERE p.username = $1", FIRST_PROVIDER,
    )  # fmt: skip
    contract: dict[str, Any] = {
        "former_number": "ZJ-2025-31", "title": COUNSELLING, "buyer": OFFICES["zhaozhen"][1], "credit_code": code,
        "item_code": "S04", "method": "竞争性磋商", "quantity": Decimal(1), "unit": "项",
        "requirement": "个案服务不少于 12 例。\n小组活动不少于 6 次，有计划、签到和评估。", "signed_on": "2025-12-22",
        "service_from": "2026-01-01", "service_to": "2026-12-31", "amount": Decimal("120000"), "budget_line": line,
    }  # fmt: skip
    rows = [
        contract | {"milestone": name, "milestone_amount": Decimal("60000"), "due_on": due}
        for name, due in (("上半年", "2026-06-30"), ("下半年", "2026-12-31"))
    ]
    content = write_sheet("正在履行的合同", COLUMNS, rows)
    sheet = await upload_contracts("正在履行的合同.xlsx", content, await actor(BUREAU), now)
    await enter_contracts(sheet, await actor(PAYER), now + HOUR)


async def _counselling() -> Served:
    contract = await db.fetchval("SELECT id FROM contract WHERE title = $1", COUNSELLING)
    return Served(contract, FIRST_PROVIDER, SECOND_WORKER)


async def residents_counselled(now: datetime, _: Settings) -> None:
    """One resident's file from intake to the first record of its course, and a group from plan to evaluation."""
    served, worker = await _counselling(), await actor(SECOND_WORKER)
    visits = [await serving.visit(served, date(2026, 3, day), 301, 14, 2) for day in (10, 16)]
    came = Text("社区转来：丧偶独居，很少出门。")
    file = await open_file(served.contract, "JT-R-0301", "", came, worker, now - 8 * DAY)
    for before, entry, said, visit in (
        (7 * DAY, Entry.ASSESSMENT, "情绪低落，有两位愿意来往的邻居；没有自伤的念头。", visits[0]),
        (7 * DAY, Entry.PLAN, "两周一次上门倾听，参加社区小组，三个月后再评估。", None),
        (DAY, Entry.PROCESS, "上午的小组里认识了两位邻居；约好下周再去。", visits[1]),
    ):
        await write_entry(file, entry, Text(said, visit=visit), worker, now - before + HOUR)
    day = (now - DAY).date()
    plan = Plan(
        served.contract, "老邻居茶话会", "认识可以互相照应的邻居", "自我介绍；说说拿手的事；约好下次。",
        "十里社区活动室", day,
    )  # fmt: skip
    group = await plan_group(plan, worker, now - 2 * DAY)
    await hold_group(group, day, time(9, 30), time(11), GROUPS_RESIDENTS, worker, now)
    await evaluate_group(group, "三位都留了电话，愿意再来。", 3, worker, now + HOUR)


async def other_work(now: datetime, _: Settings) -> None:
    """Travel, telephone, supervision, a training, a task outside the contract; leave; a phone that sends visits."""
    worker = await actor(FIRST_WORKER)
    served = await served_by(FIRST)
    for new in (
        NewSideWork(SideKind.TRAVEL, date(2026, 3, 5), time(8, 20), time(9), served.contract),
        NewSideWork(SideKind.PHONE, date(2026, 3, 9), time(14), time(14, 20), recipient_code="JT-R-0005"),
        NewSideWork(SideKind.SUPERVISION, date(2026, 3, 10), time(15), time(16, 30), words="个案督导：两户的计划。"),
        NewSideWork(
            SideKind.TRAINING, date(2026, 3, 11), time(9), time(11, 30), words="社会救助法的新规定",
            attendance=("叶青 暖阳社工中心", "罗兰 暖阳社工中心"),
        ),
        NewSideWork(
            SideKind.OUTSIDE, date(2026, 3, 12), time(14), time(16), asked_by="街道党政办",
            words="布置会场，整理签到表。",
        ),
    ):  # fmt: skip
        await enter_side_work(uuid4(), new, worker, now)
    second = await actor(SECOND_WORKER)
    await enter_leave(NewLeave(second.person_id, date(2026, 3, 9), date(2026, 3, 9), "年假"), second, now)
    await meet(Phone(uuid4(), "Mozilla/5.0 (Linux; Android 10) Chrome/120 Mobile", now - 2 * timedelta(minutes=1)),
               worker, now)  # fmt: skip


async def january_called_back(now: datetime, _: Settings) -> None:
    """A twentieth of two closed months is drawn: January's were called, February's are still to be called."""
    served, caller = await served_by(FIRST), await actor(APPROVER)
    for month in (date(2026, 1, 1), date(2026, 2, 1)):
        await draw_callbacks(served.contract, month, caller, now)
    for each in await callbacks_of(served.contract, date(2026, 1, 1)):
        await answer_callback(served.contract, each["id"], Called(CallbackAnswer.CONFIRMED), caller, now + HOUR)


async def harm_reported(now: datetime, _: Settings) -> None:
    """A worker's one tap, taken up and closed by the officer on duty on the same day."""
    officer = await actor(CHILD_OFFICER)
    new = NewReport(uuid4(), ReportKind.HARM, now, office=await office("zhaozhen"), words="孩子手臂有新的瘀伤。")
    report = await report_harm(new, await actor(FIRST_WORKER), now)
    await take_report(report, officer, now + timedelta(minutes=10))
    done = "当天到校和家里看过：体育课摔伤，有校医记录；请祖母每天留意。"
    await close_report(report, Result.UNFOUNDED.value, done, officer, now + 3 * HOUR)


async def double_decided(now: datetime, _: Settings) -> None:
    """Of the two findings that February's list brought up one is decided; the other waits."""
    finding: UUID = await db.fetchval("SELECT id FROM double_finding ORDER BY day DESC, mark LIMIT 1")
    words = "核对两条服务记录：一位做家庭调查，一位照料，内容不同，重叠的一小时两位都在。"
    await decide_double(finding, False, words, await actor(BUREAU), now)
