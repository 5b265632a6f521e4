"""Begin, check and give up a second factor. Real time rules here, the county's time only dates the audit."""

from __future__ import annotations

import hashlib
import time
from datetime import datetime
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.second_factor.rules import (
    SECRET,
    STEP,
    matching_step,
    new_recovery_codes,
    next_code,
    plain_code,
)
from marketplace.accounts.second_factor.tables import RecoveryCode, SecondFactor
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetch, fetchval, insert, transaction
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.private_columns import conceal, reveal, search_hash

CODE_PLACE = "recovery_code.code_hash"


async def secret_of(person: UUID) -> str | None:
    """The secret of a person's authenticator; None while there is none."""
    kept: str | None = await fetchval("SELECT secret FROM second_factor WHERE person = $1", person)
    return reveal(kept, SECRET) if kept else None


async def has_second_factor(person: UUID) -> bool:
    """Whether the person signs in with a code."""
    return bool(await fetchval("SELECT 1 FROM second_factor WHERE person = $1", person))


async def enter_secret(person: UUID, secret: str, now: datetime) -> None:
    """Keep a secret for a person, in place of an earlier one, in the caller's transaction."""
    await execute("DELETE FROM second_factor WHERE person = $1", person)
    await insert(SecondFactor, person=person, secret=conceal(secret, SECRET), begun_at=now)


async def begin_second_factor(secret: str, typed: str, actor: Actor, now: datetime) -> list[str]:
    """The authenticator works: from now on its code is asked. Gives the recovery codes, shown this once.

    Raises DomainError when the code does not fit the secret.
    """
    step = matching_step(secret, plain_code(typed), time.time())
    if step is None:
        raise DomainError(N_("验证码不对。请看手机上现在的六位数字，再输入一次；手机的时间要准。"))
    async with transaction():
        await enter_secret(actor.person_id, secret, now)
        await _use_step(actor.person_id, step)
        codes = await _fresh_recovery_codes(actor.person_id)
        await record("person.second_factor_begun", ("person", str(actor.person_id)), actor, {}, now)
    return codes


async def renew_recovery_codes(actor: Actor, now: datetime) -> list[str]:
    """New recovery codes; the old sheet is worthless from now on."""
    async with transaction():
        codes = await _fresh_recovery_codes(actor.person_id)
        await record("person.recovery_codes_renewed", ("person", str(actor.person_id)), actor, {}, now)
    return codes


async def remove_second_factor(person: UUID, actor: Actor, now: datetime) -> None:
    """Forget the authenticator and its recovery codes: whoever needs one sets it up at the next sign-in.

    Raises NotFound where there is none.
    """
    async with transaction():
        if await execute("DELETE FROM second_factor WHERE person = $1", person) == "DELETE 0":
            raise NotFound()
        await execute("DELETE FROM recovery_code WHERE person = $1", person)
        await record("person.second_factor_removed", ("person", str(person)), actor, {}, now)


async def _fresh_recovery_codes(person: UUID) -> list[str]:
    codes = new_recovery_codes()
    await execute("DELETE FROM recovery_code WHERE person = $1", person)
    for code in codes:
        await insert(RecoveryCode, person=person, code_hash=_code_hash(person, code))
    return codes


def _code_hash(person: UUID, code: str) -> bytes:
    # with a key outside the database: 49 bits could be tried out by whoever has a copy of it
    return search_hash(f"{person} {plain_code(code)}", CODE_PLACE)


def _older_hash(person: UUID, code: str) -> bytes:
    """How sheets printed before were kept; they go on working."""
    return hashlib.sha256(person.bytes + plain_code(code).encode()).digest()


async def check_code(person: UUID, typed: str, now: datetime) -> None:
    """A one-time code or a recovery code, each accepted once. Raises DomainError."""
    plain = plain_code(typed)
    if len(plain) != 6:
        await _use_recovery_code(person, plain, now)
        return
    secret = await secret_of(person)
    step = matching_step(secret, plain, time.time()) if secret else None
    if step is None:
        raise DomainError(N_("验证码不对。请看手机上现在的六位数字，再输入一次；手机的时间要准。"))
    if not await _use_step(person, step):
        raise DomainError(N_("这个验证码刚才用过了。每个验证码只能用一次，请等手机上出现下一个。"))


async def _use_step(person: UUID, step: int) -> bool:
    """Whether the code of this half-minute was still unused; of two who send it at once one wins."""
    await execute("DELETE FROM used_code WHERE person = $1 AND step < $2", person, step - 10)
    used = await fetchval(
        "INSERT INTO used_code (id, person, step) VALUES (gen_random_uuid(), $1, $2)"
        " ON CONFLICT (person, step) DO NOTHING RETURNING 1",
        person, step,
    )  # fmt: skip
    return used is not None


async def _use_recovery_code(person: UUID, plain: str, now: datetime) -> None:
    async with transaction():
        used = await fetchval(
            "UPDATE recovery_code SET used_at = clock_timestamp()"
            " WHERE person = $1 AND code_hash = ANY($2) AND used_at IS NULL RETURNING 1",
            person, [_code_hash(person, plain), _older_hash(person, plain)],
        )  # fmt: skip
        if used is None:
            raise DomainError(N_("验证码是六位数字，恢复码是十个字符。请检查后再输入；恢复码每个只能用一次。"))
        await record("person.recovery_code_used", ("person", str(person)), None, {}, now)


async def recovery_codes_left(person: UUID) -> int:
    """How many recovery codes still work."""
    left: int = await fetchval("SELECT count(*) FROM recovery_code WHERE person = $1 AND used_at IS NULL", person)
    return left


async def demo_code(person: UUID) -> tuple[str, int] | None:
    """A code that would be accepted now and the seconds to wait for it. Only pages of a demo may show it."""
    secret = await secret_of(person)
    if secret is None:
        return None
    here = int(time.time()) // STEP
    used = await fetch("SELECT step FROM used_code WHERE person = $1 AND step >= $2", person, here - 1)
    return next_code(secret, frozenset(row["step"] for row in used), time.time())
