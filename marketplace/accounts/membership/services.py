"""Invite, join, hand on: how people come into an organisation and leave it, each act in the audit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.addresses.services import ask_to_confirm
from marketplace.accounts.membership.queries import invitation_of, invites_for
from marketplace.accounts.membership.rules import LIFE, check_role_fits, check_roles_meet, code_hash, new_code
from marketplace.accounts.membership.tables import Invitation
from marketplace.accounts.people.passwords import hash_password
from marketplace.accounts.people.rules import check_password, check_username
from marketplace.accounts.people.tables import Membership, Person
from marketplace.accounts.permissions import Permission, Role
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetch, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, FormRefused, NotFound
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.outbox.services import post_secret_mail


@dataclass(frozen=True)
class Offer:
    """What an invitation gives: a role in an organisation, on so many sheets of paper or by one mail."""

    organisation: UUID
    role: Role
    count: int = 1
    email: str = ""


@dataclass(frozen=True)
class Newcomer:
    """What somebody with a code says about themselves."""

    username: str
    name: str
    email: str
    password: str


async def invite(offer: Offer, address: str, actor: Actor, now: datetime) -> list[str]:
    """Make codes, shown this once; one for an address is mailed too. Raises Forbidden, DomainError."""
    office = await invites_for(actor, offer.organisation)
    if office is None:
        raise Forbidden(N_("成员由本单位的负责人或者系统管理员邀请。请联系他们。"))
    check_role_fits(office["kind"], offer.role)
    async with transaction():
        return await make_codes(offer, office["name"], address, actor, now)


async def make_codes(offer: Offer, office: str, address: str, actor: Actor, now: datetime) -> list[str]:
    """The codes of an offer that was looked at, in the caller's transaction; one for an address is mailed."""
    codes = [new_code() for _ in range(1 if offer.email else offer.count)]
    for code in codes:
        await insert(
            Invitation, code_hash=code_hash(code), organisation=offer.organisation, role=offer.role.value,
            email=offer.email, made_by=actor.person_id, made_at=now, expires_at=datetime.now(UTC) + LIFE,
        )  # fmt: skip
    if offer.email:
        subject = say(N_("{organisation} 邀请您开立账号"), organisation=office).text()
        words = say(
            N_("请打开 {address} ，按页面填写。链接 {days} 天内有效，只能用一次。"),
            address=f"{address}/join?code={codes[0]}", days=LIFE.days,
        )  # fmt: skip
        await post_secret_mail(offer.email, subject, words.text(), now)
    detail = {"roles": offer.role.value, "count": str(len(codes))}
    await record("organisation.invited", ("organisation", str(offer.organisation)), actor, detail, now)
    return codes


async def withdraw_invitation(invitation: UUID, actor: Actor, now: datetime) -> None:
    """A code that got lost works no longer. Raises NotFound for what the actor does not look after."""
    organisation = await fetchval("SELECT organisation FROM invitation WHERE id = $1", invitation)
    if organisation is None or await invites_for(actor, organisation) is None:
        raise NotFound()
    async with transaction():
        if not await fetchval(
            "UPDATE invitation SET withdrawn_at = clock_timestamp() WHERE id = $1"
            " AND used_at IS NULL AND withdrawn_at IS NULL RETURNING id",
            invitation,
        ):
            raise NotFound()
        await record("organisation.invitation_withdrawn", ("organisation", str(organisation)), actor, {}, now)


async def join_anew(code: str, new: Newcomer, public_address: str, now: datetime) -> UUID:
    """Open an account by a code; an address other than the one the code was mailed to is to be confirmed.

    Raises FormRefused naming every field, DomainError when the code no longer works.
    """
    await _check_newcomer(new)
    hashed = await hash_password(new.password)
    async with transaction():
        invited = await _take(code)
        is_known = new.email.lower() == str(invited["email"]).lower()
        person: UUID = await insert(
            Person, username=new.username, name=new.name, email=new.email if is_known else "", password_hash=hashed,
            created_at=now,
        )  # fmt: skip
        if not is_known and new.email:
            await ask_to_confirm(person, new.email, public_address, now)
        await _enter_role(person, invited["id"], invited["organisation"], Role(invited["role"]), now)
    return person


async def join_as(code: str, actor: Actor, now: datetime) -> UUID:
    """Take a role in another organisation with the account one has; gives the organisation. Raises DomainError."""
    async with transaction():
        invited = await _take(code)
        held = await fetch("SELECT role FROM membership WHERE person = $1", actor.person_id)
        check_roles_meet([Role(row["role"]) for row in held], Role(invited["role"]))
        await _enter_role(actor.person_id, invited["id"], invited["organisation"], Role(invited["role"]), now)
    organisation: UUID = invited["organisation"]
    return organisation


async def _take(code: str) -> dict[str, object]:
    # of two who type the same code at once the second waits here and then finds it used
    await execute("SELECT 1 FROM invitation WHERE code_hash = $1 FOR UPDATE", code_hash(code))
    return await working_invitation(code)


async def working_invitation(code: str) -> dict[str, Any]:
    """What a code offers. Raises DomainError for one that is wrong, used or too old."""
    invited = await invitation_of(code)
    if invited is None:
        raise DomainError(N_("这个邀请码不对、已经用过或者过了期。请核对；需要新的，请联系发码的单位。"))
    return invited


async def _enter_role(person: UUID, invitation: object, organisation: object, role: Role, now: datetime) -> None:
    await execute(
        "UPDATE invitation SET used_by = $2, used_at = clock_timestamp() WHERE id = $1", invitation, person
    )
    if await fetchval(
        "SELECT 1 FROM membership WHERE person = $1 AND organisation = $2 AND role = $3",
        person, organisation, role.value,
    ):  # fmt: skip
        raise Conflict(N_("您在这个单位已经有这个岗位。"))
    await insert(Membership, person=person, organisation=organisation, role=role.value)
    detail = {"roles": role.value, "person": str(person)}
    await record("person.joined", ("organisation", str(organisation)), None, detail, now)


async def _check_newcomer(new: Newcomer) -> None:
    errors: dict[str, Sentence] = {}
    try:
        check_username(new.username)
    except DomainError as refused:
        errors["username"] = refused.sentence
    if await fetchval("SELECT 1 FROM person WHERE username = $1", new.username):
        errors["username"] = say(N_("这个用户名已经有人用了。请换一个。"))
    try:
        check_password(new.password, new.username, new.name)
    except DomainError as refused:
        errors["password"] = refused.sentence
    if errors:
        raise FormRefused(errors)


async def close_account(person: UUID, actor: Actor, now: datetime) -> None:
    """Close an account: its sessions end at once, its record stays. Raises Forbidden, NotFound, Conflict."""
    actor.check_may(Permission.MANAGE_ACCOUNTS)
    if person == actor.person_id:
        raise Conflict(N_("不能停用自己的账号。请由另一位系统管理员来做。"))
    await _set_active("false", "person.account_closed", person, actor, now)


async def reopen_account(person: UUID, actor: Actor, now: datetime) -> None:
    """Open a closed account again. Raises Forbidden, NotFound."""
    actor.check_may(Permission.MANAGE_ACCOUNTS)
    await _set_active("true", "person.account_reopened", person, actor, now)


async def _set_active(active: str, act: str, person: UUID, actor: Actor, now: datetime) -> None:
    async with transaction():
        found = await fetchval(
            "UPDATE person SET is_active = $2::text::boolean WHERE id = $1 RETURNING 1", person, active
        )
        if found is None:
            raise NotFound()
        await execute("DELETE FROM web_session WHERE person = $1", person)
        await record(act, ("person", str(person)), actor, {}, now)
