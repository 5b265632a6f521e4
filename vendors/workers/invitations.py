"""A code on paper by which one worker opens the own account, once."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, FormRefused
from marketplace.kernel.i18n import N_, say
from vendors.workers.rules import CODE_LASTS, CODE_LENGTH, CODE_LETTERS, plain_code
from vendors.workers.spells import lock_worker
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
        row = await lock_worker(worker, actor)
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


async def take_code(code: str, now: datetime) -> dict[str, Any]:
    """The spell and the file behind a code that works, held until the transaction ends. Raises FormRefused."""
    row = await fetchrow(
        "SELECT i.id, w.id AS worker, w.name, w.file, f.certificate_number, f.identity_hash,"
        " coalesce(p.organisation, w.town) AS organisation"
        " FROM worker_invitation i JOIN worker w ON w.id = i.worker LEFT JOIN provider p ON p.id = w.provider"
        " JOIN worker_file f ON f.id = w.file"
        " WHERE i.code_hash = $1 AND i.used_at IS NULL AND i.expires_at > $2 AND w.person IS NULL"
        " FOR UPDATE OF i, w",
        _hash(code), now,
    )  # fmt: skip
    if row is None:
        raise FormRefused({"code": say(WRONG)})
    return dict(row)
