"""Pages of fees: finance asks, the provider pays online or by transfer, two of finance hand it to the treasury."""

from datetime import datetime
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Response, Template

from contracts.agreements.queries import contract_facts
from contracts.deposits.online import hear_news
from contracts.fees import forms, online, queries, services
from contracts.fees.rules import FEE_LABELS, WAY_LABELS
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import PUBLIC, SIGNED_IN, CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.gateways.payments import DepositGateway
from marketplace.kernel.capitals import in_capitals
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import DomainError, FormRefused, NotFound
from marketplace.kernel.forms import Bound, Field, parse
from marketplace.kernel.web import go, page, posted

PAYING, FINANCE = needs(Permission.SUBMIT_INVOICE), needs(Permission.APPROVE_PAYMENT)
SEEING = needs(Permission.APPROVE_PAYMENT, Permission.READ_EVERYTHING)
WORDS: dict[str, Any] = {"labels": FEE_LABELS, "ways": WAY_LABELS}
Req = Request[Any, Any, Any]


def _gateway(request: Req) -> DepositGateway | None:
    gateway: DepositGateway | None = request.app.state["gateways"].deposits
    return gateway


async def _new_page(reference: str, actor: Actor, form: Bound | None = None) -> Template:
    contract = await contract_facts(reference, visible_to=actor)
    if contract["published_at"] is None:
        raise NotFound()
    return page("contracts/fees/new.html", status_code=422 if form else 200, contract=contract, form=form)


@get("/contracts/{reference:str}/fees/new", opt=FINANCE)
async def show_new_fee(reference: FromPath[str], actor: CurrentActor) -> Template:
    """Ask finance for which fee, by which rule, how much and until when."""
    return await _new_page(reference, actor)


@post("/contracts/{reference:str}/fees", opt=FINANCE)
async def do_ask_fee(reference: FromPath[str], request: Req, actor: CurrentActor, now: Now) -> Redirect | Template:
    """Ask the provider for a fee."""
    form = parse(forms.NEW, (await posted(request)).texts)
    if form.errors:
        return await _new_page(reference, actor, form)
    try:
        asked = await services.ask_fee(reference, form, actor, now)
    except FormRefused as refused:
        form.errors.update(refused.errors)
        return await _new_page(reference, actor, form)
    return go(f"/fees/{asked}")


async def _page(
    reference: str, request: Req, actor: Actor, now: datetime, form: Bound | None = None, about: str = ""
) -> Template:
    fee = await queries.fee_page(reference, actor)
    return page(
        "contracts/fees/show.html", status_code=422 if form else 200, fee=fee, form=form, about=about,
        pays=fee["organisation"] == actor.organisation_id and actor.may(Permission.SUBMIT_INVOICE),
        keeps=actor.may(Permission.APPROVE_PAYMENT), gateway=_gateway(request), capitals=in_capitals(fee["amount"]),
        is_late=county_day(now) > fee["due_on"], **WORDS,
    )  # fmt: skip


@get("/fees/{reference:str}", opt=SIGNED_IN)
async def show_fee(reference: FromPath[str], request: Req, actor: CurrentActor, now: Now) -> Template:
    """One fee: why it is asked, how it is paid, and where its money is."""
    return await _page(reference, request, actor, now)


@get("/fees", opt=SEEING)
async def list_fees(request: Req, done: FromQuery[str] = "") -> Template:
    """Every fee, what is open first."""
    return page(
        "contracts/fees/list.html", fees=await queries.all_fees(), done=done, gateway=_gateway(request), **WORDS
    )


@post("/fees/{reference:str}/online", opt=PAYING)
async def do_pay_online(reference: FromPath[str], request: Req, actor: CurrentActor, now: Now) -> Redirect:
    """Open a page of the payment service."""
    gateway = _gateway(request)
    if gateway is None:
        raise NotFound()
    back = f"{request.app.state['settings'].public_address}/fees/{reference}"
    await online.pay_online(reference, gateway, back, actor, now)
    return go(f"/fees/{reference}")


@post("/fees/{reference:str}/other-way", opt=PAYING)
async def do_give_up(reference: FromPath[str], request: Req, actor: CurrentActor, now: Now) -> Redirect:
    """Shut the payment page and pay another way."""
    await online.give_up_online(reference, _gateway(request), actor, now)
    return go(f"/fees/{reference}")


async def _typed(
    fields: list[Field], about: str, reference: str, request: Req, actor: Actor, now: datetime
) -> tuple[Bound, Template | None]:
    """What was typed, or the page again with its mistakes."""
    form = parse(fields, (await posted(request)).texts)
    return form, await _page(reference, request, actor, now, form, about) if form.errors else None


@post("/fees/{reference:str}/transfer", opt=PAYING)
async def do_transfer(reference: FromPath[str], request: Req, actor: CurrentActor, now: Now) -> Redirect | Template:
    """Say that the money is on its way."""
    form, again = await _typed(forms.TRANSFER, "transfer", reference, request, actor, now)
    if again:
        return again
    await services.declare_transfer(reference, form["arrival_proof"], actor, now)
    return go(f"/fees/{reference}")


@post("/fees/{reference:str}/arrived", opt=irreversible(FINANCE))
async def do_arrived(reference: FromPath[str], request: Req, actor: CurrentActor, now: Now) -> Redirect | Template:
    """A transfer has come."""
    form, again = await _typed(forms.ARRIVED, "arrived", reference, request, actor, now)
    if again:
        return again
    try:
        await services.confirm_arrival(reference, form, actor, now)
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        form.errors["arrived_at"] = refused.sentence
        return await _page(reference, request, actor, now, form, "arrived")
    return go(f"/fees/{reference}")


@post("/fees/{reference:str}/not-arrived", opt=FINANCE)
async def do_not_arrived(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """The account shows no such money."""
    await services.say_not_arrived(reference, actor, now)
    return go(f"/fees/{reference}")


@post("/fees/{reference:str}/withdraw", opt=irreversible(FINANCE))
async def do_withdraw(reference: FromPath[str], request: Req, actor: CurrentActor, now: Now) -> Redirect | Template:
    """Ask for it no more."""
    form, again = await _typed(forms.REASON, "withdraw", reference, request, actor, now)
    if again:
        return again
    await online.withdraw_fee(reference, form["reason"], _gateway(request), actor, now)
    return go(f"/fees/{reference}")


@post("/fees/{reference:str}/refund", opt=irreversible(FINANCE))
async def do_refund(reference: FromPath[str], request: Req, actor: CurrentActor, now: Now) -> Redirect | Template:
    """Give it back."""
    form, again = await _typed(forms.REASON, "refund", reference, request, actor, now)
    if again:
        return again
    await services.begin_refund(reference, form["reason"], actor, now)
    return go(f"/fees/{reference}")


@post("/fees/{reference:str}/refunded", opt=irreversible(FINANCE))
async def do_refunded(reference: FromPath[str], request: Req, actor: CurrentActor, now: Now) -> Redirect | Template:
    """The bank sent it back."""
    form, again = await _typed(forms.REFUNDED, "refunded", reference, request, actor, now)
    if again:
        return again
    await services.record_refunded(reference, form["refund_proof"], actor, now)
    return go(f"/fees/{reference}")


@post("/fees/{reference:str}/remittance", opt=irreversible(FINANCE))
async def do_remit(reference: FromPath[str], request: Req, actor: CurrentActor, now: Now) -> Redirect | Template:
    """Enter the slip by which it goes to the treasury."""
    form, again = await _typed(forms.REMIT, "remit", reference, request, actor, now)
    if again:
        return again
    try:
        await services.enter_remittance(reference, form, actor, now)
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        form.errors["remitted_on"] = refused.sentence
        return await _page(reference, request, actor, now, form, "remit")
    return go(f"/fees/{reference}")


@post("/fees/{reference:str}/remittance/confirm", opt=irreversible(FINANCE))
async def do_confirm(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """The second person has compared the slip."""
    await services.decide_remittance(reference, True, actor, now)
    return go(f"/fees/{reference}")


@post("/fees/{reference:str}/remittance/refuse", opt=FINANCE)
async def do_refuse(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """The slip does not agree; it is entered anew."""
    await services.decide_remittance(reference, False, actor, now)
    return go(f"/fees/{reference}")


@post("/fees/reconcile", opt=FINANCE)
async def do_reconcile(request: Req, now: Now) -> Redirect:
    """Look at every unfinished online fee as the payment service has it."""
    gateway = _gateway(request)
    if gateway is None:
        raise NotFound()
    failed = await online.reconcile_fees(gateway, now)
    return go(f"/fees?done={'failed' if failed else 'reconciled'}")


@post("/deposits/news", opt={**PUBLIC, "skip_session": True, "exclude_from_csrf": True}, status_code=200)
async def take_news(request: Req, now: Now) -> Response[str]:
    """What the payment service has to tell, of deposits and of fees; its signature says that it is the service."""
    gateway = _gateway(request)
    if gateway is None:
        raise NotFound()
    event = gateway.read_event(await request.body(), request.headers.get("stripe-signature", ""))
    await online.hear_of_fee(event.reference, gateway, now)
    await hear_news(event, gateway, now)
    return Response("", media_type="text/plain")


ROUTES: list[Any] = [
    show_new_fee, do_ask_fee, show_fee, list_fees, do_pay_online, do_give_up, do_transfer, do_arrived, do_not_arrived,
    do_withdraw, do_refund, do_refunded, do_remit, do_confirm, do_refuse, do_reconcile, take_news,
]  # fmt: skip
