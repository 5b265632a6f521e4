"""The page on which a buyer renews a contract for another year, and on which a side says it will not sign."""

from datetime import datetime
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.listings.rules import GRADE_LABELS
from contracts.agreements.queries import contract_facts
from contracts.agreements.rules import is_buyer_side
from contracts.renewals import queries
from contracts.renewals.rules import check_renewal, next_period
from contracts.renewals.services import NextYear, drop_renewal, may_drop, renew_contract
from contracts.visits.forms import text_without_people
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.capitals import in_capitals
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Bound, Field, identifier, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

Row = dict[str, Any]
BUYING = needs(Permission.SIGN_FOR_BUYER)
EITHER = needs(Permission.SIGN_FOR_BUYER, Permission.SIGN_FOR_PROVIDER)
RENEWING = [
    Field("budget_line", N_("从哪条预算付"), identifier()),
    Field("document_number", N_("依据文件"), text(80), is_required=False),
]
DROPPING = [Field("reason", N_("理由"), text_without_people(300))]


async def _to_renew(reference: str, actor: Actor) -> Row:
    contract = await contract_facts(reference, visible_to=actor)
    if not is_buyer_side(actor, contract) or contract["published_at"] is None or contract["is_call_off"]:
        raise NotFound()
    return contract


async def _page(contract: Row, now: datetime, form: Bound | None = None, status_code: int = 200) -> Template:
    printed, done = await queries.printed_rule(contract), await queries.renewals_done(contract)
    result, refused = await queries.year_result(contract["reference"]), None
    try:
        check_renewal(printed, done, result, contract["service_to"], county_day(now))
    except DomainError as stands_in_the_way:
        refused = stands_in_the_way
    begins, ends = next_period(contract["service_to"])
    first = await queries.first_contract(contract)
    return page(
        "contracts/renewals/renew.html", status_code=status_code, contract=contract, form=form, printed=printed,
        done=done, result=result, refused=refused, begins=begins, ends=ends, amount=first["amount"],
        capitals=in_capitals(first["amount"]), grade_labels=GRADE_LABELS,
        lines=await queries.lines_for(contract, begins.year), renewed=await queries.renewed_by(contract["id"]),
    )  # fmt: skip


@get("/contracts/{reference:str}/renewal", opt=BUYING)
async def show_renewal(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """What the listing printed, what the evaluation says, and the next year as it would be."""
    return await _page(await _to_renew(reference, actor), now)


@post("/contracts/{reference:str}/renewal", opt=BUYING)
async def do_renew(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Draw the next year up; both sides sign it like every contract."""
    contract = await _to_renew(reference, actor)
    form = parse(RENEWING, (await posted(request)).texts)
    if form.errors:
        return await _page(contract, now, form, 422)
    try:
        year = NextYear(form["budget_line"], form["document_number"] or "")
        renewal = await renew_contract(reference, year, actor, now)
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        form.errors["budget_line"] = refused.sentence
        return await _page(contract, now, form, 422)
    return go(f"/contracts/{renewal}?done=renewed")


async def _drop_page(contract: Row, form: Bound | None = None, status_code: int = 200) -> Template:
    return page("contracts/renewals/drop.html", status_code=status_code, contract=contract, form=form)


@get("/contracts/{reference:str}/renewal/end", opt=EITHER)
async def show_drop(reference: FromPath[str], actor: CurrentActor) -> Template:
    """Ask why the renewal is not signed."""
    contract = await contract_facts(reference, visible_to=actor)
    may_drop(contract, actor)
    return await _drop_page(contract)


@post("/contracts/{reference:str}/renewal/end", opt=irreversible(EITHER))
async def do_drop(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """The renewal falls; its money goes back to the budget line."""
    contract = await contract_facts(reference, visible_to=actor)
    may_drop(contract, actor)
    form = parse(DROPPING, (await posted(request)).texts)
    if form.errors:
        return await _drop_page(contract, form, 422)
    await drop_renewal(reference, form["reason"], actor, now)
    return go(f"/contracts/{reference}")


ROUTES: list[Any] = [show_renewal, do_renew, show_drop, do_drop]
