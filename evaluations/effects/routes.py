"""Try a rule out on past awards; contracts to watch closely; what next year's budget might be."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, get
from litestar.response import Template

from catalogue.listings.rules import GRADE_LABELS
from evaluations.effects import queries
from evaluations.effects.forms import BAND_LABELS, ORDER_LABELS, read
from evaluations.effects.rules import RULE, Order, added_up, try_rule
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.characters import small_number
from marketplace.kernel.clock import county_day
from marketplace.kernel.forms import Bound
from marketplace.kernel.rulebook import row
from marketplace.kernel.web import page
from vendors.standing.rules import method_on

TRY_OUT = needs(Permission.READ_EVERYTHING)
WATCH = needs(Permission.READ_EVERYTHING, Permission.PLAN_EVALUATION, Permission.SIGN_FOR_BUYER)
BUDGETS = needs(Permission.VIEW_BUDGET)


@get("/standing/trial", opt=TRY_OUT)
async def show_trial(request: Request[Any, Any, Any], now: Now) -> Template:
    """What another rule would have changed in the awards announced so far; losers' names are for supervision only."""
    today = county_day(now)
    form, asked = read(request.query_params, today)
    trials = None
    if asked:
        trials = try_rule(asked.candidate, await queries.past_lots(asked.first, asked.last, asked.method))
    return page(
        "evaluations/effects/trial.html", status_code=422 if form.errors else 200, form=form, asked=asked,
        trials=trials, outcome=added_up(trials) if trials is not None else None, order_labels=ORDER_LABELS,
        band_labels=BAND_LABELS, orders=list(Order), method=method_on(today), rule=RULE,
        in_force=row(f"{RULE}/weighted_order", today), may_enter=_may(request, Permission.ENTER_RULES),
    )  # fmt: skip


def _may(request: Request[Any, Any, Any], permission: Permission) -> bool:
    actor: Actor | None = request.scope.get("user")
    return actor is not None and actor.may(permission)


@get("/standing/watch", opt=WATCH)
async def show_watch(actor: CurrentActor, now: Now) -> Template:
    """Running contracts won at a low price, and which share of their visits is checked on the spot."""
    today = county_day(now)
    watched = await queries.watched_contracts(_buyer_of(actor), today)
    rows = [row(f"{RULE}/{part}", today) for part in ("watch_above", "watch_usual", "watch_closer")]
    return page("evaluations/effects/watch.html", watched=watched, rows=rows, rule=RULE)


def _buyer_of(actor: Actor) -> UUID | None:
    """Who supervises or evaluates sees all of them, a buyer its own."""
    sees_all = actor.may(Permission.READ_EVERYTHING) or actor.may(Permission.PLAN_EVALUATION)
    return None if sees_all else actor.organisation_id


@get("/standing/budgets", opt=BUDGETS)
async def show_budgets(request: Request[Any, Any, Any], now: Now) -> Template:
    """This year's lines with the evaluations of their contracts, and what they suggest for the next year."""
    today = county_day(now)
    year = small_number(request.query_params.get("year", str(today.year)), 9999)
    found = await queries.budget_suggestions(year, today)
    return page(
        "evaluations/effects/budgets.html", found=found, year=year, grade_labels=GRADE_LABELS, rule=RULE, form=Bound(),
        years=range(today.year, today.year - 3, -1),
        rows=[row(f"{RULE}/{part}", today) for part in ("budget_fair", "budget_poor")],
    )  # fmt: skip


ROUTES: list[Any] = [show_trial, show_watch, show_budgets]
