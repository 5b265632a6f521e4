"""The parts of a provider's file, one page each; saved one by one."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.items.queries import current_items
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.gateways.treasury_files import mask_account
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.web import go, page, posted
from vendors.providers.queries import own_provider
from vendors.registration import queries, services
from vendors.registration.forms import ACCOUNT, ITEM, REPRESENTATIVE, SEE_ACCOUNT, STATEMENT, TOWNS

OWN = needs(Permission.EDIT_PROVIDER_FILE)
LIST, SAVED = "/my-organisation", "/my-organisation?done=part"


async def _representative_page(actor: Actor, form: Bound | None, status_code: int = 200) -> Template:
    provider = await own_provider(actor)
    return page(
        "vendors/registration/representative.html", status_code=status_code, form=form, provider=provider,
        known=await queries.representative_of(provider["id"]) or {},
    )  # fmt: skip


@get("/my-organisation/representative", opt=OWN)
async def show_representative(actor: CurrentActor) -> Template:
    """Who represents the own organisation in law."""
    return await _representative_page(actor, None)


@post("/my-organisation/representative", opt=OWN)
async def do_save_representative(
    request: Request[Any, Any, Any], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Save the representative."""
    form = parse(REPRESENTATIVE, (await posted(request)).texts)
    if form.errors:
        return await _representative_page(actor, form, 422)
    await services.save_representative(services.Representative(**form.values), actor, now)
    return go(SAVED)


async def _towns_page(actor: Actor, form: Bound | None, status_code: int = 200) -> Template:
    provider = await own_provider(actor)
    towns = await queries.towns_with_choice(provider["id"])
    return page("vendors/registration/towns.html", status_code=status_code, form=form, towns=towns)


@get("/my-organisation/towns", opt=OWN)
async def show_towns(actor: CurrentActor) -> Template:
    """Where the own organisation serves."""
    return await _towns_page(actor, None)


@post("/my-organisation/towns", opt=OWN)
async def do_choose_towns(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Save the towns."""
    form = parse(TOWNS, (await posted(request)).texts)
    if not form.errors:
        try:
            await services.choose_towns(form["towns"], actor, now)
            return go(SAVED)
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _towns_page(actor, form, 422)


async def _items_page(actor: Actor, form: Bound | None, status_code: int = 200) -> Template:
    provider = await own_provider(actor)
    return page(
        "vendors/registration/items.html", status_code=status_code, form=form, items=await current_items(),
        offered=await queries.offered_items(provider["id"]), legal_form=provider["legal_form"],
    )  # fmt: skip


@get("/my-organisation/items", opt=OWN)
async def show_items(actor: CurrentActor) -> Template:
    """What the own organisation offers, and how much of it."""
    return await _items_page(actor, None)


@post("/my-organisation/items", opt=OWN)
async def do_offer(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Add an item, or change how much of it."""
    form = parse(ITEM, (await posted(request)).texts)
    if not form.errors:
        try:
            await services.offer_item(form["item_code"], form["capacity"], actor, now)
            return go("/my-organisation/items")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _items_page(actor, form, 422)


@post("/my-organisation/items/{code:str}/remove", opt=OWN)
async def do_withdraw(code: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Offer an item no longer."""
    await services.withdraw_item(code, actor, now)
    return go("/my-organisation/items")


async def _account_page(actor: Actor, form: Bound | None, status_code: int = 200, whole: str = "") -> Template:
    provider = await own_provider(actor)
    account = await queries.account_of(provider["id"])
    masked = mask_account(account["number"]) if account else ""
    if form:
        # a number that was refused is not written back into the page
        form.raw.pop("number", None)
    return page(
        "vendors/registration/account.html", status_code=status_code, form=form, provider=provider, masked=masked,
        bank=account["bank"] if account else "", since=account["entered_at"] if account else None, whole=whole,
    )  # fmt: skip


@get("/my-organisation/account", opt=OWN)
async def show_account(actor: CurrentActor) -> Template:
    """Where the own organisation is paid; the number is masked."""
    return await _account_page(actor, None)


@post("/my-organisation/account", opt=OWN)
async def do_save_account(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Save the account."""
    form = parse(ACCOUNT, (await posted(request)).texts)
    if form.errors:
        return await _account_page(actor, form, 422)
    await services.save_account(form["bank"], form["number"], actor, now)
    return go(SAVED)


@post("/my-organisation/account/whole", opt=OWN)
async def do_see_account(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Template:
    """Show the whole number once, for a purpose that is kept."""
    form = parse(SEE_ACCOUNT, (await posted(request)).texts)
    if form.errors:
        return await _account_page(actor, form, 422)
    return await _account_page(actor, None, whole=await services.see_own_account(form["purpose"], actor, now))


@post("/my-organisation/statements", opt=OWN)
async def do_state(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect:
    """State that a list is empty on purpose."""
    form = parse(STATEMENT, (await posted(request)).texts)
    if form.errors:
        return go(LIST)
    await services.make_statement(form["kind"], actor, now)
    return go(SAVED)


ROUTES: list[Any] = [
    show_representative, do_save_representative, show_towns, do_choose_towns, show_items, do_offer, do_withdraw,
    show_account, do_save_account, do_see_account, do_state,
]  # fmt: skip
