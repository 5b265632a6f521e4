"""The two pages of a forgotten password."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

from litestar import get, post
from litestar.response import Redirect, Template

from marketplace.accounts.guards import PUBLIC, Now
from marketplace.accounts.people.signing_in import AnyRequest, note_try
from marketplace.accounts.recovery.services import person_of_link, send_reset_link, set_password_by_link
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Bound, Field, parse, text
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.web import go, page, posted

WHO = [Field("who", N_("用户名或者邮箱"), text(200))]
NEW = [Field("new", N_("新密码"), text(200)), Field("again", N_("再输入一次新密码"), text(200))]
SAME_FOR_ALL = 0.3  # seconds, well above the time that a letter takes
FORGOTTEN, NEW_PASSWORD = "marketplace/accounts/forgotten.html", "marketplace/accounts/new_password.html"


@asynccontextmanager
async def taking_at_least(seconds: float) -> AsyncIterator[None]:
    """Answer no sooner: a letter takes longer to write than none, and the time would tell whether a name is known."""
    ends = monotonic() + seconds
    try:
        yield
    finally:
        await asyncio.sleep(max(0.0, ends - monotonic()))


@get("/forgotten-password", opt=PUBLIC)
async def show_forgotten(request: AnyRequest) -> Template:
    """Ask who forgot."""
    return page(FORGOTTEN, form=Bound(), is_sent=request.query_params.get("sent") == "1")


@post("/forgotten-password", opt=PUBLIC)
async def do_forgotten(request: AnyRequest, now: Now) -> Redirect | Template:
    """Mail the link; the answer is the same whether anybody has that name."""
    form = parse(WHO, (await posted(request)).texts)
    if not form.errors:
        try:
            await note_try(request, f"forgotten {form['who'].lower()}")
        except DomainError as refused:
            form.errors["who"] = refused.sentence
    if form.errors:
        return page(FORGOTTEN, status_code=422, form=form, is_sent=False)
    async with taking_at_least(SAME_FOR_ALL):
        await send_reset_link(form["who"], request.app.state["settings"].public_address, now)
    return go("/forgotten-password?sent=1")


@get("/new-password", opt=PUBLIC)
async def show_new_password(request: AnyRequest) -> Template:
    """Ask for the new password, when the link works."""
    token = request.query_params.get("token", "")
    return page(NEW_PASSWORD, form=Bound(), token=token, works=await person_of_link(token) is not None)


@post("/new-password", opt=PUBLIC)
async def do_new_password(request: AnyRequest, now: Now) -> Redirect | Template:
    """Set it, then sign in."""
    typed = (await posted(request)).texts
    token, form = str(typed.get("token", "")), parse(NEW, typed)
    if not form.errors and form["new"] != form["again"]:
        form.errors["again"] = say(N_("两次输入的新密码不一样。请再输入一次。"))
    if not form.errors:
        try:
            await set_password_by_link(token, form["new"], now)
        except DomainError as refused:
            form.errors["new"] = refused.sentence
    if form.errors:
        form.raw.clear()
        works = await person_of_link(token) is not None
        return page(NEW_PASSWORD, status_code=422, form=form, token=token, works=works)
    return go("/sign-in")


ROUTES: list[Any] = [show_forgotten, do_forgotten, show_new_password, do_new_password]
