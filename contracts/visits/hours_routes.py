"""The buyer's month: look through the hours, approve or return them, close the month."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from catalogue.plans.filters import Paging
from contracts.agreements.queries import contract_facts
from contracts.agreements.rules import is_buyer_side, may_see_hours
from contracts.cases.codes import RevealsPerson, read_recipient_code
from contracts.visits import queries
from contracts.visits.closing import close_month
from contracts.visits.exceptions import FLAG_LABELS, exceptions_waiting, plain_waiting
from contracts.visits.extras import RECORD_WORDS, short_code
from contracts.visits.forms import HOURS, RETURN
from contracts.visits.line_queries import adjustments_of
from contracts.visits.readings import note_reading
from contracts.visits.routes import read_month
from contracts.visits.rules import (
    VISIT_LABELS,
    hours_words,
    last_day,
    may_close_on,
    next_to_close,
    service_months,
    term_of,
)
from contracts.visits.services import approve_visits, check_reviewer, return_visit
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import SIGNED_IN, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.characters import small_number
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import nothing, read_ahead, together
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

MOST_CARDS = 200


async def contract_for(reference: str, actor: Actor) -> dict[str, Any]:
    """The contract of an hours page. Raises NotFound for who may not see its hours."""
    contract = await contract_facts(reference, visible_to=actor)
    if not may_see_hours(actor, contract):
        raise NotFound()
    return contract


async def _hours_page(
    contract: dict[str, Any], month: date, actor: Actor, now: datetime, form: Bound | None = None, done: str = "",
    number: int = 1,
) -> Template:  # fmt: skip
    term = term_of(contract)
    reviews = is_buyer_side(actor, contract) and actor.may(Permission.APPROVE_HOURS)
    # before the reading is noted: what is written makes all forget
    await read_ahead(
        queries.visits_of_month(contract["id"], month, number), _adjustments_ahead(contract["id"], month),
        exceptions_waiting(contract["id"], month, now) if reviews else nothing(),
        queries.hours_summary(contract["id"], month), queries.waiting_visits(contract["id"], last_day(month)),
    )  # fmt: skip
    closes, summary, waiting_before = await together(
        queries.closes_of(contract["id"]), queries.hours_summary(contract["id"], month),
        queries.waiting_visits(contract["id"], last_day(month)),
    )  # fmt: skip
    close = next((c for c in closes if c["month"] == month), None)
    next_month = next_to_close(term, [c["month"] for c in closes])
    pages = -(-summary["records"] // queries.VISITS_SHOWN)
    number = min(number, max(pages, 1))
    shown = Paging(number, summary["records"], lambda n: f"?month={month:%Y-%m}&number={n}", queries.VISITS_SHOWN)
    visits, adjustments, exceptions = await together(
        queries.visits_of_month(contract["id"], month, number),
        adjustments_of(close["id"]) if close else nothing(),
        exceptions_waiting(contract["id"], month, now) if reviews and not close else nothing(),
    )
    if reviews:
        await note_reading(contract["id"], visits, actor, now)
    return page(
        "contracts/visits/hours.html", status_code=422 if form and form.errors else 200, contract=contract, month=month,
        months=service_months(term.service_from, term.service_to), closes={c["month"]: c for c in closes}, close=close,
        visits=visits, shown=shown, summary=summary, form=form,
        adjustments=adjustments or [],
        reviews=reviews, next_month=next_month, labels=VISIT_LABELS, hours_words=hours_words, done=done,
        closable_from=may_close_on(month, term), today=county_day(now), me=actor.person_id,
        exceptions_first=exceptions or [],
        flags=FLAG_LABELS, **RECORD_WORDS,
        waiting_before=waiting_before,
    )  # fmt: skip


async def _adjustments_ahead(contract: UUID, month: date) -> None:
    for close in await queries.closes_of(contract):
        if close["month"] == month:
            await adjustments_of(close["id"])


def _default_month(contract: dict[str, Any], closes: list[dict[str, Any]]) -> date:
    term = term_of(contract)
    return next_to_close(term, [c["month"] for c in closes]) or contract["service_to"]


@get("/contracts/{reference:str}/hours", opt=SIGNED_IN)
async def show_hours(
    reference: FromPath[str], actor: CurrentActor, now: Now, month: FromQuery[str] = "", done: FromQuery[str] = "",
    number: FromQuery[str] = "1",
) -> Template:  # fmt: skip
    """A month of hours; without a month the first one that is not closed."""
    contract = await contract_for(reference, actor)
    chosen = read_month(month, date.min) if month else date.min
    if chosen == date.min:
        chosen = _default_month(contract, await queries.closes_of(contract["id"]))
    return await _hours_page(contract, chosen, actor, now, done=done, number=small_number(number))


@post("/contracts/{reference:str}/hours/approve", opt=SIGNED_IN)
async def do_approve(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Approve the ticked visits, or all that wait."""
    contract = await contract_for(reference, actor)
    form = parse(HOURS, (await posted(request)).texts)
    month = read_month(str(form.raw.get("month", "")), contract["service_from"])
    chosen = form["visits"] or []
    if form["every"] == "plain":
        chosen = await plain_waiting(contract["id"], month, actor.person_id, now)
    elif form["every"]:
        chosen = await queries.waiting_of_others(contract["id"], month, actor.person_id)
    if not chosen and not form.errors:
        form.refuse("visits", N_("请先勾选要通过的服务记录。"))
    if form.errors:
        return await _hours_page(contract, month, actor, now, form)
    await approve_visits(contract["id"], chosen, actor, now)
    return go(f"/contracts/{reference}/hours?month={month:%Y-%m}&done=approved")


@post("/contracts/{reference:str}/hours/return", opt=SIGNED_IN)
async def do_return(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Give one visit back with the reason."""
    contract = await contract_for(reference, actor)
    form = parse(RETURN, (await posted(request)).texts)
    month = read_month(str(form.raw.get("month", "")), contract["service_from"])
    if form.errors:
        return await _hours_page(contract, month, actor, now, form)
    await return_visit(contract["id"], form["visit"], form["reason"], actor, now)
    return go(f"/contracts/{reference}/hours?month={month:%Y-%m}&done=returned")


@post("/contracts/{reference:str}/hours/close", opt=SIGNED_IN)
async def do_close(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Close the month for good."""
    contract = await contract_for(reference, actor)
    month = read_month(str((await posted(request)).texts.get("month", "")), contract["service_from"])
    try:
        await close_month(contract["id"], month, actor, now)
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        form = Bound(errors={"_month": refused.sentence})
        return await _hours_page(contract, month, actor, now, form)
    return go(f"/contracts/{reference}/hours?month={month:%Y-%m}&done=closed")


@get("/contracts/{reference:str}/service-cards", opt=needs(Permission.APPROVE_HOURS))
async def show_cards(reference: FromPath[str], actor: CurrentActor, codes: FromQuery[str] = "") -> Template:
    """The four digits for the service cards of residents, for the buyer's office alone; no list of them is kept."""
    contract = await contract_for(reference, actor)
    check_reviewer(actor, contract)
    form, read = Bound(raw={"codes": codes}), []
    for typed in codes.split()[:MOST_CARDS]:
        try:
            read.append(read_recipient_code(typed))
        except RevealsPerson as refused:
            form.refuse("codes", str(refused))
    cards = [(code, short_code(code)) for code in dict.fromkeys(read)] if not form.errors else []
    return page(
        "contracts/visits/cards.html", status_code=422 if form.errors else 200, contract=contract, form=form,
        cards=cards,
    )  # fmt: skip


ROUTES: list[Any] = [show_cards, show_hours, do_approve, do_return, do_close]
