"""Phones that keep visits: what a phone asks before it opens, and the list from which it is taken back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from contracts.visits.answers import DeviceState
from contracts.visits.devices import devices_for, is_clock_off, revoke_device, told_to_wipe
from marketplace.accounts.actor import Actor
from marketplace.accounts.described import Told, described
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, needs
from marketplace.accounts.people.browsers import browser_words
from marketplace.accounts.permissions import Permission
from marketplace.accounts.sessions import hashed
from marketplace.kernel.forms import Bound, Field, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

OF_PHONES = needs(Permission.LOG_VISITS, Permission.MANAGE_WORKERS)
REVOKE = [Field("reason", N_("为什么收回"), text(200))]


@get("/visits/device/{device:uuid}", summary="Whether a phone was taken back", **described(
    PUBLIC, Told(DeviceState, "Whether the phone has to empty itself"), (404,), tag="read"
))  # fmt: skip
async def ask_device(device: FromPath[UUID], now: Now) -> dict[str, bool]:
    """A phone asks before it opens, signed in or not; it alone knows its identity, and nothing else is answered."""
    return {"must_wipe": await told_to_wipe(device, now)}


async def _devices_page(actor: Actor, now: datetime, form: Bound | None, asked: str = "", done: str = "") -> Template:
    return page(
        "contracts/visits/devices.html", status_code=422 if form and form.errors else 200, form=form, asked=asked,
        devices=await devices_for(actor), done=done, is_clock_off=lambda seconds: is_clock_off(seconds, now),
        me=actor.person_id, browser_words=browser_words,
    )  # fmt: skip


@get("/visits/devices", opt=OF_PHONES)
async def show_devices(actor: CurrentActor, now: Now, done: FromQuery[str] = "") -> Template:
    """One's own phones, and the office's."""
    return await _devices_page(actor, now, None, done=done)


@post("/visits/devices/{device:uuid}/revoke", opt=OF_PHONES)
async def do_revoke(
    request: Request[Any, Any, Any], device: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Take a phone back for good."""
    form = parse(REVOKE, (await posted(request)).texts)
    if form.errors:
        return await _devices_page(actor, now, form, str(device))
    here = hashed(str(request.scope.get("_session_id") or ""))
    await revoke_device(device, form["reason"], here, actor, now)
    return go("/visits/devices?done=revoked")


ROUTES: list[Any] = [ask_device, show_devices, do_revoke]
