"""Give an address, ask for the link again, open it."""

from typing import Any

from litestar import get, post
from litestar.response import Redirect, Template

from marketplace.accounts.addresses import services
from marketplace.accounts.addresses.queries import address_of_link, confirmed_address, waiting_address
from marketplace.accounts.guards import PUBLIC, SIGNED_IN, CurrentActor, Now, irreversible
from marketplace.accounts.people.forms import email
from marketplace.accounts.people.signing_in import AnyRequest, note_try
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Bound, Field, parse
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

CONFIRM = "marketplace/accounts/confirm_address.html"
ADDRESS = [Field("email", N_("邮箱"), email())]


async def _own_page(actor: CurrentActor, form: Bound, status_code: int = 200, *, is_sent: bool = False) -> Template:
    return page(
        "marketplace/accounts/my_address.html", status_code=status_code, form=form, is_sent=is_sent,
        confirmed=await confirmed_address(actor.person_id), waiting=await waiting_address(actor.person_id),
        days=services.LIFE.days,
    )  # fmt: skip


@get("/my-account/address", opt=SIGNED_IN)
async def show_own(request: AnyRequest, actor: CurrentActor) -> Template:
    """The address in use and the one that waits."""
    return await _own_page(actor, Bound(), is_sent=request.query_params.get("sent") == "1")


@post("/my-account/address", opt=irreversible(SIGNED_IN))
async def do_give(request: AnyRequest, actor: CurrentActor, now: Now) -> Redirect | Template:
    """Another address: a stolen session must not lead the letters of a forgotten password elsewhere."""
    form = parse(ADDRESS, (await posted(request)).texts)
    if not form.errors:
        try:
            await note_try(request, f"address of {actor.person_id}")
            await services.give_address(form["email"], request.app.state["settings"].public_address, actor, now)
            return go("/my-account/address?sent=1")
        except DomainError as refused:
            form.errors["email"] = refused.sentence
    return await _own_page(actor, form, 422)


@post("/my-account/address/again", opt=SIGNED_IN)
async def do_send_again(request: AnyRequest, actor: CurrentActor, now: Now) -> Redirect | Template:
    """The letter did not arrive or its link is too old."""
    try:
        await note_try(request, f"address of {actor.person_id}")
        await services.send_again(request.app.state["settings"].public_address, actor, now)
    except DomainError as refused:
        return await _own_page(actor, Bound(errors={"email": refused.sentence}), refused.status_code)
    return go("/my-account/address?sent=1")


async def _confirm_page(token: str, form: Bound, status_code: int = 200) -> Template:
    found = await address_of_link(services.link_hash(token))
    return page(CONFIRM, status_code=status_code, form=form, found=found, token=token, is_done=False)


@get("/confirm-address", opt=PUBLIC)
async def show_confirm(request: AnyRequest) -> Template:
    """A button: programs that look through letters open links, but press nothing."""
    return await _confirm_page(request.query_params.get("token", "")[:100], Bound())


@post("/confirm-address", opt=PUBLIC)
async def do_confirm(request: AnyRequest, now: Now) -> Template:
    """The address counts from now on."""
    token = str((await posted(request)).texts.get("token", ""))[:100]
    try:
        await services.confirm_address(token, now)
    except DomainError as refused:
        return await _confirm_page(token, Bound(errors={"_token": refused.sentence}), 422)
    return page(CONFIRM, form=Bound(), found=None, token="", is_done=True)


ROUTES: list[Any] = [show_own, do_give, do_send_again, show_confirm, do_confirm]
