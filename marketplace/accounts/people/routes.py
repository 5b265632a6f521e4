"""Sign in and out; a form interrupted by an expired session is kept and offered again."""

from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.response import Redirect, Template
from litestar.utils.scope.state import ScopeState

from marketplace.accounts.guards import BEFORE_SECOND_FACTOR, PUBLIC, Now
from marketplace.accounts.people import resume
from marketplace.accounts.people.services import sign_in
from marketplace.accounts.people.signing_in import (
    AnyRequest,
    check_slowed_code,
    enter,
    go_on,
    half_way,
    resume_secret,
    slowed,
    stop_half_way,
)
from marketplace.accounts.second_factor.services import demo_code, has_second_factor
from marketplace.accounts.sessions import ended_session
from marketplace.kernel.errors import DomainError, SignInNeeded
from marketplace.kernel.forms import Bound, Field, code_text, parse, text
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.web import go, page, posted, render, safe_next, show_error, url, wants_json

SIGN_IN_FIELDS = [
    Field("username", N_("用户名"), text(80)),
    Field("password", N_("密码"), text(200)),
    # people are asked on a page of its own; who signs in by a script sends it along
    Field("code", N_("验证码"), code_text(40), is_required=False),
]


def _sign_in_context(request: AnyRequest, form: Bound, next_path: str, kept: str | None) -> dict[str, Any]:
    # in a demo the app carries the list of its accounts; elsewhere there is none
    return {
        "form": form,
        "next_path": next_path,
        "kept": kept,
        "is_idle": request.query_params.get("idle") == "1",
        "demo_accounts": request.app.state["demo_accounts"],
        "demo_password": request.app.state["demo_password"],
    }


@get("/sign-in", opt=PUBLIC)
async def show_sign_in(request: AnyRequest) -> Template:
    """The sign-in page; `next` is where the reader wanted to go."""
    next_path = safe_next(request.query_params.get("next", "/work"))
    return page("marketplace/accounts/sign_in.html", **_sign_in_context(request, parse([], {}), next_path, None))


@post("/sign-in", opt=PUBLIC)
async def do_sign_in(request: AnyRequest, now: Now) -> Redirect | Template:
    """Check name and password; then the code where the account has one; then back to what was interrupted."""
    typed = (await posted(request)).texts
    form = parse(SIGN_IN_FIELDS, typed)
    next_path = safe_next(str(typed.get("next", "/work")))
    kept, status_code = str(typed.get("kept", "")) or None, 422
    if not form.errors:
        try:
            person = await _signed_in(request, form["username"], form["password"])
        except DomainError as refused:
            form.errors["username"], status_code = refused.sentence, refused.status_code
        else:
            return await _after_password(request, person, (form["code"] or "", next_path, kept), now)
    form.raw.pop("password", None)
    context = _sign_in_context(request, form, next_path, kept)
    return page("marketplace/accounts/sign_in.html", status_code=status_code, **context)


async def _after_password(
    request: AnyRequest, person: UUID, typed: tuple[str, str, str | None], now: datetime
) -> Redirect | Template:
    code, next_path, kept = typed
    if not await has_second_factor(person):
        enter(request, person, second_factor=False)
        return go_on(request, next_path, kept)
    if code:
        return await take_code(request, person, typed, now)
    stop_half_way(request, person)
    if kept:  # what was typed travels in the page, so it cannot take the way over an address
        return await code_page(request, person, Bound(), next_path, kept)
    return go(f"/sign-in/code?next={quote(next_path, safe='/')}")


async def take_code(
    request: AnyRequest, person: UUID, typed: tuple[str, str, str | None], now: datetime
) -> Redirect | Template:
    """Sign in with a code, or say beside the field what is wrong with it."""
    code, next_path, kept = typed
    try:
        await check_slowed_code(request, person, code, now)
    except DomainError as refused:
        stop_half_way(request, person)
        form = Bound(errors={"code": refused.sentence})
        return await code_page(request, person, form, next_path, kept, refused.status_code)
    enter(request, person, second_factor=True)
    return go_on(request, next_path, kept)


async def code_page(
    request: AnyRequest, person: UUID, form: Bound, next_path: str, kept: str | None, status_code: int = 200
) -> Template:
    """The page that asks for the code; in a demo it shows one, so that nobody who tries the county is stuck."""
    shown = await demo_code(person) if request.app.state["settings"].is_demo else None
    return page(
        "marketplace/accounts/sign_in_code.html", status_code=status_code, form=form, next_path=next_path, kept=kept,
        demo_code=shown,
    )  # fmt: skip


@get("/sign-in/code", opt=PUBLIC)
async def show_code(request: AnyRequest) -> Template:
    """Ask for the code after the right password; without one, ask for name and password again."""
    next_path = safe_next(request.query_params.get("next", "/work"))
    person = half_way(request)
    if person is None:
        return page("marketplace/accounts/sign_in.html", **_sign_in_context(request, Bound(), next_path, None))
    return await code_page(request, person, Bound(), next_path, None)


@post("/sign-in/code", opt=PUBLIC)
async def do_code(request: AnyRequest, now: Now) -> Redirect | Template:
    """Check the code; then on to where the reader wanted to go."""
    typed = (await posted(request)).texts
    next_path, kept = safe_next(str(typed.get("next", "/work"))), str(typed.get("kept", "")) or None
    person = half_way(request)
    if person is None:
        form = Bound(errors={"username": say(N_("输入密码以后过了太久。请重新输入用户名和密码。"))})
        context = _sign_in_context(request, form, next_path, kept)
        return page("marketplace/accounts/sign_in.html", status_code=422, **context)
    form = parse([Field("code", N_("验证码"), code_text(40))], typed)
    if form.errors:
        return await code_page(request, person, form, next_path, kept, 422)
    return await take_code(request, person, (form["code"], next_path, kept), now)


async def _signed_in(request: AnyRequest, username: str, password: str) -> UUID:
    """The person behind name and password. Raises DomainError; who guesses has to wait (TooManyTries)."""
    async with slowed(request, username):
        return await sign_in(username, password)


@post("/sign-out", opt=BEFORE_SECOND_FACTOR)
async def sign_out(request: AnyRequest) -> Redirect:
    """End the session here and in the database."""
    request.clear_session()
    return go("/")


def ask_to_sign_in(request: AnyRequest, error: SignInNeeded) -> Response[Any]:
    """Nobody is signed in: to the sign-in page and back; a posted form travels along."""
    if wants_json(request):
        return show_error(request, error)
    path = request.scope["path"]
    over = ended_session(request.scope)
    if request.method != "POST":
        query = request.scope.get("query_string", b"").decode("latin-1")
        wanted = f"{path}?{query}" if query else path
        idle = "&idle=1" if over and over.idle_minutes else ""
        return Redirect(path=f"{url('/sign-in')}?next={quote(wanted, safe='/')}{idle}", status_code=303)
    # a press without a form is offered again only to whoever was signed in a moment ago
    kept = packed_press(request) if over and path != "/sign-out" else packed_form(request)
    context = _sign_in_context(request, parse([], {}), "/work", kept)
    body = render(request, "marketplace/accounts/sign_in.html", **context)
    return Response(body, status_code=401, media_type="text/html")


def packed_form(request: AnyRequest) -> str | None:
    """What was posted here, signed, to travel in the next page; files do not travel."""
    form = ScopeState.from_scope(request.scope).form
    typed = {name: value for name, value in dict(form or {}).items() if not isinstance(value, UploadFile)}
    return resume.pack(request.scope["path"], typed, resume_secret(request), writer_of(request))


def packed_press(request: AnyRequest) -> str | None:
    """The same; of a form of one button, which holds nothing to keep, where it goes."""
    again = {"again": "1"}
    return packed_form(request) or resume.pack(
        request.scope["path"], again, resume_secret(request), writer_of(request)
    )


def writer_of(request: AnyRequest) -> resume.Writer:
    """Who wrote what was posted here: of the session that holds, or of the one that is just over."""
    if over := ended_session(request.scope):
        return resume.Writer(over.person, over.organisation)
    return resume.Writer(request.session.get("person", ""), request.session.get("organisation", ""))


ROUTES: list[Any] = [show_sign_in, do_sign_in, show_code, do_code, sign_out]
