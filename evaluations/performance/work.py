"""What waits in performance evaluation."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from contracts.agreements.names import TITLE_EN
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem

OPEN = "s.submitted_at IS NULL AND s.left_out_at IS NULL"
NEEDED = (
    Permission.EVALUATE,
    Permission.REPLY_TO_EVALUATION,
    Permission.PLAN_EVALUATION,
    Permission.REVIEW_EVALUATION,
)


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Contracts to score, drafts to answer or review, results ready to freeze, improvements under way."""
    if not any(map(actor.may, NEEDED)):
        return []
    today = county_day(now)
    rows = await fetch(
        f"SELECT e.reference, e.status, e.reply_until, e.review_by, e.planned_by, p.organisation AS provider, c.title,"
        f" {TITLE_EN} AS title_en, v.name AS by_whom, v.name_en AS by_whom_en, (SELECT min(s.due_on)"
        f" FROM evaluation_seat s WHERE s.evaluation = e.id AND s.organisation = $1 AND {OPEN}) AS score_by,"
        f" (SELECT count(*) FROM evaluation_seat s WHERE s.evaluation = e.id AND s.due_on < $4 AND {OPEN}) AS late,"
        " EXISTS (SELECT 1 FROM evaluation_seat s WHERE s.evaluation = e.id AND s.organisation = $1"
        " AND s.submitted_at IS NOT NULL) AS judged, i.status AS improving, i.submit_by,"
        " (SELECT min(t.due_on) FROM improvement_step t WHERE t.plan = i.id AND t.reported_at IS NULL"
        "  AND t.finding = '') AS step_due,"
        " (SELECT count(*) FROM improvement_step t WHERE t.plan = i.id AND t.finding = ''"
        "  AND (t.reported_at IS NOT NULL OR t.due_on < $4)) AS to_find"
        " FROM evaluation e JOIN contract c ON c.id = e.contract JOIN provider p ON p.id = c.provider"
        " JOIN organisation v ON v.id = e.evaluator LEFT JOIN improvement_plan i ON i.evaluation = e.id"
        " AND i.status IN ('due', 'submitted', 'agreed')"
        " WHERE (e.status <> 'frozen' OR i.id IS NOT NULL) AND ($2 OR p.organisation = $1"
        " OR ($3 AND e.status = 'disputed') OR EXISTS (SELECT 1 FROM evaluation_seat s"
        " WHERE s.evaluation = e.id AND s.organisation = $1)) ORDER BY e.planned_at LIMIT 100",
        actor.organisation_id, actor.may(Permission.PLAN_EVALUATION), actor.may(Permission.REVIEW_EVALUATION), today,
    )  # fmt: skip
    return [item for row in rows for item in (*_evaluating(actor, dict(row), today), *_improving(actor, dict(row)))]


def _evaluating(actor: Actor, r: dict[str, Any], today: date) -> list[WorkItem]:
    path, title, by_whom = f"/evaluations/{r['reference']}", Name.of(r), Name.of(r, "by_whom")
    plans, items = actor.may(Permission.PLAN_EVALUATION), []
    match r["status"]:
        case "planned":
            if r["late"] and plans:
                what = say(N_("《{title}》的评价表有 {count} 份过期没交，催办或者不计"), title=title, count=r["late"])
                items.append(WorkItem(None, "", what, path, "R-PERF-11"))
            if r["score_by"] and actor.may(Permission.EVALUATE):
                what = say(N_("评价合同《{title}》"), title=title)
                items.append(WorkItem(r["score_by"], "", what, path, "R-PERF-11"))
        case "drafted" if r["provider"] == actor.organisation_id:
            what = say(N_("答复《{title}》的评价结果"), title=title)
            items.append(WorkItem(r["reply_until"], by_whom, what, path, "R-INTL-01"))
        case "disputed" if may_review(actor, r):
            what = say(N_("复核《{title}》的评价初稿"), title=title)
            items.append(WorkItem(r["review_by"], by_whom, what, path, "R-PERF-11"))
        case "replied" | "reviewed" | "drafted" if plans:
            if r["status"] != "drafted" or r["reply_until"] < today:
                items.append(WorkItem(None, by_whom, say(N_("冻结并公布《{title}》的评价结果"), title=title), path))
    return items


def may_review(actor: Actor, r: dict[str, Any]) -> bool:
    """Whether a disputed draft waits for this person: neither its planner nor of an office that judged."""
    return actor.may(Permission.REVIEW_EVALUATION) and not r["judged"] and r["planned_by"] != actor.person_id


def _improving(actor: Actor, r: dict[str, Any]) -> list[WorkItem]:
    path, title = f"/evaluations/{r['reference']}/improvement", Name.of(r)
    is_provider = r["provider"] == actor.organisation_id and actor.may(Permission.REPLY_TO_EVALUATION)
    plans = actor.may(Permission.PLAN_EVALUATION)
    match r["improving"]:
        case "due" if is_provider:
            what = say(N_("交《{title}》的整改计划"), title=title)
            return [WorkItem(r["submit_by"], "", what, path, "R-PERF-11")]
        case "submitted" if plans:
            return [WorkItem(None, "", say(N_("审核《{title}》的整改计划"), title=title), path)]
        case "agreed" if is_provider and r["step_due"]:
            what = say(N_("整改《{title}》，做完一步报告一步"), title=title)
            return [WorkItem(r["step_due"], "", what, path, "R-PERF-05")]
        case "agreed" if plans and r["to_find"]:
            what = say(N_("核实《{title}》的整改：{count} 步"), title=title, count=r["to_find"])
            return [WorkItem(None, "", what, path, "R-PERF-05")]
    return []
