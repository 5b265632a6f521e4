"""Pages of a contract's changes: propose, read, sign, refuse, answer, take back."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from contracts.agreements.queries import contract_facts
from contracts.agreements.routes import reader
from contracts.agreements.rules import SIDE_LABELS, Side, is_buyer_side, is_provider_side
from contracts.agreements.services import SIGNING as MAY_SIGN
from contracts.amendments import queries
from contracts.amendments.claims import claim_of, how_it_ends, receive_claim
from contracts.amendments.forms import (
    REASON,
    RECEIVED,
    RESUMPTION,
    REVIEW,
    SIGNING,
    SUPPLEMENT,
    SUSPENSION,
    TERMINATION,
    VIEW,
)
from contracts.amendments.papers import may_add_paper, papers_of
from contracts.amendments.rules import (
    ALONE_BY,
    AMENDMENT_LABELS,
    ENDINGS,
    GROUND_LABELS,
    KIND_LABELS,
    KIND_RULES,
    NOTHING_LEFT,
    ONE_SIDED,
    RESTS,
    Ended,
    Ground,
    Kind,
    heard_until,
    may_answer_afterwards,
    room,
    waits_to_hear,
)
from contracts.amendments.services import (
    Supplement,
    Suspension,
    Termination,
    propose_resumption,
    propose_supplement,
    propose_suspension,
    propose_termination,
    refuse_amendment,
    rules_day,
    sign_amendment,
    state_view,
    withdraw_amendment,
)
from contracts.redactions.rules import published_text
from contracts.redactions.services import reads_whole
from contracts.suspensions.queries import residents_touched, standing_of, suspension_of_amendment
from contracts.suspensions.rules import SUSPENSION_LABELS, Rest, latest_review
from contracts.suspensions.services import review_suspension
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.capitals import in_capitals
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import DomainError, FormRefused, NotFound
from marketplace.kernel.forms import Bound, Field, parse
from marketplace.kernel.web import go, page, posted

Row = dict[str, Any]
BUYING = needs(Permission.SIGN_FOR_BUYER)
PROVIDING = needs(Permission.SIGN_FOR_PROVIDER)
EITHER = needs(Permission.SIGN_FOR_BUYER, Permission.SIGN_FOR_PROVIDER)


async def _to_propose(reference: str, kind: str, actor: Actor) -> Row:
    contract = await contract_facts(reference, visible_to=actor)
    if kind not in {each.value for each in Kind} or not is_buyer_side(actor, contract):
        raise NotFound()
    if contract["status"] != "in_force":
        raise NotFound()
    if kind == Kind.RESUMPTION and await standing_of(contract["id"]) is None:
        raise NotFound()
    return contract


async def _ended(contract: Row, kind: Kind) -> Ended:
    """What of the advance an ending settles; nothing while it is on its way, the act says so."""
    try:
        return await how_it_ends(contract, Decimal(0)) if kind is Kind.TERMINATION else NOTHING_LEFT
    except DomainError:
        return NOTHING_LEFT


async def _touched(contract: Row, kind: Kind, now: datetime) -> list[Row]:
    """Whom a rest would leave without visits; an ending says how many, and its handover lists them."""
    return await residents_touched(contract, county_day(now)) if kind is Kind.SUSPENSION else []


async def _propose_page(
    contract: Row, kind: Kind, now: datetime, form: Bound | None = None, status_code: int = 200
) -> Template:
    return page(
        f"contracts/amendments/new_{kind.value}.html", status_code=status_code, contract=contract, form=form,
        room=room(contract["amount"], await queries.added_so_far(contract["id"]), rules_day(contract)),
        still_open=await queries.still_open(contract["id"]),
        effects=await queries.effects_of(contract, county_day(now)) if kind is Kind.TERMINATION else None,
        ended=await _ended(contract, kind), standing=await standing_of(contract["id"]),
        residents=await _touched(contract, kind, now), latest_review=latest_review(county_day(now)),
        grounds=[(g.value, GROUND_LABELS[g]) for g in (RESTS if kind is Kind.SUSPENSION else ENDINGS)],
    )  # fmt: skip


@get("/contracts/{reference:str}/amendments/new/{kind:str}", opt=BUYING)
async def show_new(reference: FromPath[str], kind: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """The form of a supplementary contract or of an end before time."""
    contract = await _to_propose(reference, kind, actor)
    return await _propose_page(contract, Kind(kind), now)


@post("/contracts/{reference:str}/amendments/new/{kind:str}", opt=BUYING)
async def do_propose(
    request: Request[Any, Any, Any], reference: FromPath[str], kind: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Write the change; both sides, or another person of the buyer, decide about it."""
    contract = await _to_propose(reference, kind, actor)
    form = parse(_FORMS[Kind(kind)][0], (await posted(request)).texts)
    if form.errors:
        return await _propose_page(contract, Kind(kind), now, form, 422)
    try:
        amendment = await _propose(reference, Kind(kind), form, actor, now)
    except FormRefused as refused:
        form.errors.update(refused.errors)
        return await _propose_page(contract, Kind(kind), now, form, 422)
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        form.errors[_FORMS[Kind(kind)][1]] = refused.sentence
        return await _propose_page(contract, Kind(kind), now, form, 422)
    return go(f"/amendments/{amendment}?done=proposed")


# what each kind asks for, and beside which field a refusal of the whole stands
_FORMS: dict[Kind, tuple[Sequence[Field], str]] = {
    Kind.SUPPLEMENT: (SUPPLEMENT, "quantity"), Kind.TERMINATION: (TERMINATION, "settlement"),
    Kind.SUSPENSION: (SUSPENSION, "from_on"), Kind.RESUMPTION: (RESUMPTION, "from_on"),
}  # fmt: skip


async def _propose(reference: str, kind: Kind, form: Bound, actor: Actor, now: datetime) -> str:
    reason, document = form["reason"], form["document_number"] or ""
    match kind:
        case Kind.SUPPLEMENT:
            more = Supplement(form["quantity"], form["due_on"], reason, document)
            return await propose_supplement(reference, more, actor, now)
        case Kind.TERMINATION:
            end = Termination(Ground(form["ground"]), reason, document, form["settlement"] or Decimal(0))
            return await propose_termination(reference, end, actor, now)
        case Kind.SUSPENSION:
            rest = Rest(
                form["from_on"], form["to_on"], form["review_on"], form["care"], bool(form["visits_go_on"])
            )
            wanted = Suspension(Ground(form["ground"]), reason, document, rest)
            return await propose_suspension(reference, wanted, actor, now)
        case Kind.RESUMPTION:
            return await propose_resumption(reference, form["from_on"], reason, document, actor, now)


def _acts(amendment: Row, actor: Actor | None) -> set[str]:
    """What this reader may do about a proposal now."""
    contract = amendment["facts"]
    if actor is None:
        return set()
    provides = is_provider_side(actor, contract) and actor.may(MAY_SIGN[Side.PROVIDER])
    if may_answer_afterwards(amendment) and provides and amendment["view_at"] is None:
        return {"view"}
    if amendment["status"] != "proposed":
        return set()
    signed, found = {each["side"] for each in amendment["signatures"]}, set()
    one_sided = amendment["ground"] in ONE_SIDED
    if is_buyer_side(actor, contract) and actor.may(MAY_SIGN[Side.BUYER]):
        found.add("withdraw")
        if Side.BUYER not in signed and actor.person_id != amendment["proposed_by"]:
            found.add("sign")
    if is_provider_side(actor, contract) and actor.may(MAY_SIGN[Side.PROVIDER]):
        if one_sided:
            found |= {"view"} if amendment["view_at"] is None else set()
        else:
            found |= {"refuse"} | ({"sign"} if Side.PROVIDER not in signed else set())
    return found


def _may_resume(actor: Actor | None, contract: Row, rested: Row | None) -> bool:
    """The buyer proposes that a contract at rest is served again, or looks at a rest without an end."""
    if actor is None or rested is None or rested["status"] != "standing":
        return False
    return is_buyer_side(actor, contract) and actor.may(MAY_SIGN[Side.BUYER])


def _sees_residents(actor: Actor | None, contract: Row) -> bool:
    """Codes are for both sides' people who answer for the contract, and those who read everything."""
    if actor is None:
        return False
    is_side = is_buyer_side(actor, contract) or is_provider_side(actor, contract)
    return actor.may(Permission.READ_EVERYTHING) or (is_side and actor.may(Permission.HAND_OVER))


async def _amendment_page(
    reference: str, actor: Actor | None, now: datetime, form: Bound | None = None, done: str = "",
    status_code: int = 200,
) -> Template:  # fmt: skip
    amendment = await queries.amendment_page(reference, visible_to=actor)
    is_one_sided = amendment["ground"] in ONE_SIDED
    contract, kind = amendment["facts"], Kind(amendment["kind"])
    rested = await suspension_of_amendment(reference) if kind is Kind.SUSPENSION else None
    sees_codes = kind is Kind.SUSPENSION and _sees_residents(actor, contract)
    claim = await claim_of(amendment["id"])
    text, whole = amendment["text"], reads_whole(actor, contract)
    return page(
        "contracts/amendments/show.html", status_code=status_code, amendment=amendment, contract=amendment["facts"],
        labels=AMENDMENT_LABELS, kinds=KIND_LABELS, grounds=GROUND_LABELS, side_labels=SIDE_LABELS, form=form,
        acts=_acts(amendment, actor), done=done, is_one_sided=is_one_sided,
        heard_until=heard_until(amendment["proposed_at"]) if waits_to_hear(amendment) else None,
        clause=KIND_RULES[kind], alone_by=ALONE_BY.get(Ground(amendment["ground"])), rested=rested,
        rested_labels=SUSPENSION_LABELS, resumes=_may_resume(actor, contract, rested),
        residents=await residents_touched(contract, county_day(now)) if sees_codes else None,
        capitals=in_capitals(amendment["amount"]), claim=claim,
        receives=claim is not None and claim["received_on"] is None and may_receive(actor),
        shown_text=text if whole else published_text(text).text, papers=await papers_of(amendment["id"]),
        reads_papers=whole, adds_papers=may_add_paper(actor, amendment),
    )  # fmt: skip


async def amendment_answer(reference: str, actor: Actor, now: datetime, form: Bound) -> Template:
    """The page of an amendment with what is wrong beside its fields."""
    return await _amendment_page(reference, actor, now, form, status_code=422)


@get("/amendments/{reference:str}", opt=PUBLIC)
async def show_amendment(request: Request[Any, Any, Any], reference: FromPath[str], now: Now) -> Template:
    """A change of a contract: public once in force, before that for both sides."""
    return await _amendment_page(reference, reader(request), now, done=request.query_params.get("done", ""))


def may_receive(actor: Actor | None) -> bool:
    """Finance notes what came back."""
    return actor is not None and actor.may(Permission.APPROVE_PAYMENT)


@post("/amendments/{reference:str}/advance", opt=irreversible(needs(Permission.APPROVE_PAYMENT)))
async def do_receive_advance(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Note that the advance came back; its money returns to the budget line."""
    form = await _read(request, reference, RECEIVED, actor, now)
    if not isinstance(form, Bound):
        return form
    amendment = await queries.amendment_page(reference, visible_to=actor)
    try:
        await receive_claim(amendment, form["received_on"], form["proof"], (actor, now))
    except DomainError as refused:
        return await _said(reference, actor, now, form, "received_on", refused)
    return go(f"/amendments/{reference}?done=received")


async def _read(
    request: Request[Any, Any, Any], reference: str, fields: Sequence[Field], actor: Actor, now: datetime
) -> Bound | Template:
    await queries.amendment_page(reference, visible_to=actor)
    form = parse(fields, (await posted(request)).texts)
    return await _amendment_page(reference, actor, now, form, status_code=422) if form.errors else form


async def _said(
    reference: str, actor: Actor, now: datetime, form: Bound, name: str, refused: DomainError
) -> Template:
    if refused.status_code != 422:
        raise refused
    form.errors[name] = refused.sentence
    return await _amendment_page(reference, actor, now, form, status_code=422)


@post("/amendments/{reference:str}/sign", opt=irreversible(EITHER))
async def do_sign_amendment(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Sign for one's own side."""
    form = await _read(request, reference, SIGNING, actor, now)
    if not isinstance(form, Bound):
        return form
    try:
        agreed = await sign_amendment(reference, form["typed_name"], actor, now)
    except DomainError as refused:
        return await _said(reference, actor, now, form, "typed_name", refused)
    return go(f"/amendments/{reference}?done={'in_force' if agreed else 'signed'}")


@post("/amendments/{reference:str}/refusal", opt=PROVIDING)
async def do_refuse(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """The provider does not agree."""
    form = await _read(request, reference, REASON, actor, now)
    if not isinstance(form, Bound):
        return form
    await refuse_amendment(reference, form["reason"], actor, now)
    return go(f"/amendments/{reference}?done=refused")


@post("/amendments/{reference:str}/withdrawal", opt=BUYING)
async def do_withdraw_amendment(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """The buyer takes its proposal back."""
    form = await _read(request, reference, REASON, actor, now)
    if not isinstance(form, Bound):
        return form
    await withdraw_amendment(reference, form["reason"], actor, now)
    return go(f"/amendments/{reference}?done=withdrawn")


@post("/amendments/{reference:str}/view", opt=PROVIDING)
async def do_state_view(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """The provider says what it thinks before its contract is ended."""
    form = await _read(request, reference, VIEW, actor, now)
    if not isinstance(form, Bound):
        return form
    await state_view(reference, form["view"], actor, now)
    return go(f"/amendments/{reference}?done=heard")


@post("/amendments/{reference:str}/review", opt=BUYING)
async def do_review(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """The buyer lets a suspension without an end go on until another day of review."""
    form = await _read(request, reference, REVIEW, actor, now)
    if not isinstance(form, Bound):
        return form
    try:
        await review_suspension(reference, form["review_on"], form["reason"], actor, now)
    except FormRefused as refused:
        form.errors.update(refused.errors)
        return await _amendment_page(reference, actor, now, form, status_code=422)
    return go(f"/amendments/{reference}?done=reviewed")


ROUTES: list[Any] = [
    do_review, show_new, do_propose, show_amendment, do_sign_amendment, do_refuse, do_withdraw_amendment, do_state_view,
    do_receive_advance,
]  # fmt: skip
