"""Post messages, deliver them at least once, give up visibly."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from marketplace.kernel.db import Statement, execute, execute_together, fetch, fetchrow, fetchval, transaction
from marketplace.kernel.outbox.rules import is_dead_after, wait_after
from marketplace.kernel.private_columns import conceal, reveal

MAIL = "mail"
BODY = "outbox_message.body"  # the place that a concealed body is bound to


@dataclass(frozen=True)
class Message:
    """A message as its handler gets it."""

    kind: str
    payload: Mapping[str, str]
    idempotency_key: str


Handler = Callable[[Message], Awaitable[None]]


async def post(
    kind: str, payload: Mapping[str, str], at: datetime, key: str | None = None, hidden_until: datetime | None = None
) -> None:
    """Write a message in the caller's transaction; the worker delivers it after the commit.

    `key` names the event: a second message with the same key is not written. `hidden_until` (a listing's deadline)
    keeps a message about a sealed bid out of the list of dead messages before that moment.
    """
    await execute_together(_message(kind, payload, at, key, hidden_until))


def mail_message(to: str, subject: str, body: str, at: datetime, hidden_until: datetime | None = None) -> Statement:
    """The mail of `post_mail` for a service that sends all it writes at once."""
    return _message(MAIL, {"to": to, "subject": subject, "body": body}, at, None, hidden_until)


def _message(
    kind: str, payload: Mapping[str, str], at: datetime, key: str | None, hidden_until: datetime | None
) -> Statement:
    identity = uuid4()
    return Statement(
        "INSERT INTO outbox_message (id, kind, payload, idempotency_key, posted_at, due_at, hidden_until)"
        " VALUES ($1, $2, $3::jsonb, $4, $5, clock_timestamp(), $6) ON CONFLICT (idempotency_key) DO NOTHING",
        (identity, kind, json.dumps(dict(payload)), key or str(identity), at, hidden_until),
    )


async def post_mail(to: str, subject: str, body: str, at: datetime, hidden_until: datetime | None = None) -> None:
    """Write a mail, already in the reader's language, to be sent after the commit; see `post` for `hidden_until`.

    Who has confirmed no address ("") gets nothing.
    """
    if not to:
        return
    await post(MAIL, {"to": to, "subject": subject, "body": body}, at, hidden_until=hidden_until)


async def post_secret_mail(to: str, subject: str, body: str, at: datetime) -> None:
    """A mail whose words open a door (a link, a code): whoever reads the database or a copy of it reads nothing."""
    if to:
        await post(MAIL, {"to": to, "subject": subject, "body": conceal(body, BODY), "concealed": "yes"}, at)


def body_of(payload: Mapping[str, str]) -> str:
    """The words of a mail, as they are sent. Raises UnreadableValue when their key is gone."""
    return reveal(payload["body"], BODY) if payload.get("concealed") else payload["body"]


async def deliver(message_id: UUID, handlers: Mapping[str, Handler]) -> bool:
    """Hand one waiting message to the handler of its kind; returns whether it was delivered now.

    What the handler writes to the database commits together with the mark; what it does outside may happen again
    after a crash and is told apart by the idempotency key. A failed try is marked and tried again later.
    """
    try:
        async with transaction():
            row = await fetchrow(
                "SELECT kind, payload, idempotency_key FROM outbox_message"
                " WHERE id = $1 AND delivered_at IS NULL AND dead_at IS NULL FOR UPDATE SKIP LOCKED",
                message_id,
            )
            if row is None:
                return False
            await handlers[row["kind"]](Message(row["kind"], json.loads(row["payload"]), row["idempotency_key"]))
            await execute("UPDATE outbox_message SET delivered_at = clock_timestamp() WHERE id = $1", message_id)
            return True
    except Exception as failure:  # whatever a handler raises is a failed try
        await _mark_failed(message_id, failure)
        return False


async def list_due(limit: int = 100) -> list[UUID]:
    """Messages whose time has come, the oldest first."""
    rows = await fetch(
        "SELECT id FROM outbox_message WHERE delivered_at IS NULL AND dead_at IS NULL"
        " AND due_at <= clock_timestamp() ORDER BY due_at LIMIT $1",
        limit,
    )
    return [row["id"] for row in rows]


async def revive(message_id: UUID) -> bool:
    """Try a dead message again from the start; False when it is not dead."""
    revived = await fetchval(
        "UPDATE outbox_message SET dead_at = NULL, attempts = 0, due_at = clock_timestamp()"
        " WHERE id = $1 AND dead_at IS NOT NULL RETURNING id",
        message_id,
    )
    return revived is not None


async def _mark_failed(message_id: UUID, failure: Exception) -> None:
    async with transaction():
        attempts = await fetchval(
            "SELECT attempts + 1 FROM outbox_message"
            " WHERE id = $1 AND delivered_at IS NULL AND dead_at IS NULL FOR UPDATE",
            message_id,
        )
        if attempts is None:
            return
        wait, dead = wait_after(attempts), is_dead_after(attempts)
        await execute(
            "UPDATE outbox_message SET attempts = $2, last_error = $3, due_at = clock_timestamp() + $4,"
            " dead_at = CASE WHEN $5 THEN clock_timestamp() END WHERE id = $1",
            message_id,
            attempts,
            f"{type(failure).__name__}: {failure}"[:1000].replace("\x00", ""),
            wait,
            dead,
        )
