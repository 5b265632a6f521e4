"""Prove again who is acting, before what cannot be undone; what was typed goes on from there."""

import time
from typing import Any
from urllib.parse import quote

from litestar import Response, post
from litestar.response import Redirect, Template

from marketplace.accounts.guards import SIGNED_IN, CurrentActor, Now
from marketplace.accounts.people.own_account import check_own_password
from marketplace.accounts.people.routes import packed_press
from marketplace.accounts.people.signing_in import AnyRequest, check_slowed_code, go_on, slowed
from marketplace.kernel.errors import DomainError, ProofNeeded, SecondFactorNeeded
from marketplace.kernel.forms import Bound, Field, code_text, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import page, posted, render, show_error, url, wants_json

PASSWORD = Field("password", N_("密码"), text(200))
CODE = Field("code", N_("验证码"), code_text(40))


def _context(request: AnyRequest, form: Bound, kept: str | None) -> dict[str, Any]:
    settings = request.app.state["settings"]
    # whoever signed in with a code has an authenticator
    return {
        "form": form, "kept": kept, "asks_code": request.session.get("second_factor"),
        "minutes": settings.step_up_minutes,
    }  # fmt: skip


def ask_for_proof(request: AnyRequest, error: ProofNeeded) -> Response[Any]:
    """The page that asks for the password (and code) again; the posted form travels along."""
    if wants_json(request):
        return show_error(request, error)
    context = _context(request, Bound(), packed_press(request))
    body = render(request, "marketplace/accounts/confirm_identity.html", **context)
    return Response(body, status_code=error.status_code, media_type="text/html")


@post("/confirm-identity", opt=SIGNED_IN)
async def do_confirm(request: AnyRequest, actor: CurrentActor, now: Now) -> Redirect | Template:
    """Check password and code, then offer the interrupted form again."""
    typed = (await posted(request)).texts
    kept, asks_code = str(typed.get("kept", "")) or None, request.session.get("second_factor")
    form = parse([PASSWORD, CODE] if asks_code else [PASSWORD], typed)
    status_code = 422
    if not form.errors:
        try:
            async with slowed(request, f"proof of {actor.person_id}"):
                await check_own_password(form["password"], actor)
        except DomainError as refused:
            form.errors["password"], status_code = refused.sentence, refused.status_code
    if not form.errors and asks_code:
        try:
            await check_slowed_code(request, actor.person_id, form["code"], now)
        except DomainError as refused:
            form.errors["code"], status_code = refused.sentence, refused.status_code
    if form.errors:
        form.raw.clear()
        context = _context(request, form, kept)
        return page("marketplace/accounts/confirm_identity.html", status_code=status_code, **context)
    request.session.update({"proven_at": int(time.time()), "_rotate": True})
    return go_on(request, "/work", kept)


def lead_to_second_factor(request: AnyRequest, error: SecondFactorNeeded) -> Response[Any]:
    """A role that needs a second factor sets it up before anything else."""
    if wants_json(request):
        return show_error(request, error)
    return Redirect(path=f"{url('/my-account/second-factor')}?next={quote(request.scope['path'])}", status_code=303)


ROUTES: list[Any] = [do_confirm]
