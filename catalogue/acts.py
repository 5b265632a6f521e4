"""What the catalogue offers to do on a listing's page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from catalogue.corrigenda.queries import open_corrigendum
from catalogue.interest.rules import may_take_documents
from catalogue.interruptions.queries import ending_of
from catalogue.listings.draft_queries import procedure_of
from catalogue.listings.inviting.queries import invited_at
from catalogue.listings.inviting.rules import invites_only
from catalogue.listings.methods import lowest_price_wins, row_of
from catalogue.listings.rules import Status, runs, shown_status
from catalogue.objections.rules import has_publicity, publicity_ends
from catalogue.relisting.queries import lots_to_relist
from catalogue.relisting.rules import may_relist
from marketplace.accounts.actor import Actor
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.timeline import PageAct

ENDED = frozenset({Status.AWARDED, Status.FAILED, Status.CANCELLED})


async def listing_acts(listing: dict[str, Any], actor: Actor | None, now: datetime) -> list[PageAct]:
    """Providers take documents and ask at any time (R-ASK-01); the unit's reviewers may cancel while it runs."""
    if objecting := await _objection_acts(listing, actor, now):
        return objecting + await _unit_acts(listing, actor, now)
    if actor is not None and actor.may(Permission.TAKE_DOCUMENTS):
        base = f"/listings/{listing['reference']}"
        letter: list[PageAct] = []
        if invites_only(listing) or lowest_price_wins(listing):
            asked = await invited_at(listing["id"], actor.organisation_id)
            if asked is None and invites_only(listing):
                return []
            letter = [PageAct(say(N_("看邀请")), f"{base}/invitation")] if asked else []
        taking = [PageAct(say(N_("获取采购文件")), f"{base}/documents")] if may_take_documents(listing, now) else []
        return [*letter, *taking, PageAct(say(N_("提出询问")), f"{base}/questions/new")]
    return await _unit_acts(listing, actor, now)


async def _objection_acts(listing: dict[str, Any], actor: Actor | None, now: datetime) -> list[PageAct]:
    """The publicity of a single source, where anybody may object (R-METH-08)."""
    if not row_of(listing).publicity or not has_publicity(listing, (await procedure_of(listing)).ground):
        return []
    is_open = county_day(now) <= publicity_ends(listing).date
    of_unit = actor is not None and actor.organisation_id == listing["procuring_unit"]
    label = say(N_("提出异议")) if is_open and not of_unit else say(N_("看公示和异议"))
    return [PageAct(label, f"/listings/{listing['reference']}/objections", "primary" if is_open else "quiet")]


async def _unit_acts(listing: dict[str, Any], actor: Actor | None, now: datetime) -> list[PageAct]:
    if actor is None:
        return []
    if actor.organisation_id != listing["procuring_unit"]:
        return await _change_acts(listing, actor, now) if runs(actor, listing, Entrusted.CHANGE) else []
    ending = await ending_of(listing["id"])
    can_relist = may_relist(listing["status"], ending["ground"] if ending else None)
    again = [
        PageAct(
            say(N_("重新采购第 {number} 包"), number=lot["number"]),
            f"/listings/{listing['reference']}/lots/{lot['number']}/relist",
        )
        for lot in (await lots_to_relist(listing["id"], actor) if actor.may(Permission.DRAFT_LISTING) else [])
        if not lot["is_relisted"] and listing["status"] not in (Status.FAILED, Status.CANCELLED)
    ]
    return [*await _change_acts(listing, actor, now), *again, *_end_acts(listing, actor, now, can_relist)]


async def _change_acts(listing: dict[str, Any], actor: Actor, now: datetime) -> list[PageAct]:
    """Correct or extend while bids are taken; the open corrigendum while there is one."""
    status = shown_status(listing["status"], listing["closes_at"], now)
    if status != Status.PUBLISHED or not actor.may(Permission.DRAFT_LISTING):
        return []
    base = f"/listings/{listing['reference']}"
    asking = [PageAct(say(N_("邀请供应商报价")), f"{base}/ask-for-quotes")] if lowest_price_wins(listing) else []
    if opened := await open_corrigendum(listing["id"]):
        return [*asking, PageAct(say(N_("看还没有发布的更正")), f"{base}/corrigenda/{opened}")]
    return [
        *asking,
        PageAct(say(N_("起草更正公告")), f"{base}/corrigenda/new", "rare"),
        PageAct(say(N_("延期")), f"{base}/extension", "rare"),
    ]


def _end_acts(listing: dict[str, Any], actor: Actor, now: datetime, can_relist: bool) -> list[PageAct]:
    """Pause, resume, cancel; after an end without award the same need again."""
    status, base = shown_status(listing["status"], listing["closes_at"], now), f"/listings/{listing['reference']}"
    if status in (Status.FAILED, Status.CANCELLED) and actor.may(Permission.DRAFT_LISTING):
        return [PageAct(say(N_("重新采购")), f"{base}/relist", "primary")] if can_relist else []
    if status in ENDED or not actor.may(Permission.APPROVE_LISTING):
        return []
    pause = {
        Status.PUBLISHED: [PageAct(say(N_("暂停采购")), f"{base}/suspend", "rare")],
        Status.SUSPENDED: [PageAct(say(N_("恢复采购")), f"{base}/resume", "primary")],
    }.get(status, [])
    return [*pause, PageAct(say(N_("取消采购")), f"{base}/cancel", "rare")]
