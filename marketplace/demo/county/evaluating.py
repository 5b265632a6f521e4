"""Evaluations of the demo county that did not go smoothly: one improved afterwards, one corrected after an answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from evaluations.performance.buyer_ratings import rate_buyer
from evaluations.performance.goal_rules import usual_lines
from evaluations.performance.goal_texts import goal_texts
from evaluations.performance.goals import (
    LineResult,
    NewGoal,
    answer_goal,
    declare_goal,
    evaluate_goal,
    freeze_goal,
    get_goal,
    lines_of,
    read_goal,
    report_goal,
)
from evaluations.performance.improvement_rules import plan_texts
from evaluations.performance.improvements import (
    Finding,
    NewStep,
    PlanDecision,
    decide_improvement,
    find_step,
    improvement_of,
    report_step,
    submit_improvement,
)
from evaluations.performance.look_through import Look, mark_of_texts, result_of
from evaluations.performance.queries import evaluation_for_service, indicators_of
from evaluations.performance.reviews import Corrected, review_evaluation
from evaluations.performance.rules import mark_of
from evaluations.performance.scoring import IndicatorScore, score_evaluation
from evaluations.performance.services import freeze_evaluation, reply_to_evaluation
from marketplace.demo.county.buying import at
from marketplace.demo.county.earlier import served_by
from marketplace.demo.county.needs import FIRST, N1, N9
from marketplace.demo.county.people import actor
from marketplace.demo.county.serving import BUREAU, EVALUATOR, Served, plan
from marketplace.kernel import db
from marketplace.kernel.settings import Settings

DAY = timedelta(days=1)
REVIEWER, DRAFTER = "song.ya", "wang.min"
BASIS = "查阅台账、服务记录和培训签到，并回访服务对象。"
# by place in the common table: a value, or points where it is judged, and why
Marks = Mapping[int, tuple[str, str]]
WEAK: Marks = {
    2: ("60", "新申请的三十户里十二户没有入户调查表。"), 4: ("1", "只办了一场培训。"),
    5: ("20", "主动发现靠居委会上报，自己发现的少。"), 6: ("70", "回访二十户，十四户满意。"),
}  # fmt: skip
HARSH: Marks = {
    2: ("80", "五十户里十户没有入户调查表。"), 4: ("2", BASIS), 5: ("22", "主动发现有台账，帮扶跟进记录不全。"),
    6: ("95", "回访四十户，三十八户满意。"),
}  # fmt: skip


async def _drafted(served: Served, period: tuple[date, date], marks: Marks, now: datetime) -> str:
    reference = await plan(served, period, now)
    evaluation = await db.fetchval("SELECT id FROM evaluation WHERE reference = $1", reference)
    scores = []
    for line in await indicators_of(evaluation):
        value, why = marks.get(line["position"], ("0", ""))
        actual, points = Decimal(value), None
        if line["method"] == "qualitative":
            actual, points = None, Decimal(value)
        scores.append(IndicatorScore(line["id"], actual, points, why))
    await score_evaluation(reference, scores, await actor(EVALUATOR), now + DAY)
    return reference


async def _looked(reference: str) -> Look:
    """What the official of the demo county read before freezing; nothing in it leads to anybody."""
    result = await result_of(await evaluation_for_service(reference))
    return Look(mark_of_texts(result.texts()))


async def year_2022_evaluated(now: datetime, _: Settings) -> None:
    """Graded fair; the provider says what it mends by when, and it is found to be kept."""
    served = await served_by(N9)
    reference = await _drafted(served, (date(2022, 1, 1), date(2022, 12, 31)), WEAK, now)
    provider, bureau = await actor(served.provider), await actor(BUREAU)
    await reply_to_evaluation(reference, "同意评价结果，按意见整改。", provider, now + 2 * DAY)
    await freeze_evaluation(reference, await _looked(reference), bureau, now + 3 * DAY)
    today = now.date()
    steps = [
        NewStep("补做十二户入户调查，逐户建档", today + 40 * DAY),
        NewStep("补办一场业务培训，签到和课件存档", today + 60 * DAY),
    ]
    await submit_improvement(reference, "人员不足，三季度有一名社工离职没有及时补上。", steps, provider, now + 8 * DAY)
    evaluation = await db.fetchval("SELECT id FROM evaluation WHERE reference = $1", reference)
    handed_in = await improvement_of(evaluation)
    assert handed_in is not None
    await decide_improvement(reference, PlanDecision(mark_of(plan_texts(handed_in))), bureau, now + 10 * DAY)
    done = [
        ("十二户都已补做，调查表附台账第 31—42 页。", 35, "抽查五户，调查表和本人说法一致。"),
        ("三月办了培训，到场二十六人，签到表和课件已存档。", 55, "看了签到表和课件，电话问了三名参训人员。"),
    ]
    for position, (report, days, _words) in enumerate(done, 1):
        await report_step(reference, position, report, provider, now + days * DAY)
    for position, (report, _days, words) in enumerate(done, 1):
        found = Finding("kept", words, mark_of([report]))
        await find_step(reference, position, found, bureau, await at(now + 62 * DAY))


async def year_2024_evaluated(now: datetime, _: Settings) -> None:
    """The draft says good; the provider answers that ten households had moved; a review finds so: excellent."""
    served = await served_by(N1)
    reference = await _drafted(served, (date(2024, 1, 1), date(2024, 12, 31)), HARSH, now)
    reply = "算作没有入户的十户在申请以后迁出了本街道，名册和迁出证明已附；帮扶跟进记录另册保存，评价时没有看到。"
    await reply_to_evaluation(reference, reply, await actor(served.provider), now + 2 * DAY, disputes=True)
    evaluation = await db.fetchval("SELECT id FROM evaluation WHERE reference = $1", reference)
    lines = {line["position"]: line["id"] for line in await indicators_of(evaluation)}
    corrected = [
        Corrected(lines[2], Decimal(100), "十户在申请以后迁出，有户籍迁出证明，应从应访户数里减去。"),
        Corrected(lines[5], Decimal(28), "跟进记录另册保存，抽查八户记录完整。"),
    ]
    words = "核对名册、迁出证明和另册的跟进记录，供应商说得对，改正两项。"
    await review_evaluation(reference, words, corrected, await actor(REVIEWER), now + timedelta(hours=60))
    await freeze_evaluation(reference, await _looked(reference), await actor(BUREAU), await at(now + 3 * DAY))


async def goals_and_ratings(now: datetime, _: Settings) -> None:
    """The goals of 2026 declared and watched once; those who bid for the year say what they think of the buyer."""
    line = await db.fetchrow(
        "SELECT b.id, b.title FROM budget_line b JOIN listing l ON l.budget_line = b.id WHERE l.title = $1"
        " AND l.service_from = $2", FIRST.title, FIRST.service_from,
    )  # fmt: skip
    assert line is not None
    drafter = await actor(DRAFTER)
    aim = "全年对新申请和在册困难家庭入户核查、主动发现，困难群众的难处及时有人管。"
    new = NewGoal(2026, line["title"], aim, usual_lines(), line["id"])
    reference = await declare_goal(new, drafter, now)
    found = {each["position"]: each["id"] for each in await lines_of(await _goal(reference))}
    readings = [
        (found[2], Decimal(18), "on_track", ""),
        (found[3], Decimal(88), "at_risk", "二月有两名服务人员请假，三月起增加一名，逐周看进度。"),
    ]
    await read_goal(reference, readings, drafter, now + timedelta(hours=1))
    listing = await db.fetchval(
        "SELECT id FROM listing WHERE title = $1 AND service_from = $2", FIRST.title, FIRST.service_from
    )
    for username, marks in (("nuanyang", (5, 4, 5, 4)), ("tongxin", (4, 4, 4, 3)), ("huimin", (4, 3, 4, 3))):
        act = (await actor(username), now + timedelta(hours=2))
        await rate_buyer(listing, "award", marks, "", act)


REACHED: Marks = {
    1: ("97.4", "按合同付款节点支付，余款留到验收。"), 2: ("100", "应访家庭都已入户，有调查表。"),
    3: ("93", "七、八月高温，十一户晚了三到五天，今年六月起提前排班。"), 4: ("1.2", "抽查八十五份调查表，一份有误。"),
    5: ("88", "回访一百二十户，一百零五户的难处得到解决或者有了着落。"),
    6: ("94", "回访一百二十户，一百一十三户满意。"),
}  # fmt: skip
FOUND: Marks = REACHED | {
    3: ("91", "按台账核对，晚于约定的是十四户。"), 5: ("84", "抽查三十户，五户的难处还没有解决。"),
}


async def goals_of_2025(now: datetime, _: Settings) -> None:
    """The unit's goals of 2025: declared, reported, evaluated by somebody else, answered and frozen for everybody."""
    drafter, declared = await actor(DRAFTER), now.replace(year=2025, month=1, day=20)
    aim = "全年让困难群众的难处及时有人发现、有人管，钱花得清楚，服务做得到位。"
    reference = await declare_goal(NewGoal(2025, "2025年社会救助工作", aim, usual_lines()), drafter, declared)
    lines = {each["position"]: each["id"] for each in await lines_of(await _goal(reference))}

    def results(marks: Marks) -> list[LineResult]:
        return [LineResult(lines[place], Decimal(value), why) for place, (value, why) in marks.items()]

    await report_goal(reference, results(REACHED), "全年工作按计划完成。", drafter, now)
    await evaluate_goal(reference, results(FOUND), await actor(EVALUATOR), now + 7 * DAY)
    await answer_goal(reference, "同意评价结果，十四户的原因已经写进今年的排班办法。", drafter, now + 9 * DAY)
    bureau = await actor(BUREAU)
    look = Look(mark_of_texts(goal_texts(await get_goal(reference, visible_to=bureau))))
    await freeze_goal(reference, look, bureau, now + 12 * DAY)


async def _goal(reference: str) -> UUID:
    found: UUID = await db.fetchval("SELECT id FROM performance_goal WHERE reference = $1", reference)
    return found
