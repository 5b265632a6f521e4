"""Confirm a mail address by a link: until then nothing but that link is sent there."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.addresses.queries import address_of_link, waiting_address
from marketplace.accounts.addresses.tables import AddressConfirmation
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.outbox.services import post_mail, post_secret_mail

LIFE = timedelta(days=3)


def link_hash(token: str) -> bytes:
    """What is kept of a link."""
    return hashlib.sha256(f"address {token}".encode()).digest()


async def ask_to_confirm(person: UUID, email: str, public_address: str, now: datetime) -> None:
    """Mail the link to an address that a person gave; earlier links end. In the caller's transaction."""
    await execute(
        "UPDATE address_confirmation SET ended_at = clock_timestamp() WHERE person = $1 AND ended_at IS NULL", person
    )
    token = secrets.token_urlsafe(32)
    await insert(
        AddressConfirmation, person=person, email=email, token_hash=link_hash(token), asked_at=now,
        expires_at=datetime.now(UTC) + LIFE,
    )  # fmt: skip
    words = say(
        N_("请打开 {link} ，确认这个邮箱归您使用。链接 {days} 天内有效。没有在本平台留过邮箱的，请不要理会。"),
        link=f"{public_address}/confirm-address?token={token}", days=LIFE.days,
    )  # fmt: skip
    subject = say(N_("请确认您的邮箱")).text("zh")
    await post_secret_mail(email, subject, f"{words.text('zh')}\n\n{words.text('en')}", now)
    await record("person.address_asked", ("person", str(person)), None, {}, now)


async def give_address(email: str, public_address: str, actor: Actor, now: datetime) -> None:
    """Use another address from its confirmation on; the old one stays until then."""
    async with transaction():
        await ask_to_confirm(actor.person_id, email, public_address, now)


async def send_again(public_address: str, actor: Actor, now: datetime) -> None:
    """Mail a new link to the address that waits. Raises Conflict when none does."""
    async with transaction():
        waiting = await waiting_address(actor.person_id)
        if waiting is None:
            raise Conflict(N_("没有等待确认的邮箱。"))
        await ask_to_confirm(actor.person_id, waiting["email"], public_address, now)


async def confirm_address(token: str, now: datetime) -> None:
    """The link was opened: the address counts, and the one before it is told. Raises DomainError."""
    async with transaction():
        await execute("SELECT 1 FROM address_confirmation WHERE token_hash = $1 FOR UPDATE", link_hash(token))
        waiting = await address_of_link(link_hash(token))
        if waiting is None:
            raise DomainError(N_("这个链接已经用过、换过或者过了期。请登录，在“我的账号”里再要一个。"))
        before = await fetchval("SELECT email FROM person WHERE id = $1 FOR UPDATE", waiting["person"])
        await execute(
            "UPDATE address_confirmation SET ended_at = clock_timestamp() WHERE token_hash = $1", link_hash(token)
        )
        await execute("UPDATE person SET email = $2 WHERE id = $1", waiting["person"], waiting["email"])
        await record("person.address_confirmed", ("person", str(waiting["person"])), None, {}, now)
        if before and before != waiting["email"]:
            words = say(N_("您在本平台的账号从今天起使用另一个邮箱。不是您改的，请马上联系系统管理员。"))
            subject = say(N_("账号的邮箱已经更换")).text("zh")
            await post_mail(before, subject, f"{words.text('zh')}\n\n{words.text('en')}", now)
