"""After locking: the results line by line, and each member's marks beside the others'."""

from typing import Any

from litestar import get
from litestar.params import FromPath
from litestar.response import Template

from evaluations.panel.queries import is_locked, member_of, panel_listing
from evaluations.scoring import queries
from evaluations.scoring.deviation import LOOKED_AT
from evaluations.scoring.lookback import leniency_of, names_of, titles_of, working_of_listing
from evaluations.scoring.low_prices import rules_day
from marketplace.accounts.guards import SIGNED_IN, CurrentActor
from marketplace.kernel.errors import Conflict, Forbidden
from marketplace.kernel.i18n import N_
from marketplace.kernel.rulebook import number
from marketplace.kernel.web import page


@get("/listings/{reference:str}/scoring/working", opt=SIGNED_IN)
async def show_working(reference: FromPath[str], actor: CurrentActor) -> Template:
    """For the panel, the buyer and the supervisors. Raises Conflict before every member has locked (R-COM-06)."""
    listing = await panel_listing(reference, actor)
    me = await member_of(listing["id"], actor.person_id)
    if me and me["has_interest"]:
        raise Forbidden(N_("您声明了有利害关系，不能参加这次评审。"), clause="R-ROLE-06")
    if not await is_locked(listing["id"]):
        raise Conflict(N_("全部成员锁定评分以后，才看得到计算过程和评分的偏离。"), clause="R-COM-06")
    return page(
        "evaluations/scoring/working.html", listing=listing, working=await working_of_listing(listing),
        leniency=await leniency_of(listing), share=number(LOOKED_AT, rules_day(listing)),
        titles=titles_of(await queries.marked_criteria(listing["id"])),
        bids=names_of(await queries.opened_bids(listing["id"])),
    )  # fmt: skip


ROUTES: list[Any] = [show_working]
