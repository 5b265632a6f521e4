"""The page of an admitted provider that does not sign its framework agreement: the statement, then the decision."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.holds.queries import holds_of
from catalogue.listings.queries import listing_by_id
from contracts.agreements.signing_days import last_day_to_sign
from contracts.deposits.queries import held_deposit_of
from contracts.frameworks.queries import place_page, refusal_of
from contracts.frameworks.refusing import record_place_not_signed, refuse_place
from evaluations.awards.rules import AwardPeople, check_may_determine
from evaluations.panel.queries import members
from evaluations.refusals.places import NEXT, NOBODY, STEP_LABELS, PlaceStep, decide_place, next_of
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import DomainError, Forbidden, NotFound
from marketplace.kernel.forms import Bound, Field, choice, flag, parse, proper_name, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

Req = Request[Any, Any, Any]
PATH = "/frameworks/{reference:str}/places/{place:uuid}/refusal"
SEEING = needs(Permission.SIGN_FOR_PROVIDER, Permission.DETERMINE_AWARD, Permission.READ_EVERYTHING)
STATING = needs(Permission.SIGN_FOR_PROVIDER, Permission.DETERMINE_AWARD)
REASON = Field("reason", N_("理由"), text(2000))
OWN = [
    REASON, Field("signed_name", N_("签字（输入您的姓名）"), proper_name(80)),
    Field("understood", N_("我知道这些后果"), flag()),
]  # fmt: skip
DECISION = [
    Field("step", N_("下一步"), choice([NEXT, NOBODY])),
    Field("excused", N_("理由是否正当"), choice(["no", "yes"])),
    Field("finding", N_("认定的情况和依据"), text(2000)),
]


async def _refusal_page(
    reference: str, place: UUID, actor: Actor, now: datetime, form: Bound | None = None
) -> Template:
    framework, found = await place_page(reference, place)
    own = actor.organisation_id == found["organisation"]
    runs = actor.organisation_id == framework["procuring_unit"] and actor.may(Permission.DETERMINE_AWARD)
    if not (own or runs or actor.may(Permission.READ_EVERYTHING)):
        raise NotFound()
    said = await refusal_of(place)
    if said is None and (found["status"] != "admitted" or not (own or runs)):
        raise NotFound()
    last = last_day_to_sign(found["sign_by"], found["letter_at"], await holds_of(framework["listing"]), now)
    listing = await listing_by_id(framework["listing"])
    decides = said is not None and not said["decided_at"] and await _may_decide(listing, actor)
    coming = await next_of(found, listing) if decides else None
    return page(
        "evaluations/refusals/place.html", status_code=422 if form else 200, framework=framework, place=found,
        said=said, own=own, last_day=last, is_over=county_day(now) > last, form=form, person=actor.name,
        may_decide=decides, coming=coming, labels=STEP_LABELS,
        deposit=await held_deposit_of(framework["listing"], found["provider"]),
    )  # fmt: skip


async def _may_decide(listing: dict[str, Any], actor: Actor) -> bool:
    panel = frozenset(m["person"] for m in await members(listing["id"]))
    try:
        check_may_determine(actor, AwardPeople(listing["procuring_unit"], listing["drafted_by"], panel))
    except Forbidden:
        return False
    return True


@get(PATH, opt=SEEING)
async def show_place_refusal(
    reference: FromPath[str], place: FromPath[UUID], actor: CurrentActor, now: Now
) -> Template:
    """What follows for whoever does not sign; later what was said and decided."""
    return await _refusal_page(reference, place, actor, now)


@post(PATH, opt=irreversible(STATING))
async def do_refuse_place(
    request: Req, reference: FromPath[str], place: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """The provider states that it does not sign, or the unit records it."""
    _, found = await place_page(reference, place)
    own = actor.organisation_id == found["organisation"]
    form = parse(OWN if own else [REASON], (await posted(request)).texts)
    if not form.errors:
        try:
            if own:
                await refuse_place(place, form["reason"], form["signed_name"], actor, now)
            else:
                await record_place_not_signed(place, form["reason"], actor, now)
            return go(f"/frameworks/{reference}/places/{place}/refusal")
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["signed_name"] = refused.sentence
    return await _refusal_page(reference, place, actor, now, form)


@post(PATH + "/decision", opt=irreversible(needs(Permission.DETERMINE_AWARD)))
async def do_decide_place(
    request: Req, reference: FromPath[str], place: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """The next comes in, or nobody."""
    await place_page(reference, place)
    form = parse(DECISION, (await posted(request)).texts)
    if form.errors:
        return await _refusal_page(reference, place, actor, now, form)
    await decide_place(place, PlaceStep(form["step"], form["excused"] == "yes", form["finding"]), actor, now)
    return go(f"/frameworks/{reference}/places/{place}/refusal")


ROUTES: list[Any] = [show_place_refusal, do_refuse_place, do_decide_place]
