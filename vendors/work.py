"""What waits for providers, and for those who check their files."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import date, datetime
from typing import Any

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import all_together, fetch, fetchrow, together
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem
from vendors.bids.confirming import ToConfirm, to_confirm
from vendors.bids.queries import Waiting, open_invitations, unsealed_drafts
from vendors.changes.queries import list_changes
from vendors.changes.rules import ChangeStatus
from vendors.credit.work import credit_to_answer, credit_to_decide
from vendors.expiring.rules import FIRST_REMINDER, is_past
from vendors.providers.rules import PAPER_LABELS, PaperKind
from vendors.qualification.work import prechecks_to_add_to, prechecks_to_decide
from vendors.registration.queries import file_facts
from vendors.registration.rules import PART_LABELS, PART_PATHS, missing_parts
from vendors.relations.work import helper_work
from vendors.townlist.work import town_list_work
from vendors.workers.exams import waiting_support
from vendors.workers.requests import waiting_requests


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Pre-checks to decide or to add to, papers that run out, drafts to seal and final prices to give."""
    parts: list[Awaitable[list[WorkItem]]] = []
    if actor.may(Permission.CHECK_PROVIDERS):
        parts.append(prechecks_to_decide(actor))
        parts.append(_support())
        parts.append(_changes_to_decide())
    if actor.may(Permission.KEEP_TOWN_LIST) or actor.may(Permission.DECIDE_TOWN_LIST):
        parts.append(town_list_work(actor))
    if actor.may(Permission.DRAFT_LISTING):
        parts.append(helper_work(actor))
    if actor.may(Permission.RECORD_CREDIT):
        parts.append(credit_to_decide(actor))
    if actor.may(Permission.MANAGE_WORKERS):
        parts.append(_asked(actor))
    if actor.may(Permission.EDIT_PROVIDER_FILE):
        parts.append(credit_to_answer(actor))
        parts.append(_own_file(actor, county_day(now)))
        parts.append(prechecks_to_add_to(actor, county_day(now)))
    if actor.may(Permission.BID):
        parts.append(_bids(actor, now))
    return await all_together(*parts)


async def _support() -> list[WorkItem]:
    return [_support_item(each) for each in await waiting_support()]


async def _asked(actor: Actor) -> list[WorkItem]:
    return [_asked_item(each) for each in await waiting_requests(actor)]


async def _bids(actor: Actor, now: datetime) -> list[WorkItem]:
    """Drafts to seal, bids to confirm after a corrigendum, final prices to give."""
    organisation = actor.organisation_id
    drafts, bids, invited = await together(
        unsealed_drafts(organisation, now), to_confirm(organisation, now), open_invitations(organisation, now)
    )
    return [
        *map(_draft_item, drafts), *map(_confirm_item, bids), *map(_final_price_item, invited),
    ]  # fmt: skip


def _support_item(waiting: dict[str, Any]) -> WorkItem:
    what = say(N_("确认考试费补助：{name} {year}"), name=waiting["name"], year=waiting["year"])
    return WorkItem(None, Name.of(waiting, "employer"), what, f"/workers/{waiting['worker']}", "R-SOCW-06")


def _asked_item(asked: dict[str, Any]) -> WorkItem:
    what = say(N_("答复社会工作者的要求：{wanted}"), wanted=asked["wanted"])
    return WorkItem(None, asked["name"], what, f"/my-organisation/workers/{asked['worker']}")


async def _changes_to_decide() -> list[WorkItem]:
    return [
        WorkItem(
            None, Name.of(c, "name_now"), say(N_("核对登记事项变更：{name}"), name=Name.of(c, "name_now")),
            f"/providers/changes/{c['id']}",
        )
        for c in await list_changes(ChangeStatus.PROPOSED)
    ]  # fmt: skip


async def _own_file(actor: Actor, today: date) -> list[WorkItem]:
    provider = await fetchrow("SELECT id FROM provider WHERE organisation = $1", actor.organisation_id)
    if provider is None:
        return []
    papers = await fetch(
        "SELECT kind, valid_until FROM provider_paper WHERE provider = $1 AND ended_at IS NULL AND valid_until <= $2"
        " ORDER BY valid_until",
        provider["id"], today + FIRST_REMINDER,
    )  # fmt: skip
    items = [
        WorkItem(
            p["valid_until"], actor.office,
            _renewal(p["kind"], is_past(p["valid_until"], today)),
            f"/my-organisation/papers?kind={p['kind']}#field-file",
        )
        for p in papers
    ]  # fmt: skip
    if lacking := missing_parts(await file_facts(provider["id"], today)):
        what = say(
            N_("把机构资料填完整：还差 {count} 项，先填“{first}”"), count=len(lacking),
            first=say(PART_LABELS[lacking[0]]),
        )  # fmt: skip
        items.append(WorkItem(None, actor.office, what, PART_PATHS[lacking[0]]))
    return items


def _renewal(kind: str, has_run_out: bool) -> Sentence:
    said = N_("材料已经过期，请换新：{kind}") if has_run_out else N_("更新将要到期的材料：{kind}")
    return say(said, kind=say(PAPER_LABELS[PaperKind(kind)]))


def _draft_item(draft: Waiting) -> WorkItem:
    what = say(
        N_("封存投标文件：{listing} 第 {lot} 包（有草稿还没有封存）"), listing=draft.reference, lot=draft.lot_number
    )
    path = f"/listings/{draft.reference}/lots/{draft.lot_number}/bid"
    return WorkItem(county_day(draft.closes_at), Name(draft.title, draft.title_en), what, path, "R-BID-01")


def _confirm_item(bid: ToConfirm) -> WorkItem:
    what = say(
        N_("确认或者替换投标文件：{listing} 第 {lot} 包（公告已更正为第 {version} 版）"), listing=bid.reference,
        lot=bid.lot_number, version=bid.version,
    )  # fmt: skip
    return WorkItem(county_day(bid.closes_at), Name(bid.title, bid.title_en), what, f"/bids/{bid.receipt}", "R-CORR-01")


def _final_price_item(invited: Waiting) -> WorkItem:
    what = say(N_("提交最后报价：{listing} 第 {lot} 包"), listing=invited.reference, lot=invited.lot_number)
    path = f"/listings/{invited.reference}/lots/{invited.lot_number}/final-price"
    return WorkItem(county_day(invited.closes_at), Name(invited.title, invited.title_en), what, path, "R-CONS-01")
