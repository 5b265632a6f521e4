"""Sessions kept in PostgreSQL: hashed ids, written only when changed, a new id at every sign-in.

Litestar's own server-side sessions adopt any id that a visitor brings along, so somebody could plant one (fixation).
Here an unknown id is never adopted. Sessions live by real time, not by the county clock: eight hours, and where roles
weigh only while somebody presses or writes (`IDLE_MINUTES`). What is posted after that travels on through signing in.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware.session.base import BaseBackendConfig, BaseSessionBackend
from litestar.types import ASGIApp, Empty, Message, Receive, Scope, ScopeSession, Send

from marketplace.accounts.actor import Actor, OtherOrganisation
from marketplace.accounts.agencies.queries import mandates_of
from marketplace.accounts.permissions import Role, needs_second_factor
from marketplace.kernel.db import execute, fetch
from marketplace.kernel.names import Name
from marketplace.kernel.safe_engine import noting_what_is_kept

log = logging.getLogger("marketplace")

MAX_AGE = 8 * 3600
SEEN_EVERY = 60  # seconds: a press within them is not written down again
_ROLES = (
    " p.id, p.name, o.id AS organisation_id, o.name AS organisation_name, o.name_en AS organisation_name_en, m.role"
)
# what every page asks of whoever is signed in, in one question
_SESSION_WITH_ROLES = (
    f"SELECT s.data, s.expires_at <= clock_timestamp() AS is_over,"
    f" extract(epoch FROM clock_timestamp() - s.seen_at)::float AS idle,{_ROLES} FROM web_session s"
    " LEFT JOIN person p ON p.id = s.person AND p.is_active"
    " LEFT JOIN membership m ON m.person = p.id LEFT JOIN organisation o ON o.id = m.organisation"
    " WHERE s.id = $1 ORDER BY o.id"
)


@dataclass(frozen=True)
class IdleLimits:
    """Minutes without a press that end a session, for roles with a second factor and for the others; 0: none."""

    weighty: int = 0
    others: int = 0

    def of(self, roles: frozenset[Role]) -> int:
        """The limit of a person with these roles in whatever organisation."""
        return self.weighty if needs_second_factor(roles) else self.others


@dataclass(frozen=True)
class EndedSession:
    """A session that is over: whose it was, for whom they acted, and the idle minutes that ended it (0: its hours)."""

    person: str
    organisation: str
    idle_minutes: int


def hashed(session_id: str) -> bytes:
    """What the database keeps of a cookie."""
    return hashlib.sha256(session_id.encode()).digest()


class PgSessionBackend(BaseSessionBackend["PgSessionConfig"]):
    """Load and store sessions; the cookie itself is known only to the browser."""

    def get_session_id(self, connection: ASGIConnection[Any, Any, Any, Any]) -> str | None:
        """The id of a session that was found, never one that was merely sent."""
        return connection.scope.get("_session_id")  # type: ignore[return-value]

    async def load_from_connection(self, connection: ASGIConnection[Any, Any, Any, Any]) -> dict[str, Any]:
        """The session behind the cookie, or an empty one."""
        session_id, scope = connection.cookies.get(self.config.key), connection.scope
        scope["_session_id"], scope["_session_data"] = None, None  # type: ignore[typeddict-unknown-key]
        if session_id and len(session_id) == 43:
            rows = await fetch(_SESSION_WITH_ROLES, hashed(session_id))
            if rows:
                data = rows[0]["data"]
                limit = self.config.idle.of(frozenset(Role(row["role"]) for row in rows if row["role"]))
                scope["_idle_minutes"] = limit  # type: ignore[typeddict-unknown-key]
                if over := _over(rows[0], limit):
                    scope["_ended_session"] = over  # type: ignore[typeddict-unknown-key]
                    return {}
                if rows[0]["idle"] > SEEN_EVERY:
                    await _note_seen(session_id)
                scope["_session_id"], scope["_session_data"] = session_id, data  # type: ignore[typeddict-unknown-key]
                scope["_session_roles"] = [row for row in rows if row["role"]]  # type: ignore[typeddict-unknown-key]
                return msgspec.json.decode(data)  # type: ignore[no-any-return]
        return {}

    async def store_in_message(
        self, session: ScopeSession, message: Message, connection: ASGIConnection[Any, Any, Any, Any]
    ) -> None:
        """Write the session if it changed; rotate its id when the page asked for that (sign-in)."""
        scope: Any = connection.scope
        session_id, old = scope.get("_session_id"), scope.get("_session_data")
        headers = MutableScopeHeaders.from_message(message)
        if session is Empty or not session:
            if session_id:
                await execute("DELETE FROM web_session WHERE id = $1", hashed(session_id))
                headers.add("Set-Cookie", self._cookie("", 0))
            return
        assert isinstance(session, dict)
        rotate = session.pop("_rotate", False)
        data = msgspec.json.encode(session)
        if data == old and not rotate:
            return
        if rotate and session_id:
            await execute("DELETE FROM web_session WHERE id = $1", hashed(session_id))
        if rotate or not session_id:
            session_id = secrets.token_urlsafe(32)
            headers.add("Set-Cookie", self._cookie(session_id, self.config.max_age))
        await execute(
            "INSERT INTO web_session (id, person, data, expires_at, begun_at, browser)"
            " VALUES ($1, $2, $3, clock_timestamp() + make_interval(secs => $4), clock_timestamp(), $5)"
            " ON CONFLICT (id) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at",
            hashed(session_id), UUID(session["person"]) if session.get("person") else None, data, self.config.max_age,
            connection.headers.get("user-agent", "")[:200],
        )  # fmt: skip

    def _cookie(self, value: str, max_age: int) -> str:
        c = self.config
        return Cookie(
            key=c.key, value=value, max_age=max_age, path=c.path, secure=c.secure, httponly=True, samesite=c.samesite
        ).to_header(header="")


@dataclass
class PgSessionConfig(BaseBackendConfig[PgSessionBackend]):
    """How the session cookie is set."""

    _backend_class = PgSessionBackend
    key: str = "sid"
    max_age: int = MAX_AGE
    scopes = frozenset({ScopeType.HTTP})
    path: str = "/"
    secure: bool = False
    httponly: bool = True
    samesite: str = "lax"
    domain = None
    idle: IdleLimits = IdleLimits()
    exclude: tuple[str, ...] = ("^/static", "^/healthz")
    exclude_opt_key: str = "skip_session"


def _over(row: Any, limit: int) -> EndedSession | None:
    """Why a session that is still kept lets nobody in any more, if so."""
    is_idle = limit > 0 and row["idle"] > limit * 60
    if not (is_idle or row["is_over"]):
        return None
    known = msgspec.json.decode(row["data"])
    return EndedSession(known.get("person", ""), known.get("organisation", ""), limit if is_idle else 0)


def idle_minutes_of(scope: Any) -> int:
    """After how many minutes without a press the session of this request would end; 0: by its hours only."""
    limit: int = scope.get("_idle_minutes", 0)
    return limit


async def _note_seen(session_id: str) -> None:
    # nothing of what is asked for here: a failure later on must not say that something was saved, and what can be read
    # while nothing can be written (a full disk) is read
    with noting_what_is_kept():
        try:
            await execute("UPDATE web_session SET seen_at = clock_timestamp() WHERE id = $1", hashed(session_id))
        except Exception:
            log.warning("a session could not be noted as seen", exc_info=True)


def ended_session(scope: Any) -> EndedSession | None:
    """The session of this request's cookie where it is over."""
    found: EndedSession | None = scope.get("_ended_session")
    return found


async def actor_of(person_id: UUID, on: date | None = None, acting_for: UUID | None = None) -> Actor | None:
    """The person as an actor with all roles of their organisation; None when the account was closed.

    `on`: the day on which an agency's agreements must hold; the county's own day where none is handed in.
    `acting_for`: which of several organisations; the first one where the person is not in that one.
    """
    rows = await fetch(
        f"SELECT{_ROLES} FROM person p JOIN membership m ON m.person = p.id"
        " JOIN organisation o ON o.id = m.organisation WHERE p.id = $1 AND p.is_active ORDER BY o.id",
        person_id,
    )
    return await _actor(rows, on, acting_for)


async def _actor(found: Sequence[Any], on: date | None, acting_for: UUID | None) -> Actor | None:
    if not found:
        return None
    rows = sorted(found, key=lambda row: row["organisation_id"] != acting_for)
    first = rows[0]
    roles = frozenset(Role(r["role"]) for r in rows if r["organisation_id"] == first["organisation_id"])
    agency = first["organisation_id"] if Role.AGENCY in roles else None
    return Actor(
        first["id"], first["name"], first["organisation_id"], first["organisation_name"], roles,
        first["organisation_name_en"], await mandates_of(agency, on) if agency else (), _others(rows),
    )  # fmt: skip


def _others(rows: Sequence[Any]) -> tuple[OtherOrganisation, ...]:
    found = {r["organisation_id"]: Name(r["organisation_name"], r["organisation_name_en"]) for r in rows}
    return tuple(OtherOrganisation(key, name) for key, name in list(found.items())[1:])


class ActorMiddleware:
    """Put the signed-in actor into the scope, once per request."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            session = scope.get("session")
            known = session if isinstance(session, dict) else {}
            acting_for = UUID(known["organisation"]) if known.get("organisation") else None
            person = UUID(known["person"]) if known.get("person") else None
            actor = await _signed_in(scope, person, acting_for) if person else None
            # who has yet to set up the second factor of the role is nobody, but for the pages that do just that
            is_waiting = actor is not None and needs_second_factor(actor.roles) and not known.get("second_factor")
            scope["user"], scope["waiting"] = (None, actor) if is_waiting else (actor, None)  # type: ignore[typeddict-unknown-key]
        await self.app(scope, receive, send)


async def _signed_in(scope: Scope, person: UUID, acting_for: UUID | None) -> Actor | None:
    """The person of the session; asked for once more only where the session came to name somebody else meanwhile."""
    read: list[Any] = scope.get("_session_roles") or []  # type: ignore[assignment]
    if read and read[0]["id"] == person:
        return await _actor(read, None, acting_for)
    return await actor_of(person, acting_for=acting_for)
