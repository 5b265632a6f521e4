"""Pages of complaints: the letter, finance's review and decision, the published result."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.holds.queries import holds_of
from catalogue.holds.services import HoldEnd
from evaluations.challenges import complaint_services, deciding, queries
from evaluations.challenges.carrying_out import case_of
from evaluations.challenges.complaint_rules import PAUSE_LABELS
from evaluations.challenges.forms import (
    CORRECTION,
    DECISION,
    EXAMINATION,
    FROM_ANSWER,
    MOST_MATTERS,
    ORDER,
    REFUSAL,
    REPLY,
    RESUMPTION,
    complaint_form,
    decision_of,
    order_of,
)  # fmt: skip
from evaluations.challenges.remedies import COMPLAINT_OUTCOMES, remedies_of_complaint
from evaluations.challenges.routes import LABELS, RAISING
from evaluations.challenges.rules import (
    COMPLAINT_CONTENTS,
    COMPLAINT_PHONE,
    complain_until,
    complaint_against,
    days_on,
    may_answer,
    missing_contents,
)
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import PUBLIC, SIGNED_IN, CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import DomainError, FormRefused, NotFound
from marketplace.kernel.forms import Bound, Field, parse
from marketplace.kernel.private_columns import reveal
from marketplace.kernel.rulebook import number
from marketplace.kernel.web import go, page, posted

DECIDING = needs(Permission.DECIDE_COMPLAINT)
SENDER = ("address", "postcode", "contact", "phone", "agent", "partners", "history", "requests")
Shown = dict[str, Any]


@get("/complaints", opt=PUBLIC)
async def list_complaints(request: Request[Any, Any, Any]) -> Template:
    """Every decision for everybody; for finance what waits, the most pressing first."""
    return page(
        "evaluations/challenges/complaints.html", complaints=await queries.list_complaints(request.scope.get("user")),
        **LABELS,
    )  # fmt: skip


async def _letter_page(
    challenge: Shown, actor: Actor, now: Any, form: Bound | None = None, correcting: Shown | None = None
) -> Template:
    typed: Shown = {}
    if correcting is not None:
        typed = {name: correcting[name] for name in SENDER} | {"phone": reveal(correcting["phone"], COMPLAINT_PHONE)}
        for each in await queries.complaint_matters(correcting["id"]):
            typed |= {f"{name}-{each['position']}": each[name] for name in ("matter", "facts", "law")}
            typed[f"source-{each['position']}"] = each["challenge_matter"] or FROM_ANSWER
    earlier = [] if correcting else [each["status"] for each in await queries.complaints_about(challenge["id"])]
    return page(
        "evaluations/challenges/complain.html", status_code=422 if form else 200, challenge=challenge, form=form,
        matters=await queries.matters_of(challenge["id"]), places=range(1, MOST_MATTERS + 1), office=actor.office,
        person=actor.name, until=complain_until(challenge), correcting=correcting, typed=typed,
        against=None if correcting else complaint_against(challenge, now, earlier),
        missing=missing_contents(COMPLAINT_CONTENTS, form.errors) if form else [], from_answer=FROM_ANSWER,
        partners=await queries.partners_of(challenge), **LABELS,
    )  # fmt: skip


async def _own(reference: str, actor: Actor) -> Shown:
    found = await queries.challenge_by(reference, actor)
    if found["organisation"] != actor.organisation_id:
        raise NotFound()
    return found


@get("/challenges/{reference:str}/complaint", opt=RAISING)
async def show_complain(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """The letter of complaint in the parts of the official form."""
    return await _letter_page(await _own(reference, actor), actor, now)


@post("/challenges/{reference:str}/complaint", opt=RAISING)
async def do_complain(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Hand it to finance."""
    challenge = await _own(reference, actor)
    form, new = complaint_form((await posted(request)).texts)
    if new is not None:
        try:
            return go(f"/complaints/{await complaint_services.raise_complaint(reference, new, actor, now)}")
        except DomainError as refused:
            _keep(form, refused)
    return await _letter_page(challenge, actor, now, form)


def _keep(form: Bound, refused: DomainError) -> None:
    """A refusal of the form stands beside its field; every other one is a page of its own."""
    if isinstance(refused, FormRefused):
        form.errors.update(refused.errors)
    elif refused.status_code == 422:
        form.errors["signed_name"] = refused.sentence
    else:
        raise refused


@get("/complaints/{reference:str}/correction", opt=RAISING)
async def show_correct(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """The letter once more, with what finance asked for."""
    complaint = await queries.complaint_by(reference, actor)
    return await _letter_page(await _own(complaint["challenge_reference"], actor), actor, now, None, complaint)


@post("/complaints/{reference:str}/correction", opt=RAISING)
async def do_correct(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Hand in the corrected letter."""
    complaint = await queries.complaint_by(reference, actor)
    challenge = await _own(complaint["challenge_reference"], actor)
    form, new = complaint_form((await posted(request)).texts)
    if new is not None:
        try:
            await complaint_services.correct_complaint(reference, new, actor, now)
            return go(f"/complaints/{reference}")
        except DomainError as refused:
            _keep(form, refused)
    return await _letter_page(challenge, actor, now, form, complaint)


async def _complaint_page(
    reference: str, actor: Actor | None, now: Any, form: Bound | None = None, status_code: int = 200
) -> Template:
    found = await queries.complaint_by(reference, actor)
    inside = queries.is_party(actor, found)
    replies = await queries.replies_of(found["id"]) if inside else []
    decides = actor is not None and actor.may(Permission.DECIDE_COMPLAINT)
    speaks = actor is not None and (
        may_answer(actor, found)
        or (actor.may(Permission.RAISE_CHALLENGE) and actor.organisation_id != found["organisation"])
    )
    holds = [h for h in await holds_of(found["listing"]) if h["subject"] == reference]
    return page(
        "evaluations/challenges/complaint.html", status_code=status_code, complaint=found, form=form, inside=inside,
        matters=await queries.complaint_matters(found["id"]), replies=replies, decides=decides, holds=holds,
        hears=bool(holds) and await queries.hears_of_order(found, actor),
        own=actor is not None and actor.organisation_id == found["organisation"],
        may_reply=speaks and found["status"] == "accepted"
        and all(r["organisation"] != getattr(actor, "organisation_id", None) for r in replies),
        pauses=await queries.pauses_of(found["id"]) if inside else [], pause_labels=PAUSE_LABELS,
        days=days_on(county_day(now)), **LABELS,
    )  # fmt: skip


@get("/complaints/{reference:str}", opt=PUBLIC)
async def show_complaint(request: Request[Any, Any, Any], reference: FromPath[str], now: Now) -> Template:
    """A decision for everybody; before that for the parties, with what each may do."""
    return await _complaint_page(reference, request.scope.get("user"), now)


Act = Callable[[Bound], Awaitable[None]]


async def _carry(
    request: Request[Any, Any, Any], reference: str, fields: list[Field], who: tuple[Actor, Any], act: Act
) -> Redirect | Template:
    """One small form of the complaint's page: mistakes come back there, success leads there."""
    form = parse(fields, (await posted(request)).texts)
    if not form.errors:
        try:
            await act(form)
            return go(f"/complaints/{reference}")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _complaint_page(reference, who[0], who[1], form, 422)


@post("/complaints/{reference:str}/ask-correction", opt=DECIDING)
async def do_ask_correction(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Say once what the letter lacks."""

    async def act(form: Bound) -> None:
        await complaint_services.ask_for_correction(reference, form["note"], form["correct_by"], actor, now)

    return await _carry(request, reference, CORRECTION, (actor, now), act)


@post("/complaints/{reference:str}/refuse", opt=irreversible(DECIDING))
async def do_refuse(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Do not accept it, with the reason."""

    async def act(form: Bound) -> None:
        await complaint_services.refuse_complaint(reference, form["refusal"], actor, now)

    return await _carry(request, reference, REFUSAL, (actor, now), act)


@post("/complaints/{reference:str}/accept", opt=DECIDING)
async def do_accept(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Accept it and send the copies."""
    await complaint_services.accept_complaint(reference, actor, now)
    return go(f"/complaints/{reference}")


@post("/complaints/{reference:str}/reply", opt=SIGNED_IN)
async def do_reply(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """What the respondent or another provider concerned says."""
    await queries.complaint_by(reference, actor)

    async def act(form: Bound) -> None:
        await complaint_services.reply_to_complaint(reference, form["words"], actor, now)

    return await _carry(request, reference, REPLY, (actor, now), act)


@post("/complaints/{reference:str}/withdraw", opt=RAISING)
async def do_withdraw(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Take it back."""
    await complaint_services.withdraw_complaint(reference, actor, now)
    return go(f"/complaints/{reference}")


@post("/complaints/{reference:str}/suspend", opt=irreversible(DECIDING))
async def do_suspend(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Order the procurement to rest."""

    async def act(form: Bound) -> None:
        await deciding.order_suspension(reference, order_of(form), actor, now)

    return await _carry(request, reference, ORDER, (actor, now), act)


@post("/complaints/{reference:str}/resume", opt=DECIDING)
async def do_resume(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Let it go on before its day."""

    async def act(form: Bound) -> None:
        end = HoldEnd(form["resume_reason"], form["resume_number"])
        await deciding.lift_suspension(reference, end, actor, now)

    return await _carry(request, reference, RESUMPTION, (actor, now), act)


@post("/complaints/{reference:str}/examine", opt=DECIDING)
async def do_examine(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Hand something to testers or experts; the time rests."""

    async def act(form: Bound) -> None:
        await deciding.begin_examination(reference, form["why"], actor, now)

    return await _carry(request, reference, EXAMINATION, (actor, now), act)


@post("/complaints/{reference:str}/examined", opt=DECIDING)
async def do_end_examination(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Their result is in."""
    await deciding.end_examination(reference, actor, now)
    return go(f"/complaints/{reference}")


async def _decision_page(
    reference: str, actor: Actor, now: Any, form: Bound | None = None, status_code: int = 200
) -> Template:
    found = await queries.complaint_by(reference, actor)
    case = await case_of(await queries.listing_of(found), found, now)
    return page(
        "evaluations/challenges/decide.html", status_code=status_code, complaint=found, form=form, case=case,
        matters=await queries.complaint_matters(found["id"]), replies=await queries.replies_of(found["id"]),
        allowed={outcome: remedies_of_complaint(case, outcome) for outcome in COMPLAINT_OUTCOMES},
        unfounded=await queries.unfounded_before(found, now),
        unfounded_from=int(number("R-DISP-05/complaints", county_day(now))),
        months=int(number("R-DISP-05/lookback", county_day(now))),
        **LABELS,
    )  # fmt: skip


@get("/complaints/{reference:str}/decide", opt=DECIDING)
async def show_decide(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """Matters and replies side by side, and what the law lets follow now."""
    return await _decision_page(reference, actor, now)


@post("/complaints/{reference:str}/decide", opt=irreversible(DECIDING))
async def do_decide(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Decide it; what follows is carried out at once."""
    form = parse(DECISION, (await posted(request)).texts)
    if form.errors:
        return await _decision_page(reference, actor, now, form, 422)
    await deciding.decide_complaint(reference, decision_of(form), actor, now)
    return go(f"/complaints/{reference}")


ROUTES: list[Any] = [
    list_complaints, show_complain, do_complain, show_correct, do_correct, show_complaint, do_ask_correction, do_refuse,
    do_accept, do_reply, do_withdraw, do_suspend, do_resume, do_examine, do_end_examination, show_decide, do_decide,
]  # fmt: skip
