"""A forgotten password: a link by mail, once, within the hour. Whether an address is known is never told."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

from marketplace.accounts.people.own_account import tell_of_new_password
from marketplace.accounts.people.passwords import hash_password
from marketplace.accounts.people.rules import check_password
from marketplace.accounts.recovery.tables import PasswordReset
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.outbox.services import post_secret_mail

LIFE = timedelta(hours=1)


def token_hash(token: str) -> bytes:
    """What is kept of a link."""
    return hashlib.sha256(f"password reset {token}".encode()).digest()


async def send_reset_link(typed: str, address: str, now: datetime) -> None:
    """Mail a link to every open account of this user name or mail address; for an unknown one nothing happens."""
    people = await fetch(
        "SELECT id, username, email FROM person WHERE is_active AND email <> ''"
        " AND (username = $1 OR lower(email) = $1) ORDER BY username LIMIT 5",
        typed.strip().lower(),
    )
    async with transaction():
        for person in people:
            token = secrets.token_urlsafe(32)
            await insert(
                PasswordReset, person=person["id"], token_hash=token_hash(token), expires_at=datetime.now(UTC) + LIFE
            )
            words = say(
                N_(
                    "账号 {username}：请打开 {address} ，设置新密码。链接一小时内有效，只能用一次。"
                    "不是您要求的，请不要理会。"
                ),
                username=person["username"], address=f"{address}/new-password?token={token}",
            )  # fmt: skip
            await post_secret_mail(person["email"], say(N_("设置新密码")).text(), words.text(), now)
            await record("person.reset_asked", ("person", str(person["id"])), None, {}, now)


async def person_of_link(token: str) -> UUID | None:
    """Whose password a link may set; None when it does not work (any more)."""
    found: UUID | None = await fetchval(
        "SELECT person FROM password_reset WHERE token_hash = $1 AND used_at IS NULL"
        " AND expires_at > clock_timestamp()",
        token_hash(token),
    )
    return found


async def set_password_by_link(token: str, new: str, now: datetime) -> None:
    """Set a new password; every browser is signed out and every other link is void. Raises DomainError."""
    person = await person_of_link(token)
    row = await fetchrow("SELECT username, name, email FROM person WHERE id = $1 AND is_active", person)
    if person is None or row is None:
        raise DomainError(N_("这个链接已经用过或者过了一小时。请重新申请一个。"))
    check_password(new, row["username"], row["name"])
    hashed = await hash_password(new)
    async with transaction():
        used = await fetchval(
            "UPDATE password_reset SET used_at = clock_timestamp() WHERE token_hash = $1 AND used_at IS NULL"
            " RETURNING 1",
            token_hash(token),
        )
        if used is None:
            raise DomainError(N_("这个链接已经用过或者过了一小时。请重新申请一个。"))
        await execute(
            "UPDATE password_reset SET used_at = clock_timestamp() WHERE person = $1 AND used_at IS NULL", person
        )
        await execute("UPDATE person SET password_hash = $2 WHERE id = $1", person, hashed)
        await execute("DELETE FROM web_session WHERE person = $1", person)
        await record("person.password_reset", ("person", str(person)), None, {}, now)
        await tell_of_new_password(row["email"], now)
