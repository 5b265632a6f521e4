"""Where a worker's subsidy is paid to: encrypted, shown masked, used when a second person has looked at it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.subsidies.account_rules import ACCOUNT_TRANSITIONS, STATED, AccountStatus, check_second_look
from contracts.subsidies.computing import KEY
from contracts.subsidies.tables import PayAccount
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.gateways.treasury_files import mask_account
from marketplace.kernel.db import execute, fetch, fetchrow, insert, transaction
from marketplace.kernel.errors import Conflict, FormRefused, NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.outbox.services import post_mail
from marketplace.kernel.private_columns import conceal, reveal, search_hash
from marketplace.kernel.states import move

Row = dict[str, Any]

_ACCOUNT = f"""
SELECT a.*, {KEY} AS key, w.name, w.person, o.name AS employer, s.name AS stated_by_name, d.name AS decided_by_name,
  m.email, EXISTS (SELECT 1 FROM pay_account x JOIN worker v ON v.id = x.worker
    WHERE x.number_hash = a.number_hash AND x.status IN ('stated', 'confirmed')
    AND {KEY.replace("w.", "v.")} <> {KEY}) AS is_shared
FROM pay_account a JOIN worker w ON w.id = a.worker LEFT JOIN provider p ON p.id = w.provider
JOIN organisation o ON o.id = coalesce(p.organisation, w.town) JOIN person s ON s.id = a.stated_by
LEFT JOIN person d ON d.id = a.decided_by LEFT JOIN person m ON m.id = w.person
"""
_NEWEST = " ORDER BY a.stated_at DESC, a.status = 'stated' DESC LIMIT 50"
# the account a person is paid to: the one confirmed last, of whichever spell
CONFIRMED = f"""
SELECT DISTINCT ON (1) {KEY} AS worker_key, a.id, a.bank, a.number FROM pay_account a JOIN worker w ON w.id = a.worker
WHERE a.status = 'confirmed' ORDER BY 1, a.decided_at DESC
"""


def _masked(row: Any) -> Row:
    """An account as pages show it."""
    kept = dict(row)
    kept["masked"] = mask_account(reveal(kept.pop("number"), STATED))
    kept.pop("number_hash")
    return kept


async def own_spell(person: UUID) -> Row:
    """The latest spell of who asks. Raises NotFound for somebody on no roster."""
    row = await fetchrow(
        "SELECT id, name, person FROM worker WHERE person = $1 ORDER BY employed_from DESC, id LIMIT 1", person
    )
    if row is None:
        raise NotFound()
    return dict(row)


async def accounts_of(worker: UUID) -> list[Row]:
    """Every account that was stated for the person behind a spell, the newest first, masked."""
    rows = await fetch(
        _ACCOUNT + f" WHERE {KEY} = (SELECT {KEY} FROM worker w WHERE w.id = $1) " + _NEWEST,
        worker,
    )
    return [_masked(row) for row in rows]


async def accounts_of_person(person: UUID) -> list[Row]:
    """Every account of somebody who signs in, the newest first, masked."""
    rows = await fetch(
        _ACCOUNT + f" WHERE {KEY} IN (SELECT {KEY} FROM worker w WHERE w.person = $1)" + _NEWEST,
        person,
    )
    return [_masked(row) for row in rows]


async def accounts_to_look_at() -> list[Row]:
    """Accounts nobody has looked at yet, the oldest first, masked."""
    rows = await fetch(_ACCOUNT + " WHERE a.status = 'stated' ORDER BY a.stated_at, a.id LIMIT 200")
    return [_masked(row) for row in rows]


async def without_account(run_id: UUID) -> list[Row]:
    """Who gets something from a run and has no confirmed account."""
    rows = await fetch(
        f"SELECT min(l.name) AS name, min(l.employer) AS employer, (array_agg(l.worker ORDER BY l.month DESC))[1]"
        f" AS worker, sum(l.amount) AS amount FROM subsidy_line l LEFT JOIN ({CONFIRMED}) c"
        " ON c.worker_key = l.worker_key WHERE l.run = $1 AND c.id IS NULL GROUP BY l.worker_key"
        " HAVING sum(l.amount) > 0 ORDER BY 1, l.worker_key LIMIT 200",
        run_id,
    )
    return [dict(row) for row in rows]


async def spell_to_pay(worker: UUID) -> Row:
    """A spell as civil affairs sees it. Raises NotFound."""
    row = await fetchrow("SELECT id, name, person FROM worker WHERE id = $1", worker)
    if row is None:
        raise NotFound()
    return dict(row)


async def state_account(worker: UUID, bank: str, number: str, actor: Actor, now: datetime) -> UUID:
    """State an own account, or for somebody what the signed application says; one that waits is replaced.

    The audit has the account as a keyed hash. Raises NotFound for a stranger's spell, FormRefused for the account
    that is used already.
    """
    async with transaction():
        await execute("SELECT pg_advisory_xact_lock(hashtext('pay_account'))")
        row = await spell_to_pay(worker)
        is_own = row["person"] == actor.person_id
        actor.check_may(Permission.READ_OWN_SUBSIDY if is_own else Permission.RUN_SUBSIDIES)
        before, fresh = await accounts_of(worker), search_hash(number, STATED)
        await _check_other(worker, bank, fresh)
        for each in before:
            if each["status"] == AccountStatus.STATED:
                await _move(each, AccountStatus.REPLACED)
        made: UUID = await insert(
            PayAccount, worker=worker, bank=bank, number=conceal(number, STATED), number_hash=fresh,
            stated_by=actor.person_id, stated_at=now,
        )  # fmt: skip
        await record("subsidy.account_stated", ("worker", str(worker)), actor, {"account_after": fresh.hex()}, now)
    return made


async def _check_other(worker: UUID, bank: str, fresh: bytes) -> None:
    if await fetchrow(
        f"SELECT 1 FROM pay_account a JOIN worker w ON w.id = a.worker WHERE a.status = 'confirmed' AND a.bank = $2"
        f" AND a.number_hash = $3 AND {KEY} = (SELECT {KEY} FROM worker w WHERE w.id = $1)",
        worker, bank, fresh,
    ):  # fmt: skip
        raise FormRefused({"number": say(N_("和现在使用的账号相同，不用再填。"))})


async def decide_account(account: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """Finance looks at an account: without a reason it is confirmed and replaces the one before, else refused.

    The worker is told either way. Raises Forbidden for who stated it (R-ROLE-03), NotFound, Conflict.
    """
    actor.check_may(Permission.APPROVE_SUBSIDIES)
    to = AccountStatus.REFUSED if reason else AccountStatus.CONFIRMED
    async with transaction():
        await execute("SELECT pg_advisory_xact_lock(hashtext('pay_account'))")
        row = await fetchrow(_ACCOUNT + " WHERE a.id = $1", account)
        if row is None:
            raise NotFound()
        check_second_look(actor.person_id, row["stated_by"], row["person"])
        if not reason:
            for each in await accounts_of(row["worker"]):
                if each["status"] == AccountStatus.CONFIRMED and each["id"] != account:
                    await _move(each, AccountStatus.REPLACED)
        await _move(row, to, (actor.person_id, now, reason))
        detail = {"outcome": to.value, "account_after": bytes(row["number_hash"]).hex()}
        await record("subsidy.account_decided", ("worker", str(row["worker"])), actor, detail, now)
        await _tell(row, to, now)


async def _move(row: Any, to: AccountStatus, decided: tuple[UUID, datetime, str] | None = None) -> None:
    status = move(ACCOUNT_TRANSITIONS, AccountStatus(row["status"]), to=to)
    if not await fetch(
        "UPDATE pay_account SET status = $2, decided_by = coalesce($4, decided_by),"
        " decided_at = coalesce($5, decided_at), reason = coalesce($6, reason)"
        " WHERE id = $1 AND status = $3 RETURNING id",
        row["id"], status.value, row["status"], *(decided or (None, None, None)),
    ):  # fmt: skip
        raise Conflict(N_("这个账号刚刚被处理过。请刷新页面，再看下一步。"))


async def _tell(row: Any, to: AccountStatus, now: datetime) -> None:
    """Whoever has a mail address learns that the account changed: it may not have been they who changed it."""
    if not row["email"]:
        return
    confirmed = to == AccountStatus.CONFIRMED
    subject = N_("您的补贴收款账号已经更换") if confirmed else N_("您的补贴收款账号没有通过核对")
    words = say(N_("请登录后在“我的补贴”里查看。不是您本人或者单位填写的，请马上联系民政局。")).text()
    await post_mail(row["email"], say(subject).text(), words, now)
