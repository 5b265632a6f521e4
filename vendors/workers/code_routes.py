"""The worker takes an employer's code: with a new account, or with the one the worker has."""

from typing import Any

from litestar import get, post
from litestar.response import Redirect, Template

from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import PUBLIC, SIGNED_IN, CurrentActor, Now
from marketplace.accounts.people.signing_in import AnyRequest, enter, place_of, slowed
from marketplace.accounts.throttle.rules import TooManyTries
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.forms import Bound, Field, code_text, parse
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted
from vendors.workers import invitations, linking
from vendors.workers.forms import ACCOUNT
from vendors.workers.identity import identity_number
from vendors.workers.services import WorkerAccount

CODE = [
    Field("code", N_("邀请码"), code_text(40)),
    Field("identity_number", N_("身份证号码"), identity_number, is_required=False),
]
ACCEPT = [*CODE, *ACCOUNT]


def _code_page(request: AnyRequest, form: Bound | None, status_code: int = 200) -> Template:
    actor: Actor | None = request.scope.get("user")
    if form:
        form.raw.pop("password", None)
    return page("vendors/workers/accept.html", status_code=status_code, form=form, joiner=actor)


async def _check_code(request: AnyRequest, code: str, now: Any) -> None:
    # only a wrong code counts as a guess: a weak password or a taken name does not
    async with slowed(request, f"worker code from {place_of(request)}"):
        await invitations.check_works(code, now)


@get("/worker-code", opt=PUBLIC, sync_to_thread=False)
def show_accept(request: AnyRequest) -> Template:
    """Ask the worker for the code and the wished account; who is signed in is asked for the code alone."""
    return _code_page(request, None)


@post("/worker-code", opt=PUBLIC)
async def do_accept(request: AnyRequest, now: Now) -> Redirect | Template:
    """Open the account, sign in, and show what is held."""
    form, status_code = parse(ACCEPT, (await posted(request)).texts), 422
    if not form.errors:
        account = WorkerAccount(form["username"].lower(), form["password"])
        try:
            await _check_code(request, form["code"], now)
            person = await linking.accept(form["code"], account, form["identity_number"], now)
        except FormRefused as refused:
            form.errors.update(refused.errors)
        except TooManyTries as refused:
            form.errors["code"], status_code = refused.sentence, refused.status_code
        else:
            enter(request, person, second_factor=False)
            return go("/my-file")
    return _code_page(request, form, status_code)


@post("/worker-code/as-myself", opt=SIGNED_IN)
async def do_accept_as_myself(request: AnyRequest, actor: CurrentActor, now: Now) -> Redirect | Template:
    """Take the code with the account one is signed in with, and act for that employer."""
    form, status_code = parse(CODE, (await posted(request)).texts), 422
    if not form.errors:
        try:
            await _check_code(request, form["code"], now)
            organisation = await linking.accept_as(form["code"], form["identity_number"], actor, now)
        except FormRefused as refused:
            form.errors.update(refused.errors)
        except TooManyTries as refused:
            form.errors["code"], status_code = refused.sentence, refused.status_code
        else:
            request.session["organisation"] = str(organisation)
            return go("/my-file")
    return _code_page(request, form, status_code)


ROUTES: list[Any] = [show_accept, do_accept, do_accept_as_myself]
