"""What people do with their own account: see where they are signed in, end that, change the password."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.people.passwords import hash_password, password_matches
from marketplace.accounts.people.rules import check_password
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetch, fetchrow, transaction
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.outbox.services import post_mail


async def own_sessions(actor: Actor, idle_minutes: int) -> list[dict[str, Any]]:
    """Where this person is signed in, the newest first; `key` names one of them without opening it.

    `idle_minutes`: after how many without a press a session lets nobody in any more; 0 for no such limit.
    """
    rows = await fetch(
        "SELECT encode(id, 'hex') AS key, begun_at, expires_at, browser FROM web_session"
        " WHERE person = $1 AND expires_at > clock_timestamp()"
        " AND ($2 = 0 OR seen_at > clock_timestamp() - make_interval(mins => $2)) ORDER BY begun_at DESC",
        actor.person_id, idle_minutes,
    )
    return [dict(row) for row in rows]


async def end_session(key: str, actor: Actor, now: datetime) -> None:
    """Sign out in one other browser. Raises NotFound for what is not one's own."""
    async with transaction():
        ended = await execute(
            "DELETE FROM web_session WHERE person = $1 AND encode(id, 'hex') = $2", actor.person_id, key
        )
        if ended == "DELETE 0":
            raise NotFound()
        await record("person.session_ended", ("person", str(actor.person_id)), actor, {}, now)


async def end_other_sessions(here: bytes, actor: Actor, now: datetime) -> None:
    """Sign out everywhere but here."""
    async with transaction():
        await execute("DELETE FROM web_session WHERE person = $1 AND id <> $2", actor.person_id, here)
        await record("person.other_sessions_ended", ("person", str(actor.person_id)), actor, {}, now)


async def end_sessions_of(person: UUID, here: bytes) -> None:
    """Sign a person out everywhere but in the browser that asks, inside the caller's transaction."""
    await execute("DELETE FROM web_session WHERE person = $1 AND id <> $2", person, here)


async def check_own_password(typed: str, actor: Actor) -> None:
    """Whether it is really this person who acts. Raises DomainError."""
    row = await fetchrow("SELECT password_hash FROM person WHERE id = $1", actor.person_id)
    if row is None or not await password_matches(row["password_hash"], typed):
        raise DomainError(N_("密码不对。请再输入一次。"))


async def change_password(new: str, here: bytes, actor: Actor, now: datetime) -> None:
    """A new password, after `check_own_password`; other browsers are signed out. Raises DomainError for a weak one."""
    row = await fetchrow("SELECT username, email FROM person WHERE id = $1", actor.person_id)
    if row is None:
        raise NotFound()
    check_password(new, row["username"], actor.name, actor.organisation_name)
    hashed = await hash_password(new)
    async with transaction():
        await execute("UPDATE person SET password_hash = $2 WHERE id = $1", actor.person_id, hashed)
        await execute("DELETE FROM web_session WHERE person = $1 AND id <> $2", actor.person_id, here)
        await record("person.password_changed", ("person", str(actor.person_id)), actor, {}, now)
        await tell_of_new_password(row["email"], now)


async def tell_of_new_password(email: str, now: datetime) -> None:
    """A letter to whoever the account belongs to, inside the caller's transaction; it names no account."""
    words = say(N_("您在本平台的密码刚刚更换，别处的登录都已结束。不是您换的，请马上联系系统管理员。"))
    subject = say(N_("密码已经更换")).text("zh")
    await post_mail(email, subject, f"{words.text('zh')}\n\n{words.text('en')}", now)
