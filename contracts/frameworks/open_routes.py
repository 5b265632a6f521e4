"""Pages of an open framework: apply, review applications, leave."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.listings.frameworks.queries import unit_ceilings
from catalogue.listings.methods import takes_applications
from catalogue.listings.queries import listing_page, lots
from contracts.frameworks import queries
from contracts.frameworks.applications import (
    applications_of,
    apply_to_join,
    decide_application,
    leave_framework,
)
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import DomainError, FormRefused, NotFound
from marketplace.kernel.forms import Bound, Field, choice, flag, parse, text, whole_number
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

BID, DETERMINE = needs(Permission.BID), needs(Permission.DETERMINE_AWARD)
APPLYING = [
    Field("lot", N_("采购包"), whole_number(1, 99)),
    Field("words", N_("怎样提供服务"), text(5000)),
    Field("accepts", N_("接受全部条件"), flag(), is_required=False),
]
DECIDING = [
    Field("application", N_("申请编号"), text(40)),
    Field("verdict", N_("审核结论"), choice(["accepted", "refused"])),
    Field("reason", N_("不同意的理由"), text(500), is_required=False),
]


async def _apply_page(reference: str, form: Bound | None, now: datetime, status_code: int = 200) -> Template:
    listing = await listing_page(reference)
    if not takes_applications(listing):
        raise NotFound()
    return page(
        "contracts/frameworks/apply.html", status_code=status_code, listing=listing, lots=await lots(listing["id"]),
        ceilings=await unit_ceilings(listing["id"]), form=form,
        is_open=listing["status"] == "published" and now < listing["closes_at"],
    )  # fmt: skip


@get("/listings/{reference:str}/apply", opt=BID)
async def show_apply(reference: FromPath[str], now: Now) -> Template:
    """The pay standard and the conditions to accept."""
    return await _apply_page(reference, None, now)


@post("/listings/{reference:str}/apply", opt=BID)
async def do_apply(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Apply for a lot."""
    form = parse(APPLYING, (await posted(request)).texts)
    if not form["accepts"]:
        form.refuse("accepts", N_("加入就是接受付费标准和全部条件。请先阅读，再勾选。"))
    if form.errors:
        return await _apply_page(reference, form, now, 422)
    await apply_to_join(reference, form["lot"], form["words"], actor, now)
    return go(f"/listings/{reference}?done=applied")


async def _applications_page(reference: str, actor: Actor, form: Bound | None, status_code: int = 200) -> Template:
    listing = await listing_page(reference)
    if not takes_applications(listing) or actor.organisation_id != listing["procuring_unit"]:
        raise NotFound()
    return page(
        "contracts/frameworks/applications.html", status_code=status_code, listing=listing, form=form,
        applications=await applications_of(listing["id"]), found=await queries.framework_of_listing(listing["id"]),
    )  # fmt: skip


@get("/listings/{reference:str}/applications", opt=DETERMINE)
async def show_applications(reference: FromPath[str], actor: CurrentActor) -> Template:
    """Who wants to join, and by when each must be answered."""
    return await _applications_page(reference, actor, None)


@post("/listings/{reference:str}/applications", opt=DETERMINE)
async def do_decide_application(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Accept or refuse one."""
    listing = await listing_page(reference)
    form = parse(DECIDING, (await posted(request)).texts)
    if not form.errors:
        if form["application"] not in {a["reference"] for a in await applications_of(listing["id"])}:
            raise NotFound()
        try:
            accepted = form["verdict"] == "accepted"
            await decide_application(form["application"], accepted, form["reason"] or "", actor, now)
            return go(f"/listings/{reference}/applications")
        except FormRefused as refused:
            form.errors.update(refused.errors)
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["_form"] = refused.sentence
    return await _applications_page(reference, actor, form, 422)


@post("/frameworks/{reference:str}/places/{place:uuid}/leave", opt=irreversible(BID))
async def do_leave(reference: FromPath[str], place: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Leave an open framework."""
    await queries.place_page(reference, place)
    await leave_framework(place, actor, now)
    return go(f"/frameworks/{reference}?done=left")


ROUTES: list[Any] = [show_apply, do_apply, show_applications, do_decide_application, do_leave]
