"""Pages of a winner who does not sign: the statement with what it costs, and the buyer's decision."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.holds.queries import holds_of
from contracts.agreements.signing_days import last_day_to_sign
from contracts.deposits.queries import held_deposit_of
from evaluations.awards.rules import AwardPeople, check_may_determine
from evaluations.panel.queries import members
from evaluations.refusals import queries
from evaluations.refusals.rules import (
    NEXT_LABELS,
    check_may_refuse,
    check_time_is_over,
    is_winner,
    penalty_of,
)
from evaluations.refusals.services import NextStep, decide_refusal, record_not_signed, refuse_to_sign
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import SIGNED_IN, CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, NotFound
from marketplace.kernel.forms import Bound, Field, choice, flag, parse, proper_name, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted
from vendors.refusals.rules import REFUSAL_LABELS, RefusalStatus

Req = Request[Any, Any, Any]
PATH = "/listings/{reference:str}/award/{lot:uuid}/refusal"
EITHER = needs(Permission.SIGN_FOR_PROVIDER, Permission.DETERMINE_AWARD)
REASON = Field("reason", N_("理由"), text(2000))
OWN = [
    REASON, Field("signed_name", N_("签字（输入您的姓名）"), proper_name(80)),
    Field("understood", N_("我知道这些后果"), flag()),
]  # fmt: skip
DECISION = [
    Field("step", N_("下一步"), choice([step.value for step in NEXT_LABELS])),
    Field("excused", N_("理由是否正当"), choice(["no", "yes"])),
    Field("finding", N_("认定的情况和依据"), text(2000)),
]


async def _seen(reference: str, lot: UUID, actor: Actor) -> dict[str, Any]:
    """The award for its winner, and for who determines in its buyer. Raises NotFound."""
    award = await queries.award_to_sign(reference, lot)
    own_unit = actor.organisation_id == award["procuring_unit"] and actor.may(Permission.DETERMINE_AWARD)
    if not (is_winner(actor, award) or own_unit):
        raise NotFound()
    return award


def _against(award: dict[str, Any], is_own: bool, last_day: Any, now: datetime) -> Conflict | None:
    """Why nothing can be stated now."""
    try:
        check_may_refuse(award)
        if not is_own:
            check_time_is_over(last_day, now)
    except Conflict as refused:
        return refused
    return None


async def _statement_page(
    reference: str, lot: UUID, actor: Actor, now: datetime, form: Bound | None = None
) -> Template | Redirect:
    award = await _seen(reference, lot, actor)
    if award["refusal"]:
        return go(f"/refusals/{award['refusal']}")
    if award["contract_status"] is None:
        raise NotFound()
    last_day = last_day_to_sign(award["sign_by"], award["drawn_up_at"], await holds_of(award["listing"]), now)
    own = is_winner(actor, award)
    return page(
        "evaluations/refusals/state.html", status_code=422 if form else 200, award=award, form=form, own=own,
        last_day=last_day, against=_against(award, own, last_day, now), person=actor.name,
        deposit=await held_deposit_of(award["listing"], award["provider"]),
        penalty=penalty_of(award["amount"], award["rules_on"] or county_day(now)),
    )  # fmt: skip


@get(PATH, opt=EITHER)
async def show_statement(
    reference: FromPath[str], lot: FromPath[UUID], actor: CurrentActor, now: Now
) -> Template | Redirect:
    """What follows for whoever does not sign, before anything is said."""
    return await _statement_page(reference, lot, actor, now)


@post(PATH, opt=irreversible(EITHER))
async def do_state(
    request: Req, reference: FromPath[str], lot: FromPath[UUID], actor: CurrentActor, now: Now
) -> Template | Redirect:
    """The winner states that it does not sign, or the buyer records it."""
    award = await _seen(reference, lot, actor)
    texts = (await posted(request)).texts
    if not is_winner(actor, award):
        form = parse([REASON], texts)
        if not form.errors:
            return go(f"/refusals/{await record_not_signed(reference, lot, form['reason'], (actor, now))}")
        return await _statement_page(reference, lot, actor, now, form)
    form = parse(OWN, texts)
    if not form.errors:
        try:
            number = await refuse_to_sign(reference, lot, form["reason"], form["signed_name"], (actor, now))
            return go(f"/refusals/{number}")
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["signed_name"] = refused.sentence
    return await _statement_page(reference, lot, actor, now, form)


async def _refusal_page(reference: str, actor: Actor, now: datetime, form: Bound | None = None) -> Template:
    row = await queries.refusal_by(reference, actor)
    left = await queries.candidates_left(row["lot"])
    steps = [(s.value, words) for s, words in NEXT_LABELS.items() if left or s != RefusalStatus.NEXT_CANDIDATE]
    return page(
        "evaluations/refusals/show.html", status_code=422 if form else 200, refusal=row, form=form, steps=steps,
        label=REFUSAL_LABELS[row["status"]], may_decide=row["status"] == "stated" and await _may_decide(row, actor),
        deposit=await held_deposit_of(row["listing"], row["provider"]), next_labels=NEXT_LABELS,
        penalty=penalty_of(row["amount"], row["rules_on"] or county_day(now)),
    )  # fmt: skip


async def _may_decide(row: dict[str, Any], actor: Actor) -> bool:
    panel = frozenset(m["person"] for m in await members(row["listing"]))
    try:
        check_may_determine(actor, AwardPeople(row["procuring_unit"], row["drafted_by"], panel))
    except Forbidden:
        return False
    return True


@get("/refusals/{reference:str}", opt=SIGNED_IN)
async def show_refusal(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """One refusal: what was said, what is decided, what it cost."""
    return await _refusal_page(reference, actor, now)


@post("/refusals/{reference:str}/decision", opt=irreversible(needs(Permission.DETERMINE_AWARD)))
async def do_decide(request: Req, reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect | Template:
    """The next candidate, or everything again."""
    form = parse(DECISION, (await posted(request)).texts)
    if form.errors:
        return await _refusal_page(reference, actor, now, form)
    new = NextStep(RefusalStatus(form["step"]), form["excused"] == "yes", form["finding"])
    await decide_refusal(reference, new, actor, now)
    return go(f"/refusals/{reference}")


ROUTES: list[Any] = [show_statement, do_state, show_refusal, do_decide]
