"""Pages around orders: rate one, ask for second quotes, give a recipient a voucher and enter what it chose."""

from datetime import datetime
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from contracts.frameworks import queries
from contracts.frameworks.call_offs import NewOrder
from contracts.frameworks.mini_bids import (
    NewMiniBid,
    decide_mini_bid,
    mini_bid_page,
    open_mini_bid,
    quote,
    quotes_of,
)
from contracts.frameworks.order_routes import QUANTITY, lines_of_places
from contracts.frameworks.ratings import order_page, rate_order, ratings_by_place
from contracts.frameworks.rules import check_may_order
from contracts.frameworks.vouchers import (
    Choice,
    NewVoucher,
    issue_voucher,
    record_choice,
    voucher_page,
    vouchers_of,
)
from contracts.visits.forms import recipient_code
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import SIGNED_IN, CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import DomainError, FormRefused
from marketplace.kernel.forms import Bound, Field, day, identifier, moment, money, parse, text, whole_number
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

ORDER, RATE, BID = needs(Permission.CALL_OFF), needs(Permission.RATE_ORDER), needs(Permission.BID)
RATING = [
    Field("stars", N_("打几分"), whole_number(1, 5)),
    Field("recipient_code", N_("服务对象代码"), recipient_code(), is_required=False),
    Field("words", N_("评价的话"), text(300), is_required=False),
]
OPENING = [
    Field("lot", N_("采购包"), identifier()),
    Field("need", N_("这一次的需求"), text(2000)),
    Field("quantity", N_("数量"), QUANTITY),
    Field("budget_line", N_("用哪条预算"), identifier()),
    Field("service_from", N_("服务开始"), day()),
    Field("service_to", N_("服务结束"), day()),
    Field("closes_at", N_("报价截止"), moment()),
]
QUOTING = [Field("unit_price", N_("单价"), money())]
DECIDING = [Field("tie_note", N_("抽签记录"), text(1000), is_required=False)]
ISSUING = [
    Field("lot", N_("采购包"), identifier()),
    Field("recipient_code", N_("服务对象代码"), recipient_code()),
    Field("quantity", N_("数量"), QUANTITY),
    Field("valid_to", N_("有效期至"), day()),
    Field("budget_line", N_("用哪条预算"), identifier()),
]
CHOOSING = [
    Field("place", N_("服务对象选的供应商"), identifier()),
    Field("quantity", N_("数量"), QUANTITY),
    Field("service_from", N_("服务开始"), day()),
    Field("service_to", N_("服务结束"), day()),
]


def _note(form: Bound, refused: DomainError, at: str = "_form") -> None:
    """Keep a refusal of this page beside its field; what belongs to another page is raised."""
    if isinstance(refused, FormRefused):
        form.errors.update(refused.errors)
    elif refused.status_code == 422:
        form.errors[at] = refused.sentence
    else:
        raise refused


# rating


async def _rate_page(reference: str, actor: Actor, form: Bound | None, status_code: int = 200) -> Template:
    order = await order_page(reference, actor)
    return page("contracts/frameworks/rate.html", status_code=status_code, order=order, form=form)


@get("/orders/{reference:str}/rate", opt=RATE)
async def show_rate(reference: FromPath[str], actor: CurrentActor) -> Template:
    """Ask how the order went."""
    return await _rate_page(reference, actor, None)


@post("/orders/{reference:str}/rate", opt=RATE)
async def do_rate(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Keep the rating; it is published without who gave it."""
    order = await order_page(reference, actor)
    form = parse(RATING, (await posted(request)).texts)
    if not form.errors:
        await rate_order(reference, form["stars"], form["words"] or "", form["recipient_code"] or "", actor, now)
        return go(f"/frameworks/{order['framework_reference']}?done=rated")
    return await _rate_page(reference, actor, form, 422)


# second quotes


async def _open_page(
    reference: str, actor: Actor, form: Bound | None, now: datetime, status_code: int = 200
) -> Template:
    framework = await queries.framework_page(reference)
    users = await queries.users_of(framework["listing"])
    check_may_order(actor, frozenset(user["id"] for user in users))
    places = [place for place in await queries.places_of(framework["id"]) if place["status"] == "agreed"]
    return page(
        "contracts/frameworks/mini_bid_new.html", status_code=status_code, framework=framework, places=places,
        lines=await lines_of_places(actor, places, now), form=form,
    )  # fmt: skip


@get("/frameworks/{reference:str}/mini-bids/new", opt=ORDER)
async def show_open(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """Ask what is needed and until when to quote."""
    return await _open_page(reference, actor, None, now)


@post("/frameworks/{reference:str}/mini-bids/new", opt=ORDER)
async def do_open(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Open the round and invite everybody who holds a place."""
    framework = await queries.framework_page(reference)
    form = parse(OPENING, (await posted(request)).texts)
    if not form.errors:
        order = NewOrder(form["budget_line"], form["quantity"], form["service_from"], form["service_to"])
        try:
            new = NewMiniBid(form["lot"], form["need"], order, form["closes_at"])
            return go(f"/mini-bids/{await open_mini_bid(framework['id'], new, actor, now)}")
        except DomainError as refused:
            _note(form, refused)
    return await _open_page(reference, actor, form, now, 422)


async def _round_page(reference: str, actor: Actor, now: datetime, form: Bound, status_code: int = 200) -> Template:
    mini_bid, own = await mini_bid_page(reference, actor)
    return page(
        "contracts/frameworks/mini_bid.html", status_code=status_code, mini_bid=mini_bid, own=own, form=form,
        quotes=await quotes_of(mini_bid, now, own), is_closed=now >= mini_bid["closes_at"],
        may_decide=mini_bid["buyer"] == actor.organisation_id and actor.may(Permission.CALL_OFF),
        may_quote=own is not None and actor.may(Permission.BID) and now < mini_bid["closes_at"],
    )  # fmt: skip


@get("/mini-bids/{reference:str}", opt=SIGNED_IN)
async def show_round(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """One round: its need for those invited, its quotes for the buyer once it is closed."""
    return await _round_page(reference, actor, now, Bound())


@post("/mini-bids/{reference:str}/quote", opt=BID)
async def do_quote(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Quote, or replace the own quote."""
    await mini_bid_page(reference, actor)
    form = parse(QUOTING, (await posted(request)).texts)
    if not form.errors:
        try:
            await quote(reference, form["unit_price"], actor, now)
            return go(f"/mini-bids/{reference}")
        except DomainError as refused:
            _note(form, refused, "unit_price")
    return await _round_page(reference, actor, now, form, 422)


@post("/mini-bids/{reference:str}/decide", opt=irreversible(ORDER))
async def do_decide(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """The lowest quote gets the order."""
    mini_bid, _ = await mini_bid_page(reference, actor)
    form = parse(DECIDING, (await posted(request)).texts)
    if not form.errors:
        try:
            order = await decide_mini_bid(reference, form["tie_note"] or "", actor, now)
            return go(f"/frameworks/{mini_bid['framework_reference']}?done={order}")
        except DomainError as refused:
            _note(form, refused, "tie_note")
    return await _round_page(reference, actor, now, form, 422)


# vouchers


async def _vouchers_page(
    reference: str, actor: Actor, form: Bound | None, now: datetime, status_code: int = 200
) -> Template:
    framework = await queries.framework_page(reference)
    places = [place for place in await queries.places_of(framework["id"]) if place["status"] == "agreed"]
    return page(
        "contracts/frameworks/vouchers.html", status_code=status_code, framework=framework, places=places, form=form,
        vouchers=await vouchers_of(framework["id"], actor), lines=await lines_of_places(actor, places, now),
    )  # fmt: skip


@get("/frameworks/{reference:str}/vouchers", opt=RATE)
async def show_vouchers(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """The office's own vouchers with what is left on each."""
    return await _vouchers_page(reference, actor, None, now)


@post("/frameworks/{reference:str}/vouchers", opt=ORDER)
async def do_issue(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Give a recipient a quantity."""
    framework = await queries.framework_page(reference)
    form = parse(ISSUING, (await posted(request)).texts)
    if not form.errors:
        new = NewVoucher(form["lot"], form["recipient_code"], form["quantity"], form["valid_to"], form["budget_line"])
        try:
            await issue_voucher(framework["id"], new, actor, now)
            return go(f"/frameworks/{reference}/vouchers")
        except DomainError as refused:
            _note(form, refused)
    return await _vouchers_page(reference, actor, form, now, 422)


async def _choice_page(reference: str, actor: Actor, form: Bound | None, status_code: int = 200) -> Template:
    voucher = await voucher_page(reference, actor)
    framework = await queries.framework_by_id(voucher["framework"])
    places = [
        p for p in await queries.places_of(framework["id"]) if p["status"] == "agreed" and p["lot"] == voucher["lot"]
    ]
    return page(
        "contracts/frameworks/choose.html", status_code=status_code, voucher=voucher, framework=framework,
        places=places, form=form, ratings=await ratings_by_place(framework["id"]),
    )  # fmt: skip


@get("/vouchers/{reference:str}", opt=RATE)
async def show_choice(reference: FromPath[str], actor: CurrentActor) -> Template:
    """Whom the recipient can choose, with price and ratings."""
    return await _choice_page(reference, actor, None)


@post("/vouchers/{reference:str}", opt=RATE)
async def do_choose(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Enter what the recipient chose; it becomes an order."""
    voucher = await voucher_page(reference, actor)
    form = parse(CHOOSING, (await posted(request)).texts)
    if not form.errors:
        choice = Choice(form["place"], form["quantity"], form["service_from"], form["service_to"])
        try:
            order = await record_choice(reference, choice, actor, now)
            framework = await queries.framework_by_id(voucher["framework"])
            return go(f"/frameworks/{framework['reference']}?done={order}")
        except DomainError as refused:
            _note(form, refused)
    return await _choice_page(reference, actor, form, 422)


ROUTES: list[Any] = [
    show_rate, do_rate, show_open, do_open, show_round, do_quote, do_decide, show_vouchers, do_issue, show_choice,
    do_choose,
]  # fmt: skip
