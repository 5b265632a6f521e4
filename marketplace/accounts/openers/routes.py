"""The opener's own page: register the public part of an identity."""

from typing import Any

from litestar import Request, get, post
from litestar.response import Redirect, Template

from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.openers.services import register_opener_key
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetch
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Bound, Field, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

FIELDS = [Field("recipient", N_("开标公钥"), text(100))]


async def _show(actor: Actor, form: Bound, status_code: int = 200) -> Template:
    keys = await fetch(
        "SELECT fingerprint, registered_at, retired_at FROM opener_key WHERE person = $1 ORDER BY registered_at DESC",
        actor.person_id,
    )
    return page("marketplace/accounts/opener_key.html", status_code=status_code, form=form, keys=keys)


@get("/opener-key", opt=needs(Permission.REGISTER_OPENER_KEY))
async def show_opener_key(actor: CurrentActor) -> Template:
    """Which keys are registered, and how to make one."""
    return await _show(actor, parse([], {}))


@post("/opener-key", opt=needs(Permission.REGISTER_OPENER_KEY))
async def do_register(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Register a recipient."""
    form = parse(FIELDS, (await posted(request)).texts)
    if not form.errors:
        try:
            await register_opener_key(form["recipient"], actor, now)
            return go("/opener-key")
        except DomainError as refused:
            form.errors["recipient"] = refused.sentence
    return await _show(actor, form, 422)


ROUTES: list[Any] = [show_opener_key, do_register]
