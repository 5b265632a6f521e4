"""Pages of service orders: the list of a town or provider, a new one, one order with what may be done."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from contracts.cases.order_rules import ORDER_LABELS
from contracts.cases.queries import case_page
from contracts.cases.rules import HELP_LABELS
from contracts.orders import forms, queries, services
from contracts.orders.rules import (
    OUTCOME_LABELS,
    STEP_LABELS,
    WAY_LABELS,
    is_silent,
    latest_due,
)
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import DomainError, FormRefused, NotFound
from marketplace.kernel.forms import Bound, Field, parse
from marketplace.kernel.web import go, page, posted

TOWN = needs(Permission.HANDLE_CASES)
PROVIDER = needs(Permission.ANSWER_ORDERS)
READING = needs(
    Permission.HANDLE_CASES, Permission.ANSWER_ORDERS, Permission.OVERSEE_CASES, Permission.READ_EVERYTHING
)
SEEING = needs(
    Permission.HANDLE_CASES, Permission.ANSWER_ORDERS, Permission.OVERSEE_CASES, Permission.READ_EVERYTHING,
    Permission.LOG_VISITS,
)  # fmt: skip
LABELS = {
    "labels": ORDER_LABELS, "outcomes": OUTCOME_LABELS, "ways": WAY_LABELS, "step_labels": STEP_LABELS,
    "helps": HELP_LABELS,
}  # fmt: skip


@get("/orders", opt=READING)
async def show_orders(  # noqa: PLR0913 - what the list is narrowed to
    actor: CurrentActor, now: Now, q: FromQuery[str] = "", status: FromQuery[str] = "", overdue: FromQuery[str] = "",
    number: FromQuery[int] = 1,
) -> Template:  # fmt: skip
    """The orders this reader may see, open ones first by their last day."""
    today = county_day(now)
    found = await queries.list_orders(actor, today, q[:100], status, bool(overdue), number)
    return page(
        "contracts/orders/list.html", page=found, rows=found.rows, q=q, status_chosen=status, overdue=overdue,
        today=today, **LABELS,
    )  # fmt: skip


async def _new_page(
    reference: str, actor: Actor, now: datetime, form: Bound | None = None, status_code: int = 200
) -> Template:
    case = await case_page(reference, visible_to=actor)
    if actor.organisation_id != case["town"]:
        raise NotFound()
    today = county_day(now)
    return page(
        "contracts/orders/new.html", status_code=status_code, case=case, form=form,
        contracts=await queries.contracts_for(case["town"], today), latest=latest_due(case, today), **LABELS,
    )  # fmt: skip


@get("/cases/{reference:str}/orders/new", opt=TOWN)
async def show_new_order(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """Which running contracts can do it, and until when the order may run."""
    return await _new_page(reference, actor, now)


@post("/cases/{reference:str}/orders/new", opt=TOWN)
async def do_raise(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Ask a provider."""
    await case_page(reference, visible_to=actor)
    form = parse(forms.NEW, (await posted(request)).texts)
    if not form.errors:
        try:
            order = await services.raise_order(reference, forms.new_order_of(form), actor, now)
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["limit_days" if (refused.clause or "").startswith("R-CLOCK") else "_"] = refused.sentence
        else:
            return go(f"/orders/{order}?done=asked")
    return await _new_page(reference, actor, now, form, 422)


async def _page(
    reference: str, actor: Actor, now: datetime, form: Bound | None = None, done: str = "", status_code: int = 200
) -> Template:
    order = await queries.order_page(reference, visible_to=actor)
    today = county_day(now)
    is_town = actor.organisation_id == order["town"] and actor.may(Permission.HANDLE_CASES)
    is_provider = actor.organisation_id == order["provider_organisation"] and actor.may(Permission.ANSWER_ORDERS)
    others = await queries.contracts_for(order["town"], today) if is_town else []
    out = await queries.declined_by(order["id"]) | {order["contract"]}
    return page(
        "contracts/orders/show.html", status_code=status_code, order=order, form=form, done=done, is_town=is_town,
        is_provider=is_provider, steps=await queries.steps_of(order["id"]), is_silent=is_silent(order, today),
        is_late=order["status"] in ("asked", "accepted", "declined") and today > order["due_on"],
        others=[c for c in others if c["item_code"] == order["item_code"] and c["id"] not in out],
        workers=await queries.workers_of(order["provider"], today) if is_provider else [],
        visits=await queries.visits_under(order["id"]), **LABELS,
    )  # fmt: skip


@get("/orders/{reference:str}", opt=SEEING)
async def show_order(reference: FromPath[str], actor: CurrentActor, now: Now, done: FromQuery[str] = "") -> Template:
    """One order: what is asked until when, and what may be done."""
    return await _page(reference, actor, now, done=done)


async def _act(  # noqa: PLR0913 - one act of the page
    request: Request[Any, Any, Any], reference: str, actor: Actor, now: datetime, fields: list[Field],
    act: Callable[[Bound], Awaitable[object]],
) -> Redirect | Template:  # fmt: skip
    await queries.order_page(reference, visible_to=actor)
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
            return go(f"/orders/{reference}?done=done")
    return await _page(reference, actor, now, form, status_code=422)


@post("/orders/{reference:str}/accept", opt=PROVIDER)
async def do_accept(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """The provider takes it."""
    return await _act(
        request, reference, actor, now, forms.ACCEPTING,
        lambda f: services.accept_order(reference, f["worker"], actor, now),
    )  # fmt: skip


@post("/orders/{reference:str}/worker", opt=PROVIDER)
async def do_name_worker(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Who goes."""
    return await _act(
        request, reference, actor, now, forms.NAMING,
        lambda f: services.name_worker(reference, f["worker"], actor, now),
    )  # fmt: skip


@post("/orders/{reference:str}/decline", opt=PROVIDER)
async def do_decline(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """The provider does not take it."""
    return await _act(
        request, reference, actor, now, forms.DECLINING,
        lambda f: services.decline_order(reference, f["decline_reason"], actor, now),
    )  # fmt: skip


@post("/orders/{reference:str}/done", opt=PROVIDER)
async def do_report(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """The provider says what was done."""
    return await _act(
        request, reference, actor, now, forms.DONE, lambda f: services.report_done(reference, f["result"], actor, now)
    )


@post("/orders/{reference:str}/reassign", opt=TOWN)
async def do_reassign(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Another provider is asked."""
    return await _act(
        request, reference, actor, now, forms.REASSIGNING,
        lambda f: services.reassign_order(reference, f["chosen"], f["note"], actor, now),
    )  # fmt: skip


@post("/orders/{reference:str}/return", opt=TOWN)
async def do_return(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Something is missing."""
    return await _act(
        request, reference, actor, now, forms.RETURNING,
        lambda f: services.return_order(reference, f["return_note"], actor, now),
    )  # fmt: skip


@post("/orders/{reference:str}/close", opt=TOWN)
async def do_close(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Closed with what came of it."""
    return await _act(
        request, reference, actor, now, forms.CLOSING,
        lambda f: services.close_order(reference, f["outcome"], f["next_step"], actor, now),
    )  # fmt: skip


@post("/orders/{reference:str}/cancel", opt=TOWN)
async def do_cancel(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Taken back."""
    return await _act(
        request, reference, actor, now, forms.CANCELLING,
        lambda f: services.cancel_order(reference, f["cancel_reason"], actor, now),
    )  # fmt: skip


ROUTES: list[Any] = [
    show_orders, show_new_order, do_raise, show_order, do_accept, do_name_worker, do_decline, do_report, do_reassign,
    do_return, do_close, do_cancel,
]  # fmt: skip
