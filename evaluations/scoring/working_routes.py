"""After locking: the results line by line, and each member's marks beside the others'."""

from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Template

from catalogue.listings.methods import is_framework, judged_without_panel
from catalogue.listings.queries import listing_page
from evaluations.panel.queries import is_locked, may_read_panel, member_of
from evaluations.panel.seats import check_settled
from evaluations.scoring import queries
from evaluations.scoring.deviation import LOOKED_AT
from evaluations.scoring.lookback import leniency_of, names_of, sight_of, titles_of, working_of_listing
from evaluations.scoring.low_prices import rules_day
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import PUBLIC
from marketplace.kernel.db import nothing, read_ahead, together
from marketplace.kernel.errors import Conflict, Forbidden, NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.rulebook import number
from marketplace.kernel.web import page


@get("/listings/{reference:str}/scoring/working", opt=PUBLIC)
async def show_working(request: Request[Any, Any, Any], reference: FromPath[str]) -> Template:
    """Everything for the panel, the buyer and the supervisors, once it stands; for others after the notice.

    A bidder then reads its own lines, and everybody the winner's price and total (R-PUBL-01). Raises NotFound for
    strangers before, Conflict before every member has locked (R-COM-06) or the places stand.
    """
    listing, actor = await listing_page(reference), request.scope.get("user")
    organisation = actor.organisation_id if actor else None
    await read_ahead(
        member_of(listing["id"], actor.person_id) if actor else nothing(), check_settled(listing),
        is_locked(listing["id"]) if actor else nothing(),
        sight_of(listing["id"], organisation), queries.opened_bids(listing["id"]),
    )  # fmt: skip
    if actor is not None and await may_read_panel(listing, actor):
        await _check_stands(listing, actor)
        working, leniency, factors, opened = await together(
            working_of_listing(listing), leniency_of(listing), queries.marked_criteria(listing["id"]),
            queries.opened_bids(listing["id"]),
        )  # fmt: skip
        return page(
            "evaluations/scoring/working.html", listing=listing, working=working, leniency=leniency,
            share=number(LOOKED_AT, rules_day(listing)), titles=titles_of(factors), bids=names_of(opened),
            inside=True, is_scored=not judged_without_panel(listing),
        )  # fmt: skip
    if listing["status"] != "awarded" or is_framework(listing):
        raise NotFound()
    await check_settled(listing)
    sight = await sight_of(listing["id"], organisation)
    working = await working_of_listing(listing, sight)
    return page(
        "evaluations/scoring/working.html", listing=listing, working=working,
        bids=names_of(await queries.opened_bids(listing["id"])), inside=False, own=sight.own,
        is_scored=not judged_without_panel(listing),
    )  # fmt: skip


async def _check_stands(listing: dict[str, Any], actor: Actor) -> None:
    me = await member_of(listing["id"], actor.person_id)
    if me and me["has_interest"]:
        raise Forbidden(N_("您声明了有利害关系，不能参加这次评审。"), clause="R-ROLE-06")
    if judged_without_panel(listing):
        if listing["status"] not in ("evaluated", "determined", "awarded"):
            raise Conflict(N_("还没有排出名次。采购人确定供应商时由系统排序，届时才看得到。"), clause="R-METH-12")
    elif not await is_locked(listing["id"]):
        raise Conflict(N_("全部成员锁定评分以后，才看得到计算过程和评分的偏离。"), clause="R-COM-06")


ROUTES: list[Any] = [show_working]
