"""Pages of scoring: each member's own sheet, locking, low prices, and the full table once all have locked."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.listings.methods import judged_without_panel, lowest_price_wins
from evaluations.arithmetic.queries import waits_for_correction
from evaluations.opening.queries import lots_ended
from evaluations.panel.codes import coded, hides_names
from evaluations.panel.queries import is_locked, judging_members, member_of, panel_listing
from evaluations.panel.seats import is_reviewed_again
from evaluations.scoring import queries
from evaluations.scoring.low_prices import least_minutes, rules_day, suspects_of
from evaluations.scoring.printed import Choice, choices_of
from evaluations.scoring.services import (
    EndsWithoutComment,
    compute_results,
    differences,
    lock_marks,
    own_seat,
    put_marks,
    waits_for_explanation,
)
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import SIGNED_IN, CurrentActor, Now, irreversible
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import read_ahead, together
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Bound, Field, decimal, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted


@get("/listings/{reference:str}/scoring", opt=SIGNED_IN)
async def show_scoring(reference: FromPath[str], actor: CurrentActor) -> Template | Redirect:
    """The member's own sheet, or the progress and then the table for the buyer and the supervisors."""
    return await scoring_page(reference, actor, Bound())


async def scoring_page(reference: str, actor: Actor, form: Bound, status_code: int = 200) -> Template | Redirect:
    """The scoring page with a form somebody filled in."""
    listing = await panel_listing(reference, actor)
    await read_ahead(
        member_of(listing["id"], actor.person_id), is_locked(listing["id"]), judging_members(listing["id"]),
        queries.opened_bids(listing["id"]), lots_ended(listing["id"]), queries.marked_criteria(listing["id"]),
        queries.low_price_requests(listing["id"]), queries.result_rows(listing["id"]), hides_names(listing),
        queries.printed_bands(listing["id"]), waits_for_correction(listing), _own_ahead(listing, actor),
        suspects_of(listing), is_reviewed_again(listing),
    )  # fmt: skip
    me = await member_of(listing["id"], actor.person_id)
    if me and me["declared_at"] is None:
        return go(f"/listings/{reference}/panel")
    locked = await is_locked(listing["id"])
    judging = await judging_members(listing["id"])
    bids = await queries.opened_bids(listing["id"]) if me or locked else []
    if under_codes := bool(me) and not locked and await hides_names(listing):
        bids = coded(bids)
    scoring = me is not None and not me["has_interest"]
    again = scoring and locked and await is_reviewed_again(listing)
    return page(
        "evaluations/scoring/scoring.html", status_code=status_code, listing=listing, form=form, me=me,
        under_codes=under_codes, is_scoring=scoring and listing["status"] == "opened", all_locked=locked,
        locked_count=sum(m["locked_at"] is not None for m in judging), member_count=len(judging),
        bids=[b for b in bids if queries.is_scored(b)] if scoring else [], ended=await lots_ended(listing["id"]),
        waits_for_conformity=scoring and any(queries.waits_for_conformity(b) for b in bids),
        criteria=(criteria := await queries.marked_criteria(listing["id"])),
        choices=await _choices(listing["id"], criteria) if scoring and not (me and me["locked_at"]) else {},
        own=await queries.own_marks(me["id"]) if me and scoring else {},
        differing=await differences(listing) if scoring and me and me["reopened_at"] and not me["locked_at"] else [],
        suspects=await suspects_of(listing) if scoring and locked and (again or listing["status"] == "opened") else {},
        is_again=again, waits_for_explanation=again and await waits_for_explanation(listing),
        waits_for_correction=scoring and listing["status"] == "opened" and await waits_for_correction(listing),
        asked=await _asked(listing["id"]) if locked else [],
        least_minutes=least_minutes(rules_day(listing)) if locked else 0,
        results=await _full_table(listing, actor, locked),
        is_by_price=lowest_price_wins(listing),
        is_whole_table=actor.may(Permission.READ_EVERYTHING) or actor.may(Permission.APPOINT_PANEL),
    )  # fmt: skip


async def _own_ahead(listing: dict[str, Any], actor: Actor) -> None:
    if (me := await member_of(listing["id"], actor.person_id)) and not me["has_interest"]:
        await queries.own_marks(me["id"])


async def _choices(listing: UUID, criteria: list[dict[str, Any]]) -> dict[UUID, list[Choice]]:
    rows = await queries.printed_bands(listing)
    return {c["id"]: choices_of(rows.get(c["id"], ()), c["bands"], c["points"]) for c in criteria}


async def _asked(listing: UUID) -> list[dict[str, Any]]:
    """Every price that was asked about, with what members said of it so far."""
    asked = await queries.low_price_requests(listing)
    votes = await together(*(queries.low_price_votes(each["opened_bid"]) for each in asked))
    return [{**each, "votes": said} for each, said in zip(asked, votes, strict=True)]


async def _full_table(listing: dict[str, Any], actor: Actor, locked: bool) -> list[dict[str, Any]]:
    """Everybody's results: for the unit, the panel and the supervisors, and only after every member has locked."""
    if not locked and not judged_without_panel(listing):
        return []
    rows = await queries.result_rows(listing["id"])
    points = await queries.criterion_points(row["id"] for row in rows)
    return [{**row, "criteria": points[row["id"]]} for row in rows]


@post("/listings/{reference:str}/scoring/{bid:uuid}", opt=SIGNED_IN)
async def do_mark(
    request: Request[Any, Any, Any], reference: FromPath[str], bid: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Save this member's marks for one bid; marks left empty wait."""
    listing = await seat_of(reference, actor)
    criteria = await queries.marked_criteria(listing["id"])
    fields = []
    for number, criterion in enumerate(criteria, 1):
        fields += [
            Field(_name("points", bid, number), criterion["title"], decimal(Decimal(0), criterion["points"]), False),
            Field(_name("comment", bid, number), N_("评语"), text(2000), False),
        ]
    form = parse(fields, (await posted(request)).texts)
    if form.errors:
        return await scoring_page(reference, actor, form, 422)  # type: ignore[return-value]
    marks = {
        c["id"]: (form[_name("points", bid, n)], form[_name("comment", bid, n)] or "")
        for n, c in enumerate(criteria, 1)
        if form[_name("points", bid, n)] is not None
    }
    try:
        await put_marks(listing["id"], bid, marks, actor, now)
    except EndsWithoutComment as refused:
        number = next(n for n, c in enumerate(criteria, 1) if c["id"] == refused.criterion)
        form.errors[_name("comment", bid, number)] = refused.sentence
        return await scoring_page(reference, actor, form, 422)  # type: ignore[return-value]
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        form.errors["_marks"] = refused.sentence
        return await scoring_page(reference, actor, form, 422)  # type: ignore[return-value]
    return go(f"/listings/{reference}/scoring")


def _name(what: str, bid: UUID, number: int) -> str:
    return f"{what}-{bid}-{number}"


async def seat_of(reference: str, actor: Actor) -> dict[str, Any]:
    """The listing, for somebody who may score it. Raises Forbidden for readers, NotFound for strangers."""
    try:
        listing = await panel_listing(reference, actor)
    except NotFound:
        actor.check_may(Permission.SCORE_BIDS)
        raise
    await own_seat(listing["id"], actor)
    return listing


@get("/listings/{reference:str}/scoring/lock", opt=SIGNED_IN)
async def confirm_lock(reference: FromPath[str], actor: CurrentActor) -> Template:
    """Locking cannot be undone: ask once more."""
    listing = await seat_of(reference, actor)
    return page("evaluations/scoring/lock.html", listing=listing, form=Bound())


@post("/listings/{reference:str}/scoring/lock", opt=irreversible(SIGNED_IN))
async def do_lock(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Lock; the page says so when members differ on an objective factor."""
    listing = await seat_of(reference, actor)
    try:
        await lock_marks(listing["id"], actor, now)
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        form = Bound(errors={"_lock": refused.sentence})
        return await scoring_page(reference, actor, form, 422)  # type: ignore[return-value]
    return go(f"/listings/{reference}/scoring")


@post("/listings/{reference:str}/scoring/results", opt=SIGNED_IN)
async def do_compute(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Compute the results; the listing moves on to the buyer."""
    listing = await seat_of(reference, actor)
    try:
        await compute_results(listing["id"], actor, now)
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        form = Bound(errors={"_results": refused.sentence})
        return await scoring_page(reference, actor, form, 422)  # type: ignore[return-value]
    return go(f"/listings/{reference}/scoring")


ROUTES: list[Any] = [show_scoring, confirm_lock, do_lock, do_compute, do_mark]
