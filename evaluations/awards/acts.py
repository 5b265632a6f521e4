"""What panel, scoring and award offer to do on a listing's page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from catalogue.listings.methods import is_framework, judged_without_panel, lowest_price_wins, row_of, takes_applications
from catalogue.listings.rules import runs
from evaluations.awards.work import waiting_for as awards_waiting
from evaluations.consultations.services import own_bids
from evaluations.panel.queries import member_of
from marketplace.accounts.actor import Actor
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.timeline import PageAct

UNDER_WAY = ("opened", "evaluated", "determined")


async def award_acts(listing: dict[str, Any], actor: Actor | None, now: datetime) -> list[PageAct]:
    """The notice for everybody; panel, sheet and determination for those whose turn it is."""
    path = f"/listings/{listing['reference']}"
    acts: list[PageAct] = []
    if takes_applications(listing):
        return []
    # a framework admits several instead of awarding one
    result = f"{path}/admission" if is_framework(listing) else f"{path}/award"
    if listing["status"] == "awarded":
        acts.append(PageAct(say(N_("看结果公告")), result, "primary"))
    if actor is None:
        return acts
    is_met = actor.may(Permission.BID) and row_of(listing).final_price and listing["status"] == "opened"
    if is_met and await own_bids(listing["id"], actor):
        acts.append(PageAct(say(N_("磋商")), f"{path}/consultation"))
    inside = runs(actor, listing, Entrusted.PANEL) and actor.may(Permission.APPOINT_PANEL)
    scored = not judged_without_panel(listing)
    if inside and scored and listing["status"] in ("published", "closed", "opened"):
        acts.append(PageAct(say(N_("登记评审小组")), f"{path}/panel"))
    if listing["status"] == "opened" and await member_of(listing["id"], actor.person_id):
        acts.append(PageAct(say(N_("评审小组和声明")), f"{path}/panel"))
        acts.append(PageAct(say(N_("符合性审查")), f"{path}/conformity"))
        if row_of(listing).final_price:
            acts.append(PageAct(say(N_("磋商")), f"{path}/consultation"))
        acts.append(PageAct(say(N_("评分")), f"{path}/scoring", "primary"))
    elif scored and listing["status"] in UNDER_WAY and (inside or actor.may(Permission.READ_EVERYTHING)):
        acts.append(PageAct(say(N_("符合性审查")), f"{path}/conformity"))
        if row_of(listing).final_price:
            acts.append(PageAct(say(N_("磋商")), f"{path}/consultation"))
    has_results = scored and listing["status"] in ("evaluated", "determined", "awarded")
    if has_results and (inside or actor.may(Permission.READ_EVERYTHING)):
        acts.append(PageAct(say(N_("看评审结果")), f"{path}/scoring"))
    reads = has_results and (inside or actor.may(Permission.READ_EVERYTHING))
    if reads or (has_results and await member_of(listing["id"], actor.person_id)):
        acts.append(PageAct(say(N_("评审报告")), f"{path}/report"))
    if listing["status"] == "opened" and lowest_price_wins(listing) and inside:
        acts.append(PageAct(say(N_("登记集体决策的会议纪要")), f"{path}/award/minutes"))
    if listing["status"] in UNDER_WAY and any(i.url == result for i in await awards_waiting(actor, now)):
        acts.append(PageAct(say(N_("确定供应商")), result, "primary"))
    return acts
