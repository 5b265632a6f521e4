"""One person, one account: the code of another employer is taken with the account the worker has."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from marketplace.accounts.actor import Actor
from marketplace.accounts.membership.rules import check_roles_meet
from marketplace.accounts.people.services import NewPerson, open_account
from marketplace.accounts.people.tables import Membership
from marketplace.accounts.permissions import Role
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetch, fetchval, insert, transaction
from marketplace.kernel.errors import DomainError, FormRefused
from marketplace.kernel.i18n import N_, Sentence, say
from vendors.workers.consent import note_consent
from vendors.workers.files import join_files, settle
from vendors.workers.identity import identity_hash
from vendors.workers.invitations import take_code
from vendors.workers.services import WorkerAccount, check_account

Row = dict[str, Any]


def differences(invited: Row, own: Row, number: str | None) -> dict[str, Sentence]:
    """What speaks against both files being of one person, by field."""
    hashed = identity_hash(number) if number else None
    known = {bytes(each["identity_hash"]) for each in (invited, own) if each["identity_hash"]}
    if known and hashed is None:
        return {"identity_number": say(N_("请填身份证号码，核对是同一个人。系统只保存核对值。"))}
    if known and known != {hashed}:
        words = N_("和档案里登记的不是同一个身份证号码。请核对；确实是您的，请联系系统管理员。")
        return {"identity_number": say(words)}
    if invited["name"] != own["name"]:
        words = N_("这个邀请码是给{name}的，和您的姓名不一样。请您登录自己的账号，或者请单位改正姓名。")
        return {"code": say(words, name=invited["name"])}
    numbers = {invited["certificate_number"], own["certificate_number"]} - {""}
    if len(numbers) > 1:
        return {"code": say(N_("两家单位登记的证书编号不一样，不能认作同一个人。请写错的那家单位先更正。"))}
    return {}


async def accept(code: str, account: WorkerAccount, number: str | None, now: datetime) -> UUID:
    """The worker opens the own account and agrees that the file is kept; gives the person. Raises FormRefused."""
    await check_account(account)
    try:
        async with transaction():
            invited = await take_code(code, now)
            if errors := differences(invited, invited, number):
                raise FormRefused(errors)
            await _check_no_account(invited, number)
            new = NewPerson(
                account.username, invited["name"], account.password, invited["organisation"], (Role.SOCIAL_WORKER,),
                account.email,
            )  # fmt: skip
            person = await open_account(new, now)
            await link(invited, person, number, now)
            await record("worker.account_linked", ("worker", str(invited["worker"])), None, {}, now)
    except asyncpg.UniqueViolationError as twice:
        raise FormRefused({"username": say(N_("这个用户名已经有人用了。请换一个。"))}) from twice
    return person


async def _check_no_account(invited: Row, number: str | None) -> None:
    """Who has an account with another employer signs in with it instead of opening a second one."""
    if await fetchval(
        "SELECT 1 FROM worker w JOIN worker_file f ON f.id = w.file WHERE w.person IS NOT NULL AND w.name = $3"
        " AND (f.id = $1 OR f.identity_hash = $2)",
        invited["file"], identity_hash(number) if number else None, invited["name"],
    ):  # fmt: skip
        raise FormRefused({"code": say(N_("您在另一家单位已经有账号。请先用那个账号登录，再填这个邀请码。"))})


async def accept_as(code: str, number: str | None, actor: Actor, now: datetime) -> UUID:
    """Take an employer's code with the account one has; both files become one. Gives the employer's organisation.

    Raises FormRefused for a code that is wrong, or a file that is another person's.
    """
    async with transaction():
        invited = await take_code(code, now)
        own = await _own(actor)
        if errors := differences(invited, own or {**invited, "name": actor.name}, number):
            raise FormRefused(errors)
        kept = await _join(invited["file"], own["file"]) if own else invited["file"]
        await link({**invited, "file": kept}, actor.person_id, number, now)
        await _enter_role(actor.person_id, invited["organisation"])
        await record("worker.account_linked", ("worker", str(invited["worker"])), actor, {}, now)
    organisation: UUID = invited["organisation"]
    return organisation


async def _own(actor: Actor) -> Row | None:
    rows = await fetch(
        "SELECT w.name, f.id AS file, f.certificate_number, f.identity_hash FROM worker w JOIN worker_file f"
        " ON f.id = w.file WHERE w.person = $1 ORDER BY f.certificate_number = '', w.employed_from DESC LIMIT 1"
        " FOR UPDATE OF f",
        actor.person_id,
    )
    return dict(rows[0]) if rows else None


async def _join(invited: UUID, own: UUID) -> UUID:
    """Both files become the one with the certificate; the spells that overlap a full-time one are disputed."""
    if invited == own:
        return own
    is_bare = not await fetchval("SELECT certificate_number FROM worker_file WHERE id = $1", own)
    kept, dropped = (invited, own) if is_bare else (own, invited)
    await join_files(kept, dropped)
    await execute(
        "UPDATE worker w SET file = $1, is_disputed = w.is_disputed OR (w.is_full_time AND EXISTS (SELECT 1 FROM worker"
        " x WHERE x.file = $1 AND x.is_full_time AND NOT x.is_disputed AND daterange(x.employed_from, x.employed_to,"
        " '[]') && daterange(w.employed_from, w.employed_to, '[]'))) WHERE w.file = $2",
        kept, dropped,
    )  # fmt: skip
    await settle(kept)
    return kept


async def link(invited: Row, person: UUID, number: str | None, now: datetime) -> None:
    """Every spell with this employer that has no account yet is the person's; the code is used up; consent is given."""
    hashed = identity_hash(number) if number else None
    if await fetchval(
        "SELECT 1 FROM worker_file WHERE identity_hash = $1 AND id <> $2", hashed, invited["file"]
    ):
        raise FormRefused({"identity_number": say(N_(
            "这个身份证号码已经登记在另一份档案里。请核对；确实是您的，请联系系统管理员。"
        ))})  # fmt: skip
    await execute(
        "UPDATE worker w SET person = $2 FROM worker i WHERE i.id = $1 AND w.person IS NULL AND (w.id = i.id OR"
        " (w.file = i.file AND (w.provider, w.town) IS NOT DISTINCT FROM (i.provider, i.town)))",
        invited["worker"], person,
    )  # fmt: skip
    await note_consent(invited["file"], ("keep", True), person, now)
    await execute("UPDATE worker_invitation SET used_at = $2 WHERE id = $1", invited["id"], now)
    await execute(
        "UPDATE worker_file SET consented_at = coalesce(consented_at, $2), withdrawn_at = NULL,"
        " identity_hash = coalesce(identity_hash, $3) WHERE id = $1",
        invited["file"], now, hashed,
    )  # fmt: skip


async def _enter_role(person: UUID, organisation: UUID) -> None:
    held = await fetch("SELECT role, organisation FROM membership WHERE person = $1", person)
    try:
        check_roles_meet([Role(row["role"]) for row in held], Role.SOCIAL_WORKER)
    except DomainError as refused:
        raise FormRefused({"code": refused.sentence}) from refused
    if (Role.SOCIAL_WORKER, organisation) not in {(row["role"], row["organisation"]) for row in held}:
        await insert(Membership, person=person, organisation=organisation, role=Role.SOCIAL_WORKER.value)
