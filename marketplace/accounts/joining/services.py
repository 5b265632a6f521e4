"""Ask to join, confirm that it was oneself, accept or refuse."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.joining.queries import organisation_to_join, request_of_link, request_to_answer
from marketplace.accounts.joining.rules import JOIN_TRANSITIONS, LIFE, JoinStatus
from marketplace.accounts.joining.tables import JoinRequest
from marketplace.accounts.membership.queries import owners_of
from marketplace.accounts.membership.rules import check_role_fits
from marketplace.accounts.membership.services import Offer, make_codes
from marketplace.accounts.permissions import Role
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetch, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.outbox.services import post_mail, post_secret_mail
from marketplace.kernel.states import move

LINK_ENDED = N_("这个链接已经用过或者过了期。请重新申请。")


@dataclass(frozen=True)
class Asker:
    """Who asks, and what they tell the owner."""

    name: str
    email: str
    words: str = ""


def link_hash(token: str) -> bytes:
    """What is kept of a link."""
    return hashlib.sha256(f"join request {token}".encode()).digest()


async def ask_to_join(organisation: UUID, asker: Asker, public_address: str, now: datetime) -> None:
    """Mail the asker a link; nobody else hears of it before it is opened. Raises NotFound."""
    office = await organisation_to_join(organisation)
    token = secrets.token_urlsafe(32)
    async with transaction():
        # who asks again under the same address replaces what was not confirmed
        await execute(
            "DELETE FROM join_request WHERE organisation = $1 AND lower(email) = lower($2) AND status = 'asked'",
            organisation, asker.email,
        )  # fmt: skip
        request: UUID = await insert(
            JoinRequest, organisation=organisation, name=asker.name, email=asker.email, words=asker.words,
            token_hash=link_hash(token), status=JoinStatus.ASKED.value, asked_at=now,
            expires_at=datetime.now(UTC) + LIFE,
        )  # fmt: skip
        words = say(
            N_("请打开 {link} ，确认是您申请加入 {organisation}。链接 {days} 天内有效。不是您申请的，请不要理会。"),
            link=f"{public_address}/join-request?token={token}", organisation=office["name"], days=LIFE.days,
        )  # fmt: skip
        subject = say(N_("请确认您的加入申请")).text("zh")
        await post_secret_mail(asker.email, subject, f"{words.text('zh')}\n\n{words.text('en')}", now)
        detail = {"request": str(request)}
        await record("organisation.join_asked", ("organisation", str(organisation)), None, detail, now)


async def confirm_request(token: str, public_address: str, now: datetime) -> None:
    """The asker opened the link: the owners are told. Raises DomainError."""
    async with transaction():
        await execute("SELECT 1 FROM join_request WHERE token_hash = $1 FOR UPDATE", link_hash(token))
        found = await request_of_link(link_hash(token))
        if found is None:
            raise DomainError(LINK_ENDED)
        to = move(JOIN_TRANSITIONS, found["status"], to=JoinStatus.WAITING)
        await execute("UPDATE join_request SET status = $2 WHERE id = $1", found["id"], to.value)
        words = say(
            N_("{person} 申请加入 {organisation}。请登录，在 {link} 同意或者不同意。"),
            person=found["name"], organisation=found["office"], link=f"{public_address}/join-requests",
        )  # fmt: skip
        owners = [row["id"] for row in await owners_of(found["organisation"])]
        for row in await fetch("SELECT DISTINCT email FROM person WHERE id = ANY($1::uuid[])", owners):
            await _write(row["email"], say(N_("有人申请加入 {organisation}"), organisation=found["office"]), words, now)
        detail = {"request": str(found["id"])}
        await record("organisation.join_confirmed", ("organisation", str(found["organisation"])), None, detail, now)


async def accept_request(request: UUID, role: Role, public_address: str, actor: Actor, now: datetime) -> None:
    """Mail the asker a code for a role. Raises NotFound, DomainError, Conflict when it was answered meanwhile."""
    found = await request_to_answer(request, actor)
    check_role_fits(found["kind"], role)
    to = move(JOIN_TRANSITIONS, found["status"], to=JoinStatus.ACCEPTED)
    async with transaction():
        await _answer(request, to, actor, now, role=role.value)
        offer = Offer(found["organisation"], role, email=found["email"])
        await make_codes(offer, found["office"], public_address, actor, now)
        await _record(found, actor, now, "organisation.join_accepted", roles=role.value)


async def refuse_request(request: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """Tell the asker no and why. Raises NotFound, Conflict when it was answered meanwhile."""
    found = await request_to_answer(request, actor)
    to = move(JOIN_TRANSITIONS, found["status"], to=JoinStatus.REFUSED)
    async with transaction():
        await _answer(request, to, actor, now, reason=reason)
        words = say(
            N_("{organisation} 没有同意您的加入申请。原因：{reason}"), organisation=found["office"], reason=reason
        )
        await _write(found["email"], say(N_("您的加入申请没有被同意")), words, now)
        await _record(found, actor, now, "organisation.join_refused", reason=reason)


async def _answer(
    request: UUID, to: JoinStatus, actor: Actor, now: datetime, *, role: str = "", reason: str = ""
) -> None:
    won = await fetchval(
        "UPDATE join_request SET status = $2, role = $3, reason = $4, answered_by = $5, answered_at = $6"
        " WHERE id = $1 AND status = 'waiting' RETURNING 1",
        request, to.value, role, reason, actor.person_id, now,
    )  # fmt: skip
    if won is None:
        raise Conflict(N_("这个申请已经答复过了。"))


async def _record(found: dict[str, object], actor: Actor, now: datetime, act: str, **more: str) -> None:
    detail = {"request": str(found["id"]), **more}
    await record(act, ("organisation", str(found["organisation"])), actor, detail, now)


async def _write(to: str, subject: Sentence, words: Sentence, now: datetime) -> None:
    await post_mail(to, subject.text("zh"), f"{words.text('zh')}\n\n{words.text('en')}", now)
