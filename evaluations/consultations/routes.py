"""The page of the rounds: the panel records and changes, the buyer confirms, each bidder reads and answers its own."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.listings.methods import row_of
from catalogue.listings.queries import listing_page
from evaluations.consultations import queries
from evaluations.consultations.rules import KIND_LABELS, Kind, NewMeeting, check_may_confirm, is_consulting
from evaluations.consultations.services import (
    answer_change,
    confirm_change,
    confirm_meeting,
    own_among,
    propose_change,
    record_meeting,
)
from evaluations.opening.queries import opened_bids
from evaluations.opening.review import takes_part
from evaluations.panel.codes import coded, hides_names
from evaluations.panel.queries import is_locked, may_read_panel, member_of
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import SIGNED_IN, CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import together
from marketplace.kernel.errors import DomainError, Forbidden, FormRefused, NotFound
from marketplace.kernel.forms import Bound, Field, choice, identifier, moment, parse, proper_name, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

PATH = "/listings/{reference:str}/consultation"
BIDS = needs(Permission.BID)
MEETING = [
    Field("bid", N_("供应商"), identifier()),
    Field("held_at", N_("磋商的时间"), moment()),
    Field("spoke_for", N_("供应商代表"), proper_name(80)),
    Field("words", N_("磋商的内容和供应商的答复"), text(8000)),
]
CHANGE = [
    Field("kind", N_("变动的是什么"), choice([kind.value for kind in Kind])),
    Field("change", N_("变动的内容"), text(8000)),
]
ANSWER = [
    Field("bid", N_("响应"), identifier()),
    Field("answer", N_("重新提交的响应"), text(8000)),
    Field("signed_name", N_("签名（输入您的姓名）"), proper_name(80)),
]


@get(PATH, opt=SIGNED_IN)
async def show_consultation(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """Everything for the panel, the buyer and the supervisors; its own meetings and the changes for a bidder."""
    return await _page(reference, actor, now, Bound())


async def _page(reference: str, actor: Actor, now: Any, form: Bound, status_code: int = 200) -> Template:
    listing = await listing_page(reference)
    if not row_of(listing).final_price:
        raise NotFound()
    id_ = listing["id"]
    inside, me, every, stage, meetings, changes, answers, locked = await together(
        may_read_panel(listing, actor), member_of(id_, actor.person_id), opened_bids(id_), queries.stage_of(listing),
        queries.meetings_of(id_), queries.changes_of(id_), queries.answers_of(id_), is_locked(id_),
    )  # fmt: skip
    if me and me["has_interest"]:
        raise Forbidden(N_("您声明了有利害关系，不能参加这次评审。"), clause="R-ROLE-06")
    bids = [bid for bid in every if takes_part(bid)] if inside else own_among(every, actor)
    if not every or not (inside or bids):
        raise NotFound()
    # the agency that arranges the panel sees how far it is; what was said stays with panel, buyer and supervisors
    reads = me is not None or actor.organisation_id == listing["procuring_unit"] or actor.may(
        Permission.READ_EVERYTHING
    )
    if me and not locked and await hides_names(listing):
        bids = coded(bids, every)
    return page(
        "evaluations/consultations/consultation.html", status_code=status_code, listing=listing, form=form, bids=bids,
        inside=inside, reads=reads or not inside, is_consulting=is_consulting(stage), asked_at=stage.asked_at,
        meetings=meetings, changes=[c for c in changes if inside or c["confirmed_at"]], answers=answers,
        may_record=me is not None and me["declared_at"] is not None and is_consulting(stage),
        may_confirm=is_consulting(stage) and _may_confirm(actor, listing, me), kinds=KIND_LABELS,
        may_answer=not inside and listing["status"] == "opened" and (stage.closes_at is None or now < stage.closes_at),
        now=now, person=actor.name,
    )  # fmt: skip


def _may_confirm(actor: Actor, listing: dict[str, Any], me: dict[str, Any] | None) -> bool:
    try:
        check_may_confirm(actor, listing["procuring_unit"], me["kind"] if me else None)
    except Forbidden:
        return False
    return True


async def _of_panel(reference: str, actor: Actor) -> dict[str, Any]:
    """The listing for those inside. Raises Forbidden for who never judges, NotFound for strangers."""
    listing = await listing_page(reference)
    if not await may_read_panel(listing, actor):
        actor.check_may(Permission.SCORE_BIDS)
        raise NotFound()
    return listing


@post(PATH + "/meetings", opt=SIGNED_IN)
async def do_record_meeting(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Put down a meeting with one bidder."""
    listing = await _of_panel(reference, actor)
    form = parse(MEETING, (await posted(request)).texts)
    if not form.errors:
        new = NewMeeting(form["held_at"], form["spoke_for"], form["words"])
        try:
            await record_meeting(listing["id"], form["bid"], new, actor, now)
            return go(f"/listings/{reference}/consultation")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _page(reference, actor, now, form, 422)


@post(PATH + "/changes", opt=SIGNED_IN)
async def do_propose_change(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Put a change before the purchaser's representative."""
    listing = await _of_panel(reference, actor)
    form = parse(CHANGE, (await posted(request)).texts)
    if form.errors:
        return await _page(reference, actor, now, form, 422)
    await propose_change(listing["id"], Kind(form["kind"]), form["change"], actor, now)
    return go(f"/listings/{reference}/consultation")


@post(PATH + "/changes/{change:uuid}/confirm", opt=irreversible(SIGNED_IN))
async def do_confirm_change(
    reference: FromPath[str], change: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect:
    """Confirm a change; all are told at once."""
    listing = await _of_panel(reference, actor)
    await confirm_change(listing["id"], change, actor, now)
    return go(f"/listings/{reference}/consultation")


@post(PATH + "/meetings/{meeting:uuid}/confirm", opt=BIDS)
async def do_confirm_meeting(
    reference: FromPath[str], meeting: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect:
    """Say that the record of one's own meeting is right."""
    listing = await listing_page(reference)
    await confirm_meeting(listing["id"], meeting, actor, now)
    return go(f"/listings/{reference}/consultation")


@post(PATH + "/changes/{change:uuid}/answer", opt=BIDS)
async def do_answer_change(
    request: Request[Any, Any, Any], reference: FromPath[str], change: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Hand the response in again after a change."""
    listing = await listing_page(reference)
    form = parse(ANSWER, (await posted(request)).texts)
    if not form.errors:
        said = (form["answer"], form["signed_name"])
        try:
            await answer_change(listing["id"], change, form["bid"], said, actor, now)
            return go(f"/listings/{reference}/consultation")
        except FormRefused as refused:
            form.errors.update(refused.errors)
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["signed_name"] = refused.sentence
    return await _page(reference, actor, now, form, 422)


ROUTES: list[Any] = [
    show_consultation, do_record_meeting, do_propose_change, do_confirm_change, do_confirm_meeting, do_answer_change,
]  # fmt: skip
