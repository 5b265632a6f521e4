"""Pages of the reserve funds: every town's balance, one fund with its movements, the acts of an advance."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from contracts.cases.codes import text_without_people
from contracts.cases.queries import case_page
from contracts.relief import queries, services
from contracts.relief.rules import ADVANCE_LABELS, MOVEMENT_LABELS, help_by
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import DomainError, FormRefused, NotFound
from marketplace.kernel.forms import Bound, Field, moment, money, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

READING = needs(Permission.HANDLE_CASES, Permission.OVERSEE_CASES, Permission.READ_EVERYTHING)
TOWN, COUNTY = needs(Permission.HANDLE_CASES), needs(Permission.OVERSEE_CASES)

FUNDING = [
    Field("amount", N_("金额"), money(minimum=Decimal("0.01"))),
    Field("document", N_("文号"), text(80)),
]
ADVANCE = [
    Field("amount", N_("金额"), money(minimum=Decimal("0.01"))),
    Field("event_at", N_("急难发生的时间"), moment()),
    Field("helped_at", N_("救助的时间"), moment()),
    Field("late_reason", N_("为什么超过24小时"), text_without_people(300), is_required=False),
]
STATEMENT = [Field("statement", N_("补充说明"), text_without_people(1000))]
TOP_UP = [Field("top_up_document", N_("文号"), text(80))]


@get("/reserve-funds", opt=READING)
async def show_funds(actor: CurrentActor) -> Template:
    """Every town's fund, or the own one."""
    rows = await queries.funds(actor)
    return page("contracts/relief/funds.html", rows=rows, total=None)


async def _fund_page(
    town: UUID, actor: Actor, form: Bound | None = None, done: str = "", status_code: int = 200
) -> Template:
    found = await queries.fund_of(town, actor)
    advances = [{**a, "help_by": help_by(a["event_at"])} for a in await queries.advances_of(town, actor)]
    return page(
        "contracts/relief/fund.html", status_code=status_code, fund=found, form=form, done=done, advances=advances,
        movements=await queries.movements_of(town), labels=ADVANCE_LABELS, kinds=MOVEMENT_LABELS,
        is_town=actor.organisation_id == town and actor.may(Permission.HANDLE_CASES),
        is_county=actor.may(Permission.OVERSEE_CASES),
    )  # fmt: skip


@get("/reserve-funds/{town:uuid}", opt=READING)
async def show_fund(town: FromPath[UUID], actor: CurrentActor, done: FromQuery[str] = "") -> Template:
    """One town's fund: what came, what was advanced, what waits."""
    return await _fund_page(town, actor, done=done)


async def _act(
    request: Request[Any, Any, Any], town: UUID, actor: Actor, fields: list[Field],
    act: Callable[[Bound], Awaitable[object]],
) -> Redirect | Template:  # fmt: skip
    form = parse(fields, (await posted(request)).texts)
    if not form.errors:
        try:
            await act(form)
        except FormRefused as refused:
            form.errors.update(refused.errors)
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["_"] = refused.sentence
        else:
            return go(f"/reserve-funds/{town}?done=done")
    return await _fund_page(town, actor, form, status_code=422)


@post("/reserve-funds/{town:uuid}", opt=COUNTY)
async def do_fund(
    request: Request[Any, Any, Any], town: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Put money in."""
    await queries.fund_of(town, actor)
    return await _act(
        request, town, actor, FUNDING, lambda f: services.fund(town, f["amount"], f["document"], actor, now)
    )


@post("/advances/{reference:str}/statement", opt=TOWN)
async def do_state(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """The papers that follow."""
    found = await queries.advance_page(reference, actor)
    return await _act(
        request, found["town"], actor, STATEMENT,
        lambda f: services.state_afterwards(reference, f["statement"], actor, now),
    )  # fmt: skip


@post("/advances/{reference:str}/top-up", opt=COUNTY)
async def do_top_up(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Put back what was advanced."""
    found = await queries.advance_page(reference, actor)
    return await _act(
        request, found["town"], actor, TOP_UP,
        lambda f: services.top_up(reference, f["top_up_document"], actor, now),
    )  # fmt: skip


async def _advance_page(
    reference: str, actor: Actor, now: datetime, form: Bound | None = None, status_code: int = 200
) -> Template:
    case = await case_page(reference, visible_to=actor)
    if actor.organisation_id != case["town"]:
        raise NotFound()
    return page(
        "contracts/relief/advance.html", status_code=status_code, case=case, form=form, now=now,
        balance=await queries.balance_of(case["town"]),
    )  # fmt: skip


@get("/cases/{reference:str}/advance", opt=TOWN)
async def show_advance(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """What was given at once, and when."""
    return await _advance_page(reference, actor, now)


@post("/cases/{reference:str}/advance", opt=TOWN)
async def do_advance(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Record it."""
    await case_page(reference, visible_to=actor)
    form = parse(ADVANCE, (await posted(request)).texts)
    if not form.errors:
        new = services.NewAdvance(form["amount"], form["event_at"], form["helped_at"], form["late_reason"] or "")
        try:
            await services.advance(reference, new, actor, now)
        except FormRefused as refused:
            form.errors.update(refused.errors)
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["amount"] = refused.sentence
        else:
            return go(f"/cases/{reference}?done=advanced")
    return await _advance_page(reference, actor, now, form, 422)


ROUTES: list[Any] = [show_funds, show_fund, do_fund, do_state, do_top_up, show_advance, do_advance]
