"""Pages of a handover: begin it, fill the list in, send it, confirm it or send it back."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from catalogue.plans.import_routes import as_spreadsheet
from contracts.agreements.queries import contract_facts
from contracts.agreements.rules import is_buyer_side
from contracts.handovers import queries
from contracts.handovers.forms import OPENING, RETURN, SIGNING, read_list
from contracts.handovers.rules import CONSENT_LABELS, HANDOVER_LABELS, OUTCOME_LABELS, PARTY_LABELS, Party
from contracts.handovers.services import (
    acted_for_buyer,
    confirm,
    may_prepare,
    missing,
    open_handover,
    send_back,
    send_list,
    settle_residents,
)
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.gateways.spreadsheets import Column, write_sheet
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Bound, parse, text
from marketplace.kernel.i18n import N_, translate
from marketplace.kernel.web import go, page, posted

Row = dict[str, Any]
ACTING = needs(Permission.HAND_OVER)
READING = needs(Permission.HAND_OVER, Permission.READ_EVERYTHING)


async def _own_contract(reference: str, actor: Actor) -> Row:
    contract = await contract_facts(reference, visible_to=actor)
    if not is_buyer_side(actor, contract):
        raise NotFound()
    return contract


async def _opening_page(
    reference: str, actor: Actor, now: datetime, form: Bound | None = None, status_code: int = 200
) -> Template:
    contract = await _own_contract(reference, actor)
    return page(
        "contracts/handovers/open.html", status_code=status_code, contract=contract, form=form,
        residents=await queries.open_residents(contract, county_day(now)) if contract["signed_at"] else [],
        work=await queries.open_work(contract["id"]), choices=await queries.next_contracts(contract),
        handover=await queries.handover_of(contract["id"]),
    )  # fmt: skip


@get("/contracts/{reference:str}/handover", opt=ACTING)
async def show_opening(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """Who has to be passed on, what is undone, and which contract goes on."""
    return await _opening_page(reference, actor, now)


@post("/contracts/{reference:str}/handover", opt=ACTING)
async def do_open(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Begin the handover, or name another contract that goes on."""
    await _own_contract(reference, actor)
    form = parse(OPENING, (await posted(request)).texts)
    if form.errors:
        return await _opening_page(reference, actor, now, form, 422)
    try:
        opened = await open_handover(reference, form["next_contract"], actor, now)
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        form.errors["next_contract"] = refused.sentence
        return await _opening_page(reference, actor, now, form, 422)
    return go(f"/handovers/{opened}?done=opened")


async def _page(
    reference: str, actor: Actor, now: datetime, form: Bound | None = None, done: str = "", status_code: int = 200
) -> Template:
    handover = await queries.handover_page(reference, visible_to=actor)
    wanted = await missing(handover, handover["whole"]) if handover["status"] == "confirming" else set()
    mine = {party for party, office in wanted if office == actor.organisation_id}
    is_town_of_buyer = Party.TOWN in mine and actor.organisation_id == handover["buyer"]
    stays_apart = is_town_of_buyer and await acted_for_buyer(handover, actor)
    return page(
        "contracts/handovers/show.html", status_code=status_code, handover=handover, form=form, done=done,
        labels=HANDOVER_LABELS, outcomes=OUTCOME_LABELS, consents=CONSENT_LABELS, party_labels=PARTY_LABELS,
        money_that_waits=await _money_that_waits(handover, actor),
        signatures=await queries.signatures_of(handover), work=await queries.open_work(handover["contract"]),
        prepares=may_prepare(handover, actor, county_day(now)), waiting=sorted({party for party, _ in wanted}),
        confirms=actor.may(Permission.HAND_OVER) and bool(mine) and not stays_apart, stays_apart=stays_apart,
        renames=is_buyer_side(actor, handover) and handover["status"] == "preparing",
    )  # fmt: skip


async def _money_that_waits(handover: Row, actor: Actor) -> Decimal:
    """For the buyer, the provider whose money it is, and who oversees."""
    is_theirs = actor.organisation_id in (handover["buyer"], handover["outgoing"])
    if not (is_theirs or actor.may(Permission.READ_EVERYTHING)):
        return Decimal(0)
    return await queries.money_that_waits(handover["id"])


@get("/handovers/{reference:str}", opt=READING)
async def show_handover(reference: FromPath[str], actor: CurrentActor, now: Now, done: FromQuery[str] = "") -> Template:
    """The list as far as this reader may see it, and what they may do."""
    return await _page(reference, actor, now, done=done)


LIST = [
    Column("recipient_code", N_("代码"), text(20), width=14),
    Column("town", N_("镇（街道）"), text(120), width=22),
    Column("last_visit_on", N_("最近一次服务"), text(20), width=14),
    Column("outcome", N_("以后由谁服务"), text(40), width=18),
    Column("consent", N_("本人意见"), text(40), width=12),
    Column("consented_on", N_("表示意见的日期"), text(20), width=14),
    Column("visited_on", N_("一起上门的日期"), text(20), width=14),
    Column("note", N_("怎样安排"), text(300), width=40),
]


@get("/handovers/{reference:str}/list.xlsx", opt=READING)
async def export_list(reference: FromPath[str], actor: CurrentActor) -> Response[bytes]:
    """The list by code, as far as this reader may see it."""
    handover = await queries.handover_page(reference, visible_to=actor)
    days = ("last_visit_on", "consented_on", "visited_on")
    rows = [
        {
            **r, "town": r["town_name"], "outcome": translate(OUTCOME_LABELS[r["outcome"]]) if r["outcome"] else "",
            "consent": translate(CONSENT_LABELS[r["consent"]]) if r["consent"] else "",
            **{name: r[name].isoformat() if r[name] else "" for name in days},
        }
        for r in handover["residents"]
    ]  # fmt: skip
    return as_spreadsheet(f"handover-{reference}", write_sheet(N_("移交清单"), LIST, rows))


async def _codes(reference: str, actor: Actor) -> list[str]:
    handover = await queries.handover_page(reference, visible_to=actor)
    return [r["recipient_code"] for r in handover["residents"]]


@post("/handovers/{reference:str}/residents", opt=ACTING)
async def do_settle(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Keep the lines as they are; gaps may stay."""
    texts = (await posted(request)).texts
    form, passings = read_list(texts, await _codes(reference, actor), county_day(now), is_final=False)
    if form.errors:
        return await _page(reference, actor, now, form, status_code=422)
    await settle_residents(reference, passings, actor, now)
    return go(f"/handovers/{reference}?done=kept")


@post("/handovers/{reference:str}/list", opt=irreversible(ACTING))
async def do_send(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Sign the whole list and ask the others."""
    texts = (await posted(request)).texts
    form, passings = read_list(texts, await _codes(reference, actor), county_day(now), is_final=True)
    if form.errors:
        return await _page(reference, actor, now, form, status_code=422)
    try:
        await send_list(reference, passings, form["typed_name"], actor, now)
    except DomainError as refused:
        return await _said(reference, actor, now, form, refused)
    return go(f"/handovers/{reference}?done=sent")


async def _said(reference: str, actor: Actor, now: datetime, form: Bound, refused: DomainError) -> Template:
    if refused.status_code != 422:
        raise refused
    form.errors["typed_name"] = refused.sentence
    return await _page(reference, actor, now, form, status_code=422)


@post("/handovers/{reference:str}/confirmation", opt=irreversible(ACTING))
async def do_confirm(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Confirm for the next provider or a town."""
    await queries.handover_page(reference, visible_to=actor)
    form = parse(SIGNING, (await posted(request)).texts)
    if form.errors:
        return await _page(reference, actor, now, form, status_code=422)
    try:
        await confirm(reference, form["typed_name"], actor, now)
    except DomainError as refused:
        return await _said(reference, actor, now, form, refused)
    return go(f"/handovers/{reference}?done=confirmed")


@post("/handovers/{reference:str}/return", opt=ACTING)
async def do_return(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Send the list back to be mended."""
    await queries.handover_page(reference, visible_to=actor)
    form = parse(RETURN, (await posted(request)).texts)
    if form.errors:
        return await _page(reference, actor, now, form, status_code=422)
    await send_back(reference, form["reason"], actor, now)
    return go(f"/handovers/{reference}")


ROUTES: list[Any] = [show_opening, do_open, show_handover, export_list, do_settle, do_send, do_confirm, do_return]
