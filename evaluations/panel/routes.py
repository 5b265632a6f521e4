"""Pages of the panel: the buyer appoints, each member declares."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.listings.methods import row_of
from catalogue.listings.rules import runs
from evaluations.panel import queries
from evaluations.panel.chair import WITH_CHAIR, chair_of, votes_of
from evaluations.panel.draw_records import draw_records_of
from evaluations.panel.forms import DECLARATION_FIELDS, MEMBER_FIELDS
from evaluations.panel.rules import APPOINTING, KIND_LABELS
from evaluations.panel.services import appoint_member, declare_interest
from evaluations.panel.ties import LOOKBACK, Tie, ties_to_bidders
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import SIGNED_IN, CurrentActor, Now, needs
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import nothing, read_ahead, together
from marketplace.kernel.draws.queries import standing_draw
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.rulebook import number
from marketplace.kernel.web import go, page, posted


@get("/listings/{reference:str}/panel", opt=SIGNED_IN)
async def show_panel(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """Seats, and what this reader may do."""
    return await panel_page(reference, actor, Bound(), now)


async def panel_page(
    reference: str, actor: Actor, form: Bound, now: datetime, status_code: int = 200
) -> Template:
    """The panel page with a form somebody filled in."""
    listing = await queries.panel_listing(reference, actor)
    opened = listing["status"] == "opened"
    sees_all = actor.may(Permission.APPOINT_PANEL) or actor.may(Permission.READ_EVERYTHING)
    reads_ties = opened or listing["status"] == "evaluated"
    appoints = (
        actor.may(Permission.APPOINT_PANEL)
        and runs(actor, listing, Entrusted.PANEL)
        and listing["status"] in APPOINTING
    )
    await read_ahead(
        queries.member_of(listing["id"], actor.person_id), queries.members(listing["id"]), queries.size_of(listing),
        queries.is_locked(listing["id"]), draw_records_of(listing["id"]), chair_of(listing["id"]),
        queries.bidders_to_declare(listing["id"]) if opened else nothing(),
        _ties_of_panel(listing["id"], county_day(now)) if sees_all and reads_ties else nothing(),
        *((standing_draw("panel", listing["id"]), queries.candidates(listing)) if appoints else ()),
    )  # fmt: skip
    me = await queries.member_of(listing["id"], actor.person_id)
    may_appoint = appoints and not await queries.is_locked(listing["id"])
    # a member sees its own seat only: who else judges is secret until the notice (R-COM-04)
    everyone = await queries.members(listing["id"])
    seats = everyone if sees_all else []
    size = await queries.size_of(listing)
    ties = await _ties(listing["id"], seats, county_day(now)) if reads_ties else {}
    return page(
        "evaluations/panel/panel.html", status_code=status_code, listing=listing, form=form, me=me, seats=seats,
        is_local=row_of(listing).is_local,
        draw_records=await draw_records_of(listing["id"]) if seats or may_appoint else [],
        draws_here=may_appoint and row_of(listing).is_local,
        draw=await standing_draw("panel", listing["id"]) if may_appoint else None,
        may_appoint=may_appoint, candidates=await queries.candidates(listing) if may_appoint else [],
        kind_labels=KIND_LABELS, least=size.least, panel_rule=size.clause, is_opened=opened,
        chair=await chair_of(listing["id"]), chair_votes=await votes_of(listing["id"]),
        judging=await _voters(listing, me),
        bidders=await queries.bidders_to_declare(listing["id"]) if opened and me else [],
        ties=ties,
        may_rebuild=listing["status"] == "evaluated"
        and actor.may(Permission.APPOINT_PANEL)
        and runs(actor, listing, Entrusted.PANEL)
        and any(tie.is_certain for found in ties.values() for tie in found),
        years=int(number(LOOKBACK, county_day(now))),
    )  # fmt: skip


async def _ties(listing: UUID, seats: list[dict[str, Any]], day: date) -> dict[UUID, list[Tie]]:
    """What the registers say of each member who judges, for those who appoint."""
    judging = [seat for seat in seats if not seat["has_interest"]]
    found = await together(*(ties_to_bidders(listing, seat, day) for seat in judging))
    return {seat["id"]: ties for seat, ties in zip(judging, found, strict=True)}


async def _ties_of_panel(listing: UUID, day: date) -> None:
    await _ties(listing, await queries.members(listing), day)


async def _voters(listing: dict[str, Any], me: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Who may be voted for: until all have locked alone, no member learns who else judges (R-COM-06)."""
    if me is None or me["declared_at"] is None or me["has_interest"] or listing["status"] not in WITH_CHAIR:
        return []
    if not await queries.is_locked(listing["id"]):
        return []
    return [m for m in await queries.judging_members(listing["id"]) if m["declared_at"]]


@post("/listings/{reference:str}/panel", opt=needs(Permission.APPOINT_PANEL))
async def do_appoint(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Appoint a member."""
    listing = await queries.panel_listing(reference, actor)
    form = parse(MEMBER_FIELDS, (await posted(request)).texts)
    if not form.errors:
        try:
            await appoint_member(listing["id"], form["person"], form["kind"], form["drawn_from"] or "", actor, now)
            return go(f"/listings/{reference}/panel")
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["drawn_from" if refused.clause == "R-EXP-01" else "person"] = refused.sentence
    return await panel_page(reference, actor, form, now, 422)


@post("/listings/{reference:str}/panel/declaration", opt=SIGNED_IN)
async def do_declare(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """A member declares whether it has an interest."""
    listing = await queries.panel_listing(reference, actor)
    form = parse(DECLARATION_FIELDS, (await posted(request)).texts)
    if not form.errors:
        try:
            has_interest = form["has_interest"] == "yes"
            may_judge = await declare_interest(
                listing["id"], has_interest, form["interest"] or "", actor, now, form["employers"] or ""
            )
            return go(f"/listings/{reference}/{'scoring' if may_judge else 'panel'}")
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["interest"] = refused.sentence
    return await panel_page(reference, actor, form, now, 422)


ROUTES: list[Any] = [show_panel, do_appoint, do_declare]
