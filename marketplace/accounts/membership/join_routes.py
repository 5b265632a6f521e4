"""Come in with a code from a paper or a mail: with a new account, or with the one a person has."""

from typing import Any

from litestar import get, post
from litestar.response import Redirect, Template

from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import PUBLIC, SIGNED_IN, CurrentActor, Now
from marketplace.accounts.membership.services import Newcomer, join_anew, join_as, working_invitation
from marketplace.accounts.people.forms import email
from marketplace.accounts.people.signing_in import AnyRequest, enter, place_of, slowed
from marketplace.accounts.permissions import ROLE_LABELS, Role
from marketplace.kernel.errors import DomainError, FormRefused
from marketplace.kernel.forms import Bound, Field, code_text, parse, proper_name, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

CODE = Field("code", N_("邀请码"), code_text(40))
FIELDS = [
    CODE,
    Field("name", N_("姓名"), proper_name(80)),
    Field("email", N_("邮箱"), email(), is_required=False),
    Field("username", N_("用户名"), text(40)),
    Field("password", N_("密码"), text(200)),
]


async def _look_up(request: AnyRequest, form: Bound) -> tuple[dict[str, Any] | None, int]:
    """The invitation behind the typed code; only a wrong code counts as a guess, not a weak password."""
    code = str(form.raw.get("code", "")).strip()
    if not code or "code" in form.errors:
        return None, 422
    try:
        async with slowed(request, f"join from {place_of(request)}"):
            return await working_invitation(code), 422
    except DomainError as refused:
        form.errors["code"] = refused.sentence
        return None, refused.status_code


async def _join_page(
    request: AnyRequest, form: Bound, invited: dict[str, Any] | None, status_code: int = 200
) -> Template:
    code = str(form.raw.get("code", ""))
    form.raw.pop("password", None)
    if invited and not form.raw.get("email"):
        form.raw["email"] = invited["email"]
    actor: Actor | None = request.scope.get("user")
    return page(
        "marketplace/accounts/join.html", status_code=status_code, form=form, invited=invited, joiner=actor,
        role=ROLE_LABELS[Role(invited["role"])] if invited else "", code=code,
    )  # fmt: skip


@get("/join", opt=PUBLIC)
async def show_join(request: AnyRequest) -> Template:
    """Type the code; a link in a mail brings it along."""
    form = Bound(raw={"code": request.query_params.get("code", "")})
    invited, refused_with = await _look_up(request, form)
    return await _join_page(request, form, invited, refused_with if form.errors else 200)


@post("/join", opt=PUBLIC)
async def do_join(request: AnyRequest, now: Now) -> Redirect | Template:
    """Open an account by a code and sign in with it."""
    form = parse(FIELDS, (await posted(request)).texts)
    invited, refused_with = await _look_up(request, form)
    if form.errors:
        return await _join_page(request, form, invited, refused_with)
    new = Newcomer(form["username"].lower(), form["name"], form["email"] or "", form["password"])
    try:
        person = await join_anew(form["code"], new, request.app.state["settings"].public_address, now)
    except FormRefused as refused:
        form.errors.update(refused.errors)
    except DomainError as refused:
        form.errors["code"] = refused.sentence
    if form.errors:
        return await _join_page(request, form, invited, 422)
    enter(request, person, second_factor=False)
    return go("/work")


@post("/join/as-myself", opt=SIGNED_IN)
async def do_join_as_myself(request: AnyRequest, actor: CurrentActor, now: Now) -> Redirect | Template:
    """Take the role with the account one is signed in with, and act for that organisation."""
    form = parse([CODE], (await posted(request)).texts)
    invited, refused_with = await _look_up(request, form)
    if not form.errors:
        try:
            request.session["organisation"] = str(await join_as(form["code"], actor, now))
            return go("/work")
        except DomainError as refused:
            form.errors["code"] = refused.sentence
    return await _join_page(request, form, invited, refused_with)


ROUTES: list[Any] = [show_join, do_join, do_join_as_myself]
