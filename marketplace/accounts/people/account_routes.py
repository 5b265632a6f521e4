"""The page of one's own account."""

from datetime import datetime
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import SIGNED_IN, CurrentActor, Now
from marketplace.accounts.people.browsers import browser_words
from marketplace.accounts.people.own_account import (
    change_password,
    check_own_password,
    end_other_sessions,
    end_session,
    own_sessions,
)
from marketplace.accounts.people.signing_in import slowed
from marketplace.accounts.permissions import ROLE_LABELS
from marketplace.accounts.sessions import hashed, idle_minutes_of
from marketplace.accounts.throttle.rules import TooManyTries
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Bound, Field, parse, text
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.web import go, page, posted

PASSWORD_FIELDS = [
    Field("current", N_("现在的密码"), text(200)),
    Field("new", N_("新密码"), text(200)),
    Field("again", N_("再输入一次新密码"), text(200)),
]


def _here(request: Request[Any, Any, Any]) -> bytes:
    return hashed(str(request.scope.get("_session_id") or ""))


async def _account_page(request: Request[Any, Any, Any], actor: Actor, form: Bound, status_code: int = 200) -> Template:
    return page(
        "marketplace/accounts/my_account.html", status_code=status_code, form=form, here=_here(request).hex(),
        sessions=await own_sessions(actor, idle_minutes_of(request.scope)), browser_words=browser_words,
        roles=[ROLE_LABELS[role] for role in sorted(actor.roles)],
        is_changed=request.query_params.get("changed") == "1",
    )  # fmt: skip


@get("/my-account", opt=SIGNED_IN)
async def my_account(request: Request[Any, Any, Any], actor: CurrentActor) -> Template:
    """Who one is here, where one is signed in, and the password."""
    return await _account_page(request, actor, Bound())


@post("/my-account/password", opt=SIGNED_IN)
async def do_change_password(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Change the password; the others are signed out."""
    form = parse(PASSWORD_FIELDS, (await posted(request)).texts)
    if not form.errors and form["new"] != form["again"]:
        form.errors["again"] = say(N_("两次输入的新密码不一样。请再输入一次。"))
    status_code = 422
    if not form.errors:
        status_code = await _check_current(request, form, actor)
    if not form.errors:
        await _change(form, _here(request), actor, now)
    if form.errors:
        form.raw.clear()  # a password is never given back to a page
        return await _account_page(request, actor, form, status_code)
    return go("/my-account?changed=1")


async def _check_current(request: Request[Any, Any, Any], form: Bound, actor: Actor) -> int:
    """Whoever found a browser open guesses no faster here than at the sign-in; counted with the other proofs."""
    try:
        async with slowed(request, f"proof of {actor.person_id}"):
            await check_own_password(form["current"], actor)
    except TooManyTries as refused:
        form.errors["current"] = refused.sentence
        return refused.status_code
    except DomainError:
        form.errors["current"] = say(N_("现在的密码不对。请再输入一次。"))
    return 422


async def _change(form: Bound, here: bytes, actor: Actor, now: datetime) -> None:
    try:
        await change_password(form["new"], here, actor, now)
    except DomainError as weak:
        form.errors["new"] = weak.sentence


@post("/my-account/sessions/end-others", opt=SIGNED_IN)
async def do_end_others(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect:
    """Sign out everywhere else."""
    await end_other_sessions(_here(request), actor, now)
    return go("/my-account")


@post("/my-account/sessions/{key:str}/end", opt=SIGNED_IN)
async def do_end_session(key: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Sign out in one other browser."""
    await end_session(key, actor, now)
    return go("/my-account")


@get("/still-here", opt=SIGNED_IN, status_code=204)
async def still_here() -> None:
    """Somebody types or reads on a page: their session goes on (the guard and the session have looked)."""


ROUTES: list[Any] = [my_account, still_here, do_change_password, do_end_others, do_end_session]
