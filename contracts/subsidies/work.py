"""What of subsidies waits for a person: schemes, months, lists, objections, certificates, findings, money."""

from __future__ import annotations

from datetime import datetime, timedelta

from contracts.subsidies.doubles import open_doubles
from contracts.subsidies.line_queries import waiting_objections, waiting_recoveries
from contracts.subsidies.queries import schemes_without_run
from contracts.subsidies.rules import public_until
from contracts.visits.rules import first_day
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import all_together, fetch, fetchval
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.moments import Month
from marketplace.kernel.work import WorkItem


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Everything of subsidies that waits for this person, in no order."""
    parts = []
    if actor.may(Permission.RUN_SUBSIDIES):
        parts += [_to_compute(actor, now), _to_decide(actor), _to_publish(), _objections(actor), _doubles(actor)]
    if actor.may(Permission.RUN_SUBSIDIES) or actor.may(Permission.MANAGE_WORKERS):
        parts.append(_to_countersign(actor))
    if actor.may(Permission.APPROVE_SUBSIDIES):
        parts += [_recoveries(actor), _to_pay(actor, now), _accounts(actor)]
    if actor.may(Permission.READ_OWN_SUBSIDY):
        parts.append(_own_account(actor))
    return await all_together(*parts)


def _item(who: str, what: Sentence, url: str, clause: str = "R-SOCW-05") -> WorkItem:
    return WorkItem(None, who, what, url, clause)


async def _to_compute(actor: Actor, now: datetime) -> list[WorkItem]:
    last = first_day(county_day(now)) - timedelta(days=1)
    schemes = await schemes_without_run(first_day(last), last)
    words = say(N_("计算 {month}的社工补贴"), month=Month(first_day(last)))
    return [WorkItem(None, actor.office, words, "/subsidies", "R-SOCW-05")] if schemes else []


async def _to_decide(actor: Actor) -> list[WorkItem]:
    rows = await fetch(
        "SELECT s.id, s.name, p.name AS drafted_by FROM scheme s JOIN person p ON p.id = s.drafted_by"
        " WHERE s.status = 'draft' AND s.drafted_by <> $1 ORDER BY s.drafted_at LIMIT 50",
        actor.person_id,
    )
    return [
        _item(
            r["drafted_by"], say(N_("审定补贴办法：{name}"), name=r["name"]), f"/subsidies/schemes/{r['id']}",
            "R-ROLE-03",
        )
        for r in rows
    ]  # fmt: skip


async def _to_publish() -> list[WorkItem]:
    rows = await fetch(
        "SELECT r.reference, r.month, p.name FROM subsidy_run r JOIN person p ON p.id = r.run_by"
        " WHERE r.status = 'computed' ORDER BY r.month LIMIT 50"
    )
    return [
        _item(
            r["name"], say(N_("核对并公示 {month}的社工补贴"), month=Month(r["month"])),
            f"/subsidies/runs/{r['reference']}",
        )
        for r in rows
    ]  # fmt: skip


async def _objections(actor: Actor) -> list[WorkItem]:
    return [
        _item(b["name"], say(N_("答复对 {month}补贴的异议"), month=Month(b["month"])), f"/subsidies/lines/{b['id']}")
        for b in await waiting_objections()
        if b["run_by"] != actor.person_id
    ]


async def _doubles(actor: Actor) -> list[WorkItem]:
    count = await open_doubles()
    words = say(N_("核查 {count} 条可能重复付款的记录"), count=count)
    return [WorkItem(None, actor.office, words, "/subsidies/doubles?status=open", "R-SOCW-05")] if count else []


async def _to_countersign(actor: Actor) -> list[WorkItem]:
    count = await fetchval(
        "SELECT count(*) FROM duty_certificate d JOIN worker w ON w.id = d.worker LEFT JOIN provider p"
        " ON p.id = w.provider WHERE d.status = 'entered' AND d.entered_by <> $1 AND w.person IS DISTINCT FROM $1"
        " AND ($3 OR coalesce(p.organisation, w.town) = $2)",
        actor.person_id, actor.organisation_id, actor.may(Permission.RUN_SUBSIDIES),
    )  # fmt: skip
    words = say(N_("会签 {count} 份在岗证明"), count=count)
    return [WorkItem(None, actor.office, words, "/subsidies/duty", "R-ROLE-03")] if count else []


async def _recoveries(actor: Actor) -> list[WorkItem]:
    asked = {"proposed": N_("决定是否追回 {month}的补贴"), "ordered": N_("等待 {month}补贴的退款")}
    return [
        _item(
            v["name"], say(asked[v["status"]], month=Month(v["month"])), f"/subsidies/lines/{v['id']}", "R-ROLE-03"
        )
        for v in await waiting_recoveries()
        if v["proposed_by"] != actor.person_id
    ]


async def _accounts(actor: Actor) -> list[WorkItem]:
    count = await fetchval(
        "SELECT count(*) FROM pay_account WHERE status = 'stated' AND stated_by <> $1", actor.person_id
    )
    words = say(N_("核对 {count} 个补贴收款账号"), count=count)
    return [WorkItem(None, actor.office, words, "/subsidies/accounts", "R-ROLE-03")] if count else []


async def _own_account(actor: Actor) -> list[WorkItem]:
    """Whoever gets something and has said nowhere where to."""
    office = await fetchval(
        "SELECT min(l.employer) FROM subsidy_line l JOIN subsidy_run r ON r.id = l.run AND r.status <> 'superseded'"
        " WHERE l.person = $1 AND l.amount > 0 AND NOT EXISTS (SELECT 1 FROM pay_account a JOIN worker w"
        " ON w.id = a.worker WHERE w.person = $1 AND a.status IN ('stated', 'confirmed'))",
        actor.person_id,
    )
    return [_item(office, say(N_("填写补贴的收款账号")), "/subsidies/mine/account", "R-SOCW-06")] if office else []


async def _to_pay(actor: Actor, now: datetime) -> list[WorkItem]:
    rows = await fetch(
        "SELECT r.reference, r.month, r.status, r.published_at, p.name FROM subsidy_run r"
        " JOIN person p ON p.id = r.run_by WHERE (r.status = 'public' AND r.run_by <> $1) OR r.status = 'sent'"
        " OR (r.status = 'approved' AND r.total > 0)",
        actor.person_id,
    )
    words = {
        "public": N_("审核 {month}的社工补贴"),
        "approved": N_("生成 {month}社工补贴的发放凭证"),
        "sent": N_("核对 {month}社工补贴的发放结果"),
    }
    today = county_day(now)
    return [
        _item(
            r["name"], say(words[r["status"]], month=Month(r["month"])), f"/subsidies/runs/{r['reference']}",
            "R-SOCW-06",
        )
        for r in rows
        if r["status"] != "public" or today > public_until(county_day(r["published_at"]))
    ]  # fmt: skip
