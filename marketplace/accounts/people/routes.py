"""Sign in and out; a form interrupted by an expired session is kept and offered again."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.response import Redirect, Template
from litestar.utils.scope.state import ScopeState

from marketplace.accounts.guards import PUBLIC, SIGNED_IN
from marketplace.accounts.people import resume
from marketplace.accounts.people.services import sign_in
from marketplace.accounts.throttle import services as throttle
from marketplace.kernel.errors import DomainError, SignInNeeded
from marketplace.kernel.forms import Bound, Field, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted, render, safe_next, show_error, url, wants_json

SIGN_IN_FIELDS = [Field("username", N_("用户名"), text(80)), Field("password", N_("密码"), text(200))]


def _secret(request: Request[Any, Any, Any]) -> str:
    secret: str = request.app.state["settings"].secret("resume")
    return secret


def _sign_in_context(request: Request[Any, Any, Any], form: Bound, next_path: str, kept: str | None) -> dict[str, Any]:
    # in a demo the app carries the list of its accounts; elsewhere there is none
    return {
        "form": form,
        "next_path": next_path,
        "kept": kept,
        "demo_accounts": request.app.state["demo_accounts"],
        "demo_password": request.app.state["demo_password"],
    }


@get("/sign-in", opt=PUBLIC)
async def show_sign_in(request: Request[Any, Any, Any]) -> Template:
    """The sign-in page; `next` is where the reader wanted to go."""
    next_path = safe_next(request.query_params.get("next", "/work"))
    return page("marketplace/accounts/sign_in.html", **_sign_in_context(request, parse([], {}), next_path, None))


@post("/sign-in", opt=PUBLIC)
async def do_sign_in(request: Request[Any, Any, Any]) -> Redirect | Template:
    """Check name and password; a new session id from here on; then back to what was interrupted."""
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
            request.set_session({"person": str(person), "_rotate": True})
            interrupted = resume.unpack(kept, _secret(request)) if kept else None
            if interrupted:
                return page("marketplace/accounts/resume.html", interrupted=interrupted)
            return go(next_path)
    form.raw.pop("password", None)
    context = _sign_in_context(request, form, next_path, kept)
    return page("marketplace/accounts/sign_in.html", status_code=status_code, **context)


async def _signed_in(request: Request[Any, Any, Any], username: str, password: str) -> UUID:
    """The person behind name and password. Raises DomainError; who guesses has to wait (TooManyTries)."""
    secret = request.app.state["settings"].secret("throttle")
    name = throttle.keyed(username, secret)
    address = throttle.keyed(request.client.host if request.client else "", secret)
    await throttle.check_tries(name, address)
    try:
        person = await sign_in(username, password)
    except DomainError:
        await throttle.note_failure(name, address)
        raise
    await throttle.forget_failures(name)
    return person


@post("/sign-out", opt=SIGNED_IN)
async def sign_out(request: Request[Any, Any, Any]) -> Redirect:
    """End the session here and in the database."""
    request.clear_session()
    return go("/")


def ask_to_sign_in(request: Request[Any, Any, Any], error: SignInNeeded) -> Response[Any]:
    """Nobody is signed in: to the sign-in page and back; a posted form travels along."""
    if wants_json(request):
        return show_error(request, error)
    path = request.scope["path"]
    if request.method != "POST":
        query = request.scope.get("query_string", b"").decode("latin-1")
        wanted = f"{path}?{query}" if query else path
        return Redirect(path=f"{url('/sign-in')}?next={quote(wanted, safe='/')}", status_code=303)
    form = ScopeState.from_scope(request.scope).form
    typed = {name: value for name, value in dict(form or {}).items() if not isinstance(value, UploadFile)}
    kept = resume.pack(path, typed, _secret(request))
    context = _sign_in_context(request, parse([], {}), "/work", kept)
    body = render(request, "marketplace/accounts/sign_in.html", **context)
    return Response(body, status_code=401, media_type="text/html")


ROUTES: list[Any] = [show_sign_in, do_sign_in, sign_out]
