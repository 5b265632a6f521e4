"""Sign in and out."""

from typing import Any

from litestar import Request, get, post
from litestar.response import Redirect, Template

from marketplace.accounts.guards import PUBLIC, SIGNED_IN
from marketplace.accounts.people.services import sign_in
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Bound, Field, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted, safe_next

SIGN_IN_FIELDS = [Field("username", N_("用户名"), text(80)), Field("password", N_("密码"), text(200))]


def _sign_in_page(request: Request[Any, Any, Any], form: Bound, next_path: str, status_code: int = 200) -> Template:
    # in a demo the app carries the list of its accounts; elsewhere there is none
    accounts = getattr(request.app.state, "demo_accounts", None)
    return page(
        "marketplace/accounts/sign_in.html", status_code=status_code, form=form, next_path=next_path, resumed=None,
        demo_accounts=accounts, demo_password=getattr(request.app.state, "demo_password", None),
    )  # fmt: skip


@get("/sign-in", opt=PUBLIC)
async def show_sign_in(request: Request[Any, Any, Any]) -> Template:
    """The sign-in page; `next` is where the reader wanted to go."""
    next_path = safe_next(request.query_params.get("next", "/work"))
    return _sign_in_page(request, parse([], {}), next_path)


@post("/sign-in", opt=PUBLIC)
async def do_sign_in(request: Request[Any, Any, Any]) -> Redirect | Template:
    """Check name and password; a new session id from here on."""
    typed = (await posted(request)).texts
    form = parse(SIGN_IN_FIELDS, typed)
    next_path = safe_next(str(typed.get("next", "/work")))
    if not form.errors:
        try:
            person = await sign_in(form["username"], form["password"])
        except DomainError as refused:
            form.errors["username"] = refused.sentence
        else:
            request.set_session({"person": str(person), "_rotate": True})
            return go(next_path)
    form.raw.pop("password", None)
    return _sign_in_page(request, form, next_path, 422)


@post("/sign-out", opt=SIGNED_IN)
async def sign_out(request: Request[Any, Any, Any]) -> Redirect:
    """End the session here and in the database."""
    request.clear_session()
    return go("/")


ROUTES: list[Any] = [show_sign_in, do_sign_in, sign_out]
