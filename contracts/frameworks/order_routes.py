"""The page on which a buyer orders under a framework: by choice, or to whose turn it is."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from contracts.frameworks import queries
from contracts.frameworks.call_offs import NewOrder, order_by_choice, order_by_turn, turn_of
from contracts.frameworks.pages import may_order
from contracts.frameworks.ratings import ratings_by_place
from contracts.frameworks.rules import check_may_order
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import together
from marketplace.kernel.errors import DomainError, FormRefused
from marketplace.kernel.forms import Bound, Field, day, decimal, identifier, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

ORDER = needs(Permission.CALL_OFF)
QUANTITY = decimal(Decimal("0.01"), Decimal("9999999"))
ORDERING = [
    Field("place", N_("供应商"), identifier()),
    Field("budget_line", N_("用哪条预算"), identifier()),
    Field("quantity", N_("数量"), QUANTITY),
    Field("service_from", N_("服务开始"), day()),
    Field("service_to", N_("服务结束"), day()),
]
REASON = Field("reason", N_("为什么选这一家"), text(500))


async def lines_of_places(actor: Actor, places: list[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """The own lines of the year for the items of these places."""
    codes = sorted({place["item_code"] for place in places})
    found = [await queries.lines_for_order(actor.organisation_id, code, county_day(now).year) for code in codes]
    return [line for lines in found for line in lines]


async def _order_page(
    reference: str, actor: Actor, form: Bound | None, now: datetime, status_code: int = 200
) -> Template:
    framework = await queries.framework_page(reference)
    users, found, ratings = await together(
        queries.users_of(framework["listing"]), queries.places_of(framework["id"]), ratings_by_place(framework["id"])
    )
    if not may_order(actor, users):
        check_may_order(actor, frozenset(user["id"] for user in users))
    places = [place for place in found if place["status"] == "agreed"]
    turns = {place["lot"]: None for place in places}
    if framework["way"] == "rotation":
        taken = await together(*(turn_of(framework["id"], lot) for lot in turns))
        turns = dict(zip(turns, taken, strict=True))
        places = [place for place in places if (turn := turns[place["lot"]]) and turn.place == place["id"]]
    lines, standings = await together(
        lines_of_places(actor, places, now),
        # where turns decide, nobody chooses, and nothing of a record is shown (R-PERF-08)
        queries.standings_of_places(places if framework["way"] == "direct" else [], county_day(now)),
    )
    return page(
        "contracts/frameworks/order.html", status_code=status_code, framework=framework, places=places, turns=turns,
        lines=lines, form=form, today=county_day(now), ratings=ratings, standings=standings,
    )  # fmt: skip


@get("/frameworks/{reference:str}/order", opt=ORDER)
async def show_order(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Template:
    """Who can be ordered from, at what price, with what others thought of them."""
    chosen = request.query_params.get("place", "")
    return await _order_page(reference, actor, Bound(raw={"place": chosen}) if chosen else None, now)


@post("/frameworks/{reference:str}/order", opt=irreversible(ORDER))
async def do_order(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Order; the contract is drawn up at once and waits for both signatures."""
    framework = await queries.framework_page(reference)
    asks_reason = framework["way"] == "direct"
    form = parse([*ORDERING, *([REASON] if asks_reason else [])], (await posted(request)).texts)
    if not form.errors:
        new = NewOrder(
            form["budget_line"], form["quantity"], form["service_from"], form["service_to"],
            form["reason"] if asks_reason else "",
        )  # fmt: skip
        try:
            _, place = await queries.place_page(reference, form["place"])
            if asks_reason:
                order = await order_by_choice(place["id"], new, actor, now)
            else:
                order = await order_by_turn(framework["id"], place["lot"], new, actor, now)
            return go(f"/frameworks/{reference}?done={order}")
        except FormRefused as refused:
            form.errors.update(refused.errors)
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["_order"] = refused.sentence
    return await _order_page(reference, actor, form, now, 422)


ROUTES: list[Any] = [show_order, do_order]
