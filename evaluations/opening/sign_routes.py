"""The signs of collusion of an opened listing: for its buyers and those who read everything, never for the public."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.listings.queries import listing_page
from evaluations.opening import queries
from evaluations.opening.collusion import answer
from evaluations.opening.seeing import look_again
from evaluations.signs.queries import bids_on, signs_on, waits_for_search
from evaluations.signs.rules import KIND_LABELS, OUTCOME_LABELS, Outcome
from evaluations.signs.services import Answer
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import FormRefused, NotFound
from marketplace.kernel.forms import Bound, Field, choice, identifier, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

PATH = "/listings/{reference:str}/signs"
FIELDS = [
    Field("outcome", N_("结论"), choice(tuple(OUTCOME_LABELS))),
    Field("reason", N_("核查情况和理由"), text(2000)),
    Field("bids", N_("认定无效的响应"), identifier(), is_required=False, is_list=True),
]


async def _opened(reference: str, actor: Actor, now: datetime) -> queries.OpeningState:
    """The opened listing for the unit's buyers and those who read everything. Raises NotFound."""
    state = await queries.opening_state((await listing_page(reference))["id"], now)
    of_unit = actor.organisation_id == state.listing["procuring_unit"]
    if not state.is_opened or not (of_unit or actor.may(Permission.READ_EVERYTHING)):
        raise NotFound()
    return state


async def _page(state: queries.OpeningState, actor: Actor, form: Bound | None = None, about: UUID | None = None) -> Any:
    listing = state.listing
    may_answer = (
        actor.may(Permission.REVIEW_QUALIFICATION)
        and actor.organisation_id == listing["procuring_unit"]
        and actor.person_id != listing["drafted_by"]
    )
    is_judged = listing["status"] != "opened"
    outcomes = [(o, label) for o, label in OUTCOME_LABELS.items() if not (o is Outcome.INVALID and is_judged)]
    return page(
        "evaluations/signs/signs.html", status_code=422 if form else 200, listing=listing, form=form, about=about,
        signs=await signs_on(listing["id"]), bids=await bids_on(listing["id"]),
        waits_for_search=await waits_for_search(listing["id"]), kind_labels=KIND_LABELS, outcome_labels=OUTCOME_LABELS,
        outcomes=outcomes, may_answer=may_answer,
    )  # fmt: skip


@get(PATH, opt=needs(Permission.REVIEW_QUALIFICATION, Permission.READ_EVERYTHING))
async def show_signs(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """Every sign with its evidence and clause, and what was answered."""
    found: Template = await _page(await _opened(reference, actor, now), actor)
    return found


@post(PATH + "/{sign:uuid}", opt=needs(Permission.REVIEW_QUALIFICATION))
async def do_answer(
    request: Request[Any, Any, Any], reference: FromPath[str], sign: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Put the answer to one sign on record."""
    state = await _opened(reference, actor, now)
    form = parse(FIELDS, (await posted(request)).texts)
    if not form.errors:
        try:
            said = Answer(Outcome(form["outcome"]), form["reason"], frozenset(form["bids"] or ()))
            await answer(sign, state.listing, said, actor, now)
            return go(f"/listings/{reference}/signs")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _page(state, actor, form, sign)  # type: ignore[no-any-return]


@post(PATH + "/look-again", opt=needs(Permission.REVIEW_QUALIFICATION))
async def do_look_again(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect:
    """Look for signs once more where the opening could not."""
    state = await _opened(reference, actor, now)
    await look_again(state.listing["id"], request.app.state["gateways"].documents, actor, now)
    return go(f"/listings/{reference}/signs")


ROUTES: list[Any] = [show_signs, do_answer, do_look_again]
