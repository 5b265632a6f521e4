"""The steps of signing in that several pages share: who typed the right password, who has to wait, what comes after."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.response import Redirect, Template

from marketplace.accounts.guards import is_recent
from marketplace.accounts.people import resume
from marketplace.accounts.second_factor.services import check_code
from marketplace.accounts.throttle import services as throttle
from marketplace.accounts.throttle.rules import network_of
from marketplace.kernel.errors import DomainError
from marketplace.kernel.web import go, page

HALF_WAY = 600  # seconds between the password and the code

AnyRequest = Request[Any, Any, Any]


def resume_secret(request: AnyRequest) -> str:
    """The secret that signs a form which travels through signing in."""
    secret: str = request.app.state["settings"].secret("resume")
    return secret


def stop_half_way(request: AnyRequest, person: UUID) -> None:
    """The password was right, the code is still to come: a session that knows nobody yet."""
    request.set_session({"half": str(person), "half_at": int(time.time()), "_rotate": True})


def half_way(request: AnyRequest) -> UUID | None:
    """Who typed the right password here a short while ago."""
    session = request.session
    return UUID(session["half"]) if session.get("half") and is_recent(session.get("half_at", 0), HALF_WAY) else None


def enter(request: AnyRequest, person: UUID, *, second_factor: bool) -> None:
    """Signed in, with a new session; `second_factor` tells whether a code was given too."""
    request.set_session(
        {"person": str(person), "proven_at": int(time.time()), "second_factor": second_factor, "_rotate": True}
    )


def go_on(request: AnyRequest, next_path: str, kept: str | None) -> Redirect | Template:
    """To where the reader wanted to go, or back to the interrupted form, for the organisation it was written for.

    Somebody else who signs in at the same screen is not shown what the one before them wrote.
    """
    interrupted = resume.unpack(kept, resume_secret(request)) if kept else None
    if interrupted is None or interrupted.writer.person not in ("", request.session.get("person")):
        return go(next_path)
    if interrupted.writer.organisation:
        request.session["organisation"] = interrupted.writer.organisation
    return page("marketplace/accounts/resume.html", interrupted=interrupted)


def address_of(request: AnyRequest) -> str:
    """Where a request comes from: what is counted for those who have no account yet."""
    return request.client.host if request.client else ""


def place_of(request: AnyRequest) -> str:
    """The same as far as it is counted: who may take any address of a network is counted as that network."""
    return network_of(address_of(request))


@asynccontextmanager
async def slowed(request: AnyRequest, name: str) -> AsyncIterator[None]:
    """Something that could be guessed: each failure is counted, and who guesses has to wait (TooManyTries)."""
    secret = request.app.state["settings"].secret("throttle")
    keyed_name = throttle.keyed(name, secret)
    address = throttle.keyed(place_of(request), secret)
    number = await throttle.begin_try(keyed_name, address)
    try:
        yield
    except DomainError:
        await throttle.note_failure(number, address)
        raise
    except BaseException:
        await throttle.forget_try(number)
        raise
    await throttle.forget_failures(keyed_name)


async def check_slowed_code(request: AnyRequest, person: UUID, typed: str, now: datetime) -> None:
    """A code; who guesses has to wait. Raises DomainError (TooManyTries)."""
    async with slowed(request, f"code of {person}"):
        await check_code(person, typed, now)


async def note_try(request: AnyRequest, name: str) -> None:
    """What costs others, such as a mail: every try counts, right or wrong. Raises DomainError (TooManyTries)."""
    secret = request.app.state["settings"].secret("throttle")
    keyed_name = throttle.keyed(name, secret)
    address = throttle.keyed(place_of(request), secret)
    await throttle.note_failure(await throttle.begin_try(keyed_name, address), address)
