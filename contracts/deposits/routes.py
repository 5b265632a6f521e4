"""Pages of deposits and bonds: the provider gives one, the county keeps them, everybody concerned sees the clock."""

from datetime import datetime
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Stream, Template

from contracts.deposits import forms, queries, remitting, services
from contracts.deposits.online import compare, give_up_online, pay_online, reconcile
from contracts.deposits.returns import owed_interest, record_interest_paid, record_returned, rule_of_return
from contracts.deposits.rules import DEPOSIT_LABELS, GROUND_LABELS, KIND_LABELS, WAY_LABELS, Asked, Way
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.routes import disposition
from marketplace.accounts.guards import SIGNED_IN, CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.gateways.file_types import FileRefused
from marketplace.gateways.files import begun
from marketplace.gateways.payments import DepositGateway
from marketplace.kernel.capitals import in_capitals
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import DomainError, FormRefused, NotFound
from marketplace.kernel.forms import Bound, Field, parse
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

KEEPING = needs(Permission.APPROVE_PAYMENT, Permission.REVIEW_QUALIFICATION)
SEEING = needs(Permission.APPROVE_PAYMENT, Permission.REVIEW_QUALIFICATION, Permission.READ_EVERYTHING)
WORDS: dict[str, Any] = {"labels": DEPOSIT_LABELS, "ways": WAY_LABELS, "kinds": KIND_LABELS, "grounds": GROUND_LABELS}
Req = Request[Any, Any, Any]


def _gateway(request: Req) -> DepositGateway | None:
    gateway: DepositGateway | None = request.app.state["gateways"].deposits
    return gateway


async def _give_page(
    request: Req, asked: Asked, now: datetime, form: Bound | None = None, way: str = "", status_code: int = 200
) -> Template:
    given = await queries.given(asked)
    alive = next((d for d in given if d["status"] not in ("dropped", "returned")), None)
    return page(
        "contracts/deposits/give.html", status_code=status_code, asked=asked, given=given, alive=alive, form=form,
        chosen=way, gateway=_gateway(request), capitals=in_capitals(asked.amount), **WORDS,
    )  # fmt: skip


async def _give(request: Req, asked: Asked, way: Way, actor: Actor, now: datetime) -> Redirect | Template:
    read = await posted(request)
    fields: list[Field] = forms.GUARANTEE if way is Way.GUARANTEE else forms.TRANSFER
    form = parse(fields, read.texts)
    files = read.files.get("paper", [])
    if not files:
        form.refuse("paper", N_("请上传保函或者银行回单。"))
    if form.errors:
        return await _give_page(request, asked, now, form, way, 422)
    paper = services.HandedPaper(files[0].filename, await files[0].read())
    store = request.app.state["gateways"].documents
    try:
        if way is Way.GUARANTEE:
            await services.hand_in_guarantee(asked, form, paper, store, actor, now)
        else:
            await services.declare_transfer(asked, form["arrival_proof"], paper, store, actor, now)
    except FormRefused as refused:
        form.errors.update(refused.errors)
        return await _give_page(request, asked, now, form, way, 422)
    except FileRefused as refused:
        form.errors["paper"] = refused.sentence
        return await _give_page(request, asked, now, form, way, 422)
    return go(f"{asked.path}?done={way}")


async def _online(request: Req, asked: Asked, actor: Actor, now: datetime) -> Redirect:
    gateway = _gateway(request)
    if gateway is None:
        raise NotFound()
    back = f"{request.app.state['settings'].public_address}{asked.path}"
    await pay_online(asked, gateway, back, actor, now)
    return go(f"{asked.path}?done=online")


@get("/listings/{reference:str}/deposit", opt=needs(Permission.BID))
async def show_bid_deposit(reference: FromPath[str], request: Req, actor: CurrentActor, now: Now) -> Template:
    """The bid deposit a listing asks: how much, until when, and the ways to give it."""
    return await _give_page(request, await queries.asked_for_bid(reference, actor, now), now)


@post("/listings/{reference:str}/deposit/guarantee", opt=needs(Permission.BID))
async def do_bid_guarantee(
    reference: FromPath[str], request: Req, actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Give a guarantee as bid deposit."""
    return await _give(request, await queries.asked_for_bid(reference, actor, now), Way.GUARANTEE, actor, now)


@post("/listings/{reference:str}/deposit/transfer", opt=needs(Permission.BID))
async def do_bid_transfer(reference: FromPath[str], request: Req, actor: CurrentActor, now: Now) -> Redirect | Template:
    """Say that the bid deposit was transferred."""
    return await _give(request, await queries.asked_for_bid(reference, actor, now), Way.TRANSFER, actor, now)


@post("/listings/{reference:str}/deposit/online", opt=needs(Permission.BID))
async def do_bid_online(reference: FromPath[str], request: Req, actor: CurrentActor, now: Now) -> Redirect:
    """Open a page of the payment service for the bid deposit."""
    return await _online(request, await queries.asked_for_bid(reference, actor, now), actor, now)


@get("/contracts/{reference:str}/bond", opt=needs(Permission.SIGN_FOR_PROVIDER))
async def show_bond(reference: FromPath[str], request: Req, actor: CurrentActor, now: Now) -> Template:
    """The performance bond a contract asks, and the ways to give it."""
    return await _give_page(request, await queries.asked_for_contract(reference, actor), now)


@post("/contracts/{reference:str}/bond/guarantee", opt=needs(Permission.SIGN_FOR_PROVIDER))
async def do_bond_guarantee(
    reference: FromPath[str], request: Req, actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Give a guarantee as performance bond."""
    return await _give(request, await queries.asked_for_contract(reference, actor), Way.GUARANTEE, actor, now)


@post("/contracts/{reference:str}/bond/transfer", opt=needs(Permission.SIGN_FOR_PROVIDER))
async def do_bond_transfer(
    reference: FromPath[str], request: Req, actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Say that the performance bond was transferred."""
    return await _give(request, await queries.asked_for_contract(reference, actor), Way.TRANSFER, actor, now)


@post("/contracts/{reference:str}/bond/online", opt=needs(Permission.SIGN_FOR_PROVIDER))
async def do_bond_online(reference: FromPath[str], request: Req, actor: CurrentActor, now: Now) -> Redirect:
    """Open a page of the payment service for the performance bond."""
    return await _online(request, await queries.asked_for_contract(reference, actor), actor, now)


async def _deposit_page(
    reference: str, actor: Actor, now: datetime, form: Bound | None = None, about: str = "", status_code: int = 200
) -> Template:
    row = await queries.deposit_page(reference, actor, now)
    office = row["procuring_unit"] == actor.organisation_id and actor.may(Permission.REVIEW_QUALIFICATION)
    return page(
        "contracts/deposits/show.html", status_code=status_code, deposit=row, form=form, about=about,
        movements=(movements := await queries.movements_of(row["id"])),
        own=row["organisation"] == actor.organisation_id,
        keeps=office or actor.may(Permission.APPROVE_PAYMENT), forfeits=actor.may(Permission.APPROVE_PAYMENT),
        interest=row["interest"] if row["status"] == "returned" else owed_interest(row, now), today=county_day(now),
        return_rule=rule_of_return(row["return_ground"]), interest_open=await queries.interest_is_open(row["id"]),
        forfeited=(forfeited := remitting.forfeited_by(row, movements)),
        slip=await remitting.remittance_of(row["id"]) if forfeited.amount else None,
        **WORDS,
    )  # fmt: skip


@get("/deposits/{reference:str}", opt=SIGNED_IN)
async def show_deposit(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """One deposit with every movement and the clock of its return."""
    return await _deposit_page(reference, actor, now)


@get("/deposits/{reference:str}/paper", opt=SIGNED_IN)
async def download_paper(reference: FromPath[str], request: Req, actor: CurrentActor, now: Now) -> Stream:
    """The guarantee or the bank's slip, for those who may see the deposit."""
    row = await queries.deposit_page(reference, actor, now)
    if not row["paper_key"]:
        raise NotFound()
    return Stream(
        await begun(request.app.state["gateways"].documents.stream(row["paper_key"])), media_type=row["paper_type"],
        headers={"Content-Disposition": disposition(row["paper_name"])},
    )  # fmt: skip


@get("/deposits", opt=SEEING)
async def list_deposits(
    actor: CurrentActor, now: Now, request: Req, done: FromQuery[str] = "", number: FromQuery[int] = 1
) -> Template:
    """What is kept, what goes back until when, and what all of it adds up to."""
    found = await queries.list_deposits(actor, now, number)
    return page(
        "contracts/deposits/list.html", deposits=found.rows, page=found, done=done, gateway=_gateway(request),
        today=county_day(now), pays=actor.may(Permission.APPROVE_PAYMENT), **WORDS,
    )  # fmt: skip


@post("/deposits/{reference:str}/arrived", opt=KEEPING)
async def do_arrived(reference: FromPath[str], request: Req, actor: CurrentActor, now: Now) -> Redirect | Template:
    """A transfer has come."""
    form = parse(forms.ARRIVED, (await posted(request)).texts)
    if form.errors:
        return await _deposit_page(reference, actor, now, form, "arrived", 422)
    await services.confirm_arrival(reference, form, actor, now)
    return go(f"/deposits/{reference}")


@post("/deposits/{reference:str}/not-arrived", opt=KEEPING)
async def do_not_arrived(reference: FromPath[str], request: Req, actor: CurrentActor, now: Now) -> Redirect | Template:
    """The account shows no such money."""
    form = parse(forms.NOT_ARRIVED, (await posted(request)).texts)
    if form.errors:
        return await _deposit_page(reference, actor, now, form, "not_arrived", 422)
    await services.say_not_arrived(reference, form["reason"], actor, now)
    return go(f"/deposits/{reference}")


@post("/deposits/{reference:str}/returned", opt=KEEPING)
async def do_returned(reference: FromPath[str], request: Req, actor: CurrentActor, now: Now) -> Redirect | Template:
    """The bank has sent a deposit back."""
    form = parse(forms.RETURNED, (await posted(request)).texts)
    if form.errors:
        return await _deposit_page(reference, actor, now, form, "returned", 422)
    await record_returned(reference, form["return_proof"], actor, now)
    return go(f"/deposits/{reference}")


@post("/deposits/{reference:str}/interest-paid", opt=KEEPING)
async def do_interest_paid(
    reference: FromPath[str], request: Req, actor: CurrentActor, now: Now
) -> Redirect | Template:
    """The bank has paid the interest of a late return online."""
    form = parse(forms.INTEREST_PAID, (await posted(request)).texts)
    if form.errors:
        return await _deposit_page(reference, actor, now, form, "interest_paid", 422)
    await record_interest_paid(reference, form["interest_proof"], actor, now)
    return go(f"/deposits/{reference}")


@post("/deposits/{reference:str}/forfeit", opt=irreversible(needs(Permission.APPROVE_PAYMENT)))
async def do_forfeit(reference: FromPath[str], request: Req, actor: CurrentActor, now: Now) -> Redirect | Template:
    """Keep a deposit for good."""
    form = parse(forms.FORFEIT, (await posted(request)).texts)
    if form.errors:
        return await _deposit_page(reference, actor, now, form, "forfeit", 422)
    await services.forfeit(reference, form["reason"], actor, now)
    return go(f"/deposits/{reference}")


@post("/deposits/{reference:str}/claim-paid", opt=irreversible(needs(Permission.APPROVE_PAYMENT)))
async def do_claim_paid(reference: FromPath[str], request: Req, actor: CurrentActor, now: Now) -> Redirect | Template:
    """The issuer of a forfeited guarantee has paid."""
    form = parse(forms.CLAIM_PAID, (await posted(request)).texts)
    if form.errors:
        return await _deposit_page(reference, actor, now, form, "claim_paid", 422)
    await remitting.record_claim_paid(reference, form["claim_proof"], actor, now)
    return go(f"/deposits/{reference}")


@post("/deposits/{reference:str}/remittance", opt=irreversible(needs(Permission.APPROVE_PAYMENT)))
async def do_remit(reference: FromPath[str], request: Req, actor: CurrentActor, now: Now) -> Redirect | Template:
    """Enter the slip by which forfeited money goes to the treasury."""
    form = parse(forms.REMIT, (await posted(request)).texts)
    if not form.errors:
        try:
            await remitting.enter_remittance(reference, form, actor, now)
            return go(f"/deposits/{reference}")
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["remitted_on"] = refused.sentence
    return await _deposit_page(reference, actor, now, form, "remit", 422)


@post("/deposits/{reference:str}/remittance/confirm", opt=irreversible(needs(Permission.APPROVE_PAYMENT)))
async def do_confirm_remittance(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """The second person has compared the slip with the account."""
    await remitting.decide_remittance(reference, True, actor, now)
    return go(f"/deposits/{reference}")


@post("/deposits/{reference:str}/remittance/refuse", opt=needs(Permission.APPROVE_PAYMENT))
async def do_refuse_remittance(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """The slip does not agree; it is entered anew."""
    await remitting.decide_remittance(reference, False, actor, now)
    return go(f"/deposits/{reference}")


@post("/deposits/{reference:str}/take-back", opt=needs(Permission.BID, Permission.SIGN_FOR_PROVIDER))
async def do_take_back(reference: FromPath[str], request: Req, actor: CurrentActor, now: Now) -> Redirect:
    """Choose another way before the money came."""
    row = await queries.deposit_page(reference, actor, now)
    gateway = _gateway(request)
    if row["way"] == Way.ONLINE and gateway is not None:
        await give_up_online(reference, gateway, actor, now)
    else:
        await services.take_back_declaration(reference, actor, now)
    back = f"/contracts/{row['contract_reference']}/bond" if row["contract"] else None
    return go(back or f"/listings/{row['listing_reference']}/deposit")


@post("/deposits/reconcile", opt=needs(Permission.APPROVE_PAYMENT))
async def do_reconcile(request: Req, now: Now) -> Redirect:
    """Look at every unfinished online deposit as the payment service has it."""
    gateway = _gateway(request)
    if gateway is None:
        raise NotFound()
    _, failed = await reconcile(gateway, now)
    return go(f"/deposits/reconciliation?done={'failed' if failed else 'reconciled'}")


@get("/deposits/reconciliation", opt=needs(Permission.APPROVE_PAYMENT))
async def show_reconciliation(request: Req, now: Now, done: FromQuery[str] = "") -> Template:
    """Every online deposit beside what the payment service took and gave back; what disagrees first."""
    gateway = _gateway(request)
    if gateway is None:
        raise NotFound()
    return page(
        "contracts/deposits/reconciliation.html", compared=await compare(gateway, now), done=done, gateway=gateway,
        **WORDS,
    )  # fmt: skip


ROUTES: list[Any] = [
    show_bid_deposit, do_bid_guarantee, do_bid_transfer, do_bid_online, show_bond, do_bond_guarantee,
    do_bond_transfer, do_bond_online, show_deposit, download_paper, list_deposits, do_arrived, do_not_arrived,
    do_returned, do_interest_paid, do_forfeit, do_claim_paid, do_remit,
    do_confirm_remittance, do_refuse_remittance, do_take_back, do_reconcile, show_reconciliation,
]  # fmt: skip
