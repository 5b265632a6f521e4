"""A code on paper by which one worker opens the own account, once."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from uuid import UUID

import asyncpg

from marketplace.accounts.actor import Actor
from marketplace.accounts.people.services import NewPerson, open_account
from marketplace.accounts.permissions import Permission, Role
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, FormRefused, NotFound
from marketplace.kernel.i18n import N_, say
from vendors.workers.rules import CODE_LASTS, CODE_LENGTH, CODE_LETTERS, plain_code
from vendors.workers.services import WorkerAccount, check_account
from vendors.workers.tables import WorkerInvitation

WRONG = N_("这个邀请码不对、已经用过，或者已经过期。请向本单位要一个新的。")


def _hash(code: str) -> str:
    # ten characters of 27 are drawn at random and live for a month: guessing them is hopeless, so no salt is needed
    return hashlib.sha256(plain_code(code).encode()).hexdigest()


async def invite(worker: UUID, actor: Actor, now: datetime) -> str:
    """Make a code for a worker without an account; earlier ones end. Raises NotFound, Conflict."""
    actor.check_may(Permission.MANAGE_WORKERS)
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    async with transaction():
        row = await fetchrow(
            "SELECT w.person FROM worker w JOIN provider p ON p.id = w.provider WHERE w.id = $1 AND p.organisation = $2"
            " FOR UPDATE OF w",
            worker, actor.organisation_id,
        )  # fmt: skip
        if row is None:
            raise NotFound()
        if row["person"]:
            raise Conflict(N_("这位社会工作者已经有账号了。"))
        await execute("UPDATE worker_invitation SET expires_at = $2 WHERE worker = $1 AND used_at IS NULL", worker, now)
        await insert(
            WorkerInvitation, worker=worker, code_hash=_hash(code), made_by=actor.person_id, made_at=now,
            expires_at=now + CODE_LASTS,
        )  # fmt: skip
        await record("worker.invited", ("worker", str(worker)), actor, {}, now)
    return f"{code[:5]}-{code[5:]}"


async def check_works(code: str, now: datetime) -> None:
    """Whether a code would open an account now. Raises FormRefused for one that is wrong, used or too old."""
    if not await fetchval(
        "SELECT 1 FROM worker_invitation i JOIN worker w ON w.id = i.worker"
        " WHERE i.code_hash = $1 AND i.used_at IS NULL AND i.expires_at > $2 AND w.person IS NULL",
        _hash(code), now,
    ):  # fmt: skip
        raise FormRefused({"code": say(WRONG)})


async def accept(code: str, account: WorkerAccount, now: datetime) -> UUID:
    """The worker opens the own account and agrees that the file is kept; gives the person. Raises FormRefused."""
    await check_account(account)
    try:
        async with transaction():
            row = await fetchrow(
                "SELECT i.id, w.id AS worker, w.name, w.person, w.file, p.organisation FROM worker_invitation i"
                " JOIN worker w ON w.id = i.worker JOIN provider p ON p.id = w.provider"
                " WHERE i.code_hash = $1 AND i.used_at IS NULL AND i.expires_at > $2 FOR UPDATE OF i, w",
                _hash(code), now,
            )  # fmt: skip
            if row is None or row["person"]:
                raise FormRefused({"code": say(WRONG)})
            new = NewPerson(
                account.username, row["name"], account.password, row["organisation"], (Role.SOCIAL_WORKER,),
                account.email,
            )  # fmt: skip
            person = await open_account(new, now)
            await execute("UPDATE worker SET person = $2 WHERE id = $1", row["worker"], person)
            await execute("UPDATE worker_invitation SET used_at = $2 WHERE id = $1", row["id"], now)
            await execute("UPDATE worker_file SET consented_at = $2 WHERE id = $1", row["file"], now)
            await record("worker.account_linked", ("worker", str(row["worker"])), None, {}, now)
    except asyncpg.UniqueViolationError as twice:
        raise FormRefused({"username": say(N_("这个用户名已经有人用了。请换一个。"))}) from twice
    return person
