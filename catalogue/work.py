"""What waits for somebody in the catalogue: drafts that came back, and listings to review."""

from __future__ import annotations

from datetime import datetime

from catalogue.agency_work import agency_work
from catalogue.corrigenda.queries import open_corrigenda_of
from catalogue.intentions.queries import waiting_to_be_published
from catalogue.intentions.rules import latest_publication
from catalogue.interest.queries import listings_short_of_takers
from catalogue.interest.rules import SHORTAGE_LIMIT
from catalogue.listings.entrusting.queries import confirmed_of
from catalogue.listings.inviting.work import invitations_waiting
from catalogue.listings.preparation.queries import plans_to_receive
from catalogue.listings.queries import list_drafts
from catalogue.listings.review.chain import may_decide
from catalogue.listings.review.queries import review_states
from catalogue.listings.rules import ReviewFacts, Status
from catalogue.listings.versions import KIND_LABELS
from catalogue.objections.queries import to_argue
from catalogue.plans.change_rules import KIND_LABELS as BUDGET_CHANGES
from catalogue.plans.changes import changes_to_decide
from catalogue.questions.queries import to_answer
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import all_together, together
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.rulebook import number
from marketplace.kernel.work import WorkItem


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Drafts returned to me, my own drafts, and listings of my unit that wait for my review."""
    if actor.may(Permission.ALLOT_BUDGET) or actor.may(Permission.RECEIVE_PLANS):
        return await all_together(_budget_changes(actor, now), _plans_to_receive(now))
    if not (actor.may(Permission.DRAFT_LISTING) or actor.may(Permission.APPROVE_LISTING)):
        return await invitations_waiting(actor, now)
    return await all_together(
        _drafts(actor, now), agency_work(actor, now), _objections(actor), _intentions(actor),
        _to_answer(actor), _short_of_takers(actor, now), _corrigenda(actor, now),
    )  # fmt: skip


async def _drafts(actor: Actor, now: datetime) -> list[WorkItem]:
    """Drafts returned to me, my own, and those of my unit that wait for my review."""
    items = []
    drafts = await list_drafts(actor)
    ids = [draft["id"] for draft in drafts]
    states, confirmed = await together(review_states(ids), confirmed_of(ids))
    for draft in drafts:
        facts = ReviewFacts(draft["procuring_unit"], draft["drafted_by"])
        # it must be out before its closing time loses the lawful distance: due at once
        today = county_day(now)
        if draft["status"] == Status.DRAFT and draft["drafted_by"] == actor.person_id:
            url = f"/listings/drafts/{draft['id']}"
            if draft["returned_at"]:
                what = say(N_("修改被退回的公告“{title}”"), title=Name.of(draft))
                items.append(WorkItem(today, Name.of(draft, "procuring_unit_name"), what, url, "R-ROLE-03"))
            else:
                what = say(N_("继续起草公告“{title}”"), title=Name.of(draft))
                items.append(WorkItem(None, Name.of(draft, "procuring_unit_name"), what, url))
        elif draft["id"] not in confirmed and may_decide(actor, facts, draft["status"], states[draft["id"]]):
            words = N_("确认采购文件“{title}”") if draft["agency_agreement"] else N_("复核公告“{title}”")
            what = say(words, title=Name.of(draft))
            url = f"/listings/drafts/{draft['id']}/{'check' if states[draft['id']].is_last else 'review'}"
            items.append(WorkItem(today, draft["drafted_by_name"], what, url, "R-ROLE-03"))
    return items


async def _objections(actor: Actor) -> list[WorkItem]:
    """Objections to a single source that wait for the second argument and an answer."""
    return [
        WorkItem(
            row["argue_by"], row["objector"],
            say(N_("补充论证并答复异议：{reference} {title}"), reference=row["reference"], title=Name.of(row)),
            f"/listings/{row['reference']}/objections", "R-METH-08",
        )
        for row in await to_argue(actor)
    ]  # fmt: skip


async def _budget_changes(actor: Actor, now: datetime) -> list[WorkItem]:
    """Changes of budget that a colleague of finance asked for."""
    return [
        WorkItem(
            county_day(now), change["proposed_by_name"],
            say(N_("复核预算调整：{reference} {kind}"), reference=change["reference"],
                kind=say(BUDGET_CHANGES[change["kind"]])),
            f"/budget/changes/{change['id']}", "R-ROLE-03",
        )
        for change in await changes_to_decide(actor)
    ]  # fmt: skip


async def _intentions(actor: Actor) -> list[WorkItem]:
    """Purchases a colleague planned, by the last day on which their intention is early enough."""
    if not actor.may(Permission.APPROVE_LISTING):
        return []
    return [
        WorkItem(
            latest_publication(row["starts_on"]), row["planned_by_name"],
            say(N_("公开采购意向：{title}"), title=row["title"]), f"/procurement-plan/{row['reference']}", "R-TIME-01",
        )
        for row in await waiting_to_be_published(actor.organisation_id, actor.person_id)
    ]  # fmt: skip


async def _corrigenda(actor: Actor, now: datetime) -> list[WorkItem]:
    """Corrigenda to review, and my own that came back or are not handed over: due at once, the clock runs."""
    items, today = [], county_day(now)
    for row in await open_corrigenda_of(actor):
        url = f"/listings/{row['reference']}/corrigenda/{row['id']}"
        is_own = row["drafted_by"] == actor.person_id
        if row["status"] == "review" and not is_own and actor.may(Permission.APPROVE_LISTING):
            what = say(N_("复核{kind}：{reference}"), kind=say(KIND_LABELS[row["kind"]]), reference=row["reference"])
            items.append(WorkItem(today, row["drafted_by_name"], what, url, "R-ROLE-03"))
        elif row["status"] == "draft" and is_own:
            what = say(N_("继续起草更正公告：{reference}"), reference=row["reference"])
            items.append(WorkItem(today, row["drafted_by_name"], what, url))
    return items


async def _plans_to_receive(now: datetime) -> list[WorkItem]:
    """Implementation plans that came in: finance notes it, the buyer does not wait (R-ROLE-02)."""
    words = N_("登记收到采购实施计划：{reference} {title}")
    return [
        WorkItem(
            None, Name.of(plan, "buyer_name"), say(words, reference=plan["reference"], title=Name.of(plan)),
            "/plans/filed", "R-PLAN-01",
        )
        for plan in await plans_to_receive()
    ]  # fmt: skip


async def _to_answer(actor: Actor) -> list[WorkItem]:
    """Questions of providers that wait for an answer; who asked is not shown."""
    if not actor.may(Permission.DRAFT_LISTING):
        return []
    return [
        WorkItem(
            question["answer_by"], str(say(N_("供应商（不显示是谁）"))),
            say(N_("答复询问：{reference} {title}"), reference=question["reference"], title=Name.of(question)),
            f"/listings/{question['reference']}/questions/{question['id']}/answer", "R-TIME-22",
        )
        for question in await to_answer(actor)
    ]  # fmt: skip


async def _short_of_takers(actor: Actor, now: datetime) -> list[WorkItem]:
    """Document periods that ended with fewer than three takers."""
    if not actor.may(Permission.DRAFT_LISTING):
        return []
    items = []
    for short in await listings_short_of_takers(actor, now):
        what = say(N_("决定要不要顺延采购文件获取期限：{reference}"), reference=short["reference"])
        who = str(say(N_("获取文件的不足 {limit} 家"), limit=number(SHORTAGE_LIMIT, county_day(now))))
        due, path = county_day(short["closes_at"]), f"/listings/{short['reference']}"
        items.append(WorkItem(due, who, what, path, "R-COUNT-01"))
    return items
