"""One's own second factor: set it up, print new recovery codes, move to another phone."""

import time
from typing import Any

from litestar import Request, get, post
from litestar.response import Redirect, Template

from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import BEFORE_SECOND_FACTOR, SIGNED_IN, CurrentActor, Now, irreversible
from marketplace.accounts.permissions import needs_second_factor
from marketplace.accounts.second_factor.queries import own_factor
from marketplace.accounts.second_factor.rules import new_secret, set_up_address
from marketplace.accounts.second_factor.services import (
    begin_second_factor,
    has_second_factor,
    remove_second_factor,
    renew_recovery_codes,
)
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Bound, Field, code_text, parse
from marketplace.kernel.i18n import N_, translate
from marketplace.kernel.private_columns import conceal, reveal
from marketplace.kernel.qr import qr_svg
from marketplace.kernel.web import go, page, posted

CODE = [Field("code", N_("验证码"), code_text(40))]
CANDIDATE = "web_session.data"


def _candidate(request: Request[Any, Any, Any]) -> str:
    """The secret offered to this browser: the same one until it is taken, so that a mistyped code costs no new scan."""
    kept = request.session.get("candidate")
    if kept:
        return reveal(kept, CANDIDATE)
    secret = new_secret()
    request.session["candidate"] = conceal(secret, CANDIDATE)
    return secret


async def _set_up_page(request: Request[Any, Any, Any], actor: Actor, form: Bound, status_code: int = 200) -> Template:
    secret = _candidate(request)
    factor = await own_factor(actor)
    return page(
        "marketplace/accounts/second_factor_new.html", status_code=status_code, form=form,
        secret=" ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        qr=qr_svg(set_up_address(secret, factor["username"]), translate(N_("验证器的二维码"))),
        is_required=needs_second_factor(actor.roles),
    )  # fmt: skip


@get("/my-account/second-factor", opt=BEFORE_SECOND_FACTOR)
async def show_second_factor(request: Request[Any, Any, Any], actor: CurrentActor) -> Template:
    """The state of one's second factor; without one, how to set it up."""
    factor = await own_factor(actor)
    if factor["begun_at"] is None:
        return await _set_up_page(request, actor, Bound())
    return page("marketplace/accounts/second_factor.html", factor=factor, is_required=needs_second_factor(actor.roles))


@post("/my-account/second-factor", opt=BEFORE_SECOND_FACTOR)
async def do_begin(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Take the first code of the authenticator; shows the recovery codes once."""
    if await has_second_factor(actor.person_id):
        return go("/my-account/second-factor")
    form = parse(CODE, (await posted(request)).texts)
    if not form.errors:
        try:
            codes = await begin_second_factor(_candidate(request), form["code"], actor, now)
        except DomainError as refused:
            form.errors["code"] = refused.sentence
        else:
            request.session.pop("candidate", None)
            request.session.update({"second_factor": True, "proven_at": int(time.time()), "_rotate": True})
            return page("marketplace/accounts/recovery_codes.html", codes=codes)
    return await _set_up_page(request, actor, form, 422)


@post("/my-account/second-factor/recovery-codes", opt=irreversible(SIGNED_IN))
async def do_renew(actor: CurrentActor, now: Now) -> Redirect | Template:
    """A new sheet of recovery codes."""
    if not await has_second_factor(actor.person_id):
        return go("/my-account/second-factor")
    return page("marketplace/accounts/recovery_codes.html", codes=await renew_recovery_codes(actor, now))


@post("/my-account/second-factor/end", opt=irreversible(SIGNED_IN))
async def do_end(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect:
    """Give the authenticator up; a role that needs one sets up the next at once."""
    await remove_second_factor(actor.person_id, actor, now)
    request.session["second_factor"] = False
    return go("/my-account/second-factor")


ROUTES: list[Any] = [show_second_factor, do_begin, do_renew, do_end]
