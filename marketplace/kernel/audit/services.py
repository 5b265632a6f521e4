"""Write into the audit. An entry lives and dies with the transaction of the change it tells of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID, uuid4

from marketplace.kernel.audit.chain import Content, content_hash
from marketplace.kernel.db import Statement, execute, execute_together, fetchval
from marketplace.kernel.errors import Conflict
from marketplace.kernel.hashing import hashing_now
from marketplace.kernel.i18n import N_

MAIN = "main"
_ENTRY = """
    INSERT INTO audit_entry (id, stream, act, subject_kind, subject_id, actor_id, actor_name, actor_role,
                             organisation, detail, at, content_sha256, hashed_by, recorded_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, $11, $12, $13, clock_timestamp())
"""


class Doer(Protocol):
    """Whoever acts: the names are copied into the entry, so that it still reads right after they change."""

    @property
    def person_id(self) -> UUID: ...

    @property
    def name(self) -> str: ...

    @property
    def organisation_name(self) -> str: ...

    @property
    def roles(self) -> frozenset[str]: ...


async def record(
    act: str,
    subject: tuple[str, str],
    actor: Doer | None,
    detail: Mapping[str, str],
    at: datetime,
    stream: str = MAIN,
) -> UUID:
    """Write one entry about a subject (kind, id) in the caller's transaction; no actor means the system itself.

    Whatever tells of sealed bids goes to the listing's own stream (see `hide_stream`), never to the main one.
    """
    content = _content(act, subject, actor, detail, at, stream)
    await execute_together(_entry(content))
    return content.id


def audit_entry(
    act: str, subject: tuple[str, str], actor: Doer | None, detail: Mapping[str, str], at: datetime, stream: str = MAIN
) -> Statement:
    """The same entry for a service that sends all it writes at once."""
    return _entry(_content(act, subject, actor, detail, at, stream))


def _entry(content: Content) -> Statement:
    return Statement(_ENTRY, (
        content.id,
        content.stream,
        content.act,
        content.subject_kind,
        content.subject_id,
        content.actor_id,
        content.actor_name,
        content.actor_role,
        content.organisation,
        json.dumps(dict(content.detail)),
        content.at,
        content_hash(content),
        content.hashed_by,
    ))  # fmt: skip


async def hide_stream(stream: str, until: datetime) -> None:
    """Keep a stream out of every view, count and published head until a moment (a listing's deadline).

    Called when the listing is published and again when its deadline moves later. Raises Conflict when the stream
    is already open or the moment would come earlier.
    """
    if stream == MAIN:
        raise ValueError("the main stream is never hidden")
    name = await fetchval(
        """
        INSERT INTO audit_stream AS s (name, hidden_until, signed_position) VALUES ($1, $2, 0)
        ON CONFLICT (name) DO UPDATE SET hidden_until = excluded.hidden_until
        WHERE s.hidden_until > county_now() AND excluded.hidden_until >= s.hidden_until
        RETURNING name
        """,
        stream,
        until,
    )
    if name is None:
        raise Conflict(N_("截止时间只能往后推，而且要在原截止时间之前改。请重新选择一个更晚的时间。"))


async def hide_stream_again(stream: str, until: datetime) -> None:
    """The same for a deadline that passed while nobody could look, because the service was away, and that moves.

    The worker calls this before it signs any head, so that no position of the stream has become public meanwhile.
    """
    await execute("UPDATE audit_stream SET hidden_until = $2 WHERE name = $1 AND hidden_until < $2", stream, until)


def _content(
    act: str, subject: tuple[str, str], actor: Doer | None, detail: Mapping[str, str], at: datetime, stream: str
) -> Content:
    return Content(
        id=uuid4(),
        stream=stream,
        act=act,
        subject_kind=subject[0],
        subject_id=subject[1],
        actor_id=actor.person_id if actor else None,
        actor_name=_clean(actor.name) if actor else "",
        actor_role=",".join(sorted(actor.roles)) if actor else "",
        organisation=_clean(actor.organisation_name) if actor else "",
        detail={_clean(key): _clean(value) for key, value in detail.items()},
        at=at,
        hashed_by=hashing_now(),
    )


def _clean(text: str) -> str:
    # PostgreSQL stores no NUL; an act must not fail because a name carries one
    return text.replace("\x00", "")
