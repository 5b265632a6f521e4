"""A second person of finance releases a voucher file, or either takes it back before it left the house (R-ROLE-03)."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.billing.rules import PAYMENT_TRANSITIONS, PaymentStatus
from contracts.billing.voucher_lines import accounts_in_voucher
from contracts.billing.voucher_rules import check_may_release, check_may_take_whole, check_may_withdraw
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.privacy.services import Look, note_look
from marketplace.accounts.trail import record
from marketplace.gateways.files import DocumentStore
from marketplace.gateways.treasury_files import WholeLine, as_file, whole_rows
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, transaction
from marketplace.kernel.errors import NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.states import move

Row = dict[str, Any]

_VOUCHER = """
SELECT f.*, m.name AS made_by_name, r.name AS released_by_name, w.name AS withdrawn_by_name,
       (SELECT count(*) FROM voucher_line l WHERE l.voucher_file = f.id)::int AS lines,
       (SELECT count(*) FROM payment y WHERE y.voucher_file = f.id AND y.status = 'sent')::int AS waiting
FROM voucher_file f JOIN person m ON m.id = f.made_by LEFT JOIN person r ON r.id = f.released_by
LEFT JOIN person w ON w.id = f.withdrawn_by
"""


async def voucher_page(number: str) -> Row:
    """A voucher file of payments by its number, with how many lines it has. Raises NotFound."""
    row = await fetchrow(_VOUCHER + " WHERE f.number = $1", number)
    if row is None or not row["lines"]:
        raise NotFound()
    return dict(row)


async def vouchers_to_release(not_made_by: UUID | None = None) -> list[Row]:
    """Voucher files that wait for a second person, the oldest first; those that this person may release."""
    rows = await fetch(
        _VOUCHER + " WHERE f.released_at IS NULL AND f.withdrawn_at IS NULL AND ($1::uuid IS NULL OR f.made_by <> $1)"
        " ORDER BY f.made_at",
        not_made_by,
    )
    return [dict(r) for r in rows]


async def release_voucher(number: str, actor: Actor, now: datetime) -> None:
    """Let a voucher file go to the treasury; done again it changes nothing. Raises Forbidden, Conflict, NotFound."""
    actor.check_may(Permission.RELEASE_VOUCHER)
    async with transaction():
        voucher = await _locked(number)
        if voucher["released_by"] == actor.person_id:
            return
        check_may_release(voucher, actor.person_id)
        if voucher["released_at"]:
            return
        await execute(
            "UPDATE voucher_file SET released_by = $2, released_at = $3 WHERE id = $1",
            voucher["id"], actor.person_id, now,
        )  # fmt: skip
        # what the treasury paid, it paid from this moment on
        await execute("UPDATE payment SET sent_at = $2 WHERE voucher_file = $1", voucher["id"], now)
        detail = {"file": number, "total": str(voucher["total"]), "sha256": voucher["sha256"]}
        await record("payment.voucher_released", ("voucher_file", str(voucher["id"])), actor, detail, now)


async def withdraw_voucher(number: str, reason: str, actor: Actor, now: datetime) -> None:
    """Take a file back that nobody released: its payments wait for another. Raises Conflict, NotFound."""
    actor.check_may(Permission.APPROVE_PAYMENT)
    async with transaction():
        voucher = await _locked(number)
        check_may_withdraw(voucher)
        await execute(
            "UPDATE voucher_file SET withdrawn_by = $2, withdrawn_at = $3, withdraw_reason = $4 WHERE id = $1",
            voucher["id"], actor.person_id, now, reason,
        )  # fmt: skip
        back = move(PAYMENT_TRANSITIONS, PaymentStatus.SENT, to=PaymentStatus.APPROVED)
        await execute(
            "UPDATE payment SET status = $2, voucher_file = NULL, sent_at = NULL WHERE voucher_file = $1",
            voucher["id"], back.value,
        )  # fmt: skip
        detail = {"file": number, "reason": reason}
        await record("payment.voucher_withdrawn", ("voucher_file", str(voucher["id"])), actor, detail, now)


async def whole_voucher_file(
    number: str, extension: str, store: DocumentStore, actor: Actor, now: datetime
) -> bytes:
    """The released file with whole account numbers, as `csv` or `xlsx`; made when it is taken and kept nowhere.

    It has the lines that the treasury has not answered, as they were released. Each time it is taken stands in the
    record, without a hash (from one a short list of accounts could be guessed), and each provider can read it.
    Raises Forbidden, NotFound, PaymentRefused; Conflict before the release and once every line is answered.
    """
    actor.check_may(Permission.APPROVE_PAYMENT)
    async with transaction():
        voucher = await _locked(number)
        check_may_take_whole(voucher)
        lines = (await accounts_in_voucher(voucher["id"])).values()
        rows = whole_rows(
            await store.get(voucher["storage_key"]),
            [WholeLine(each["account"], each["amount"], each["is_waiting"]) for each in lines],
        )
        shown = {each["organisation"]: each for each in lines if each["is_waiting"]}
        for organisation, each in shown.items():
            look = Look(N_("收款账号"), each["invoice"], f"送国库的付款文件 {number}", of_organisation=organisation)
            await note_look(look, ("contract", str(each["contract"])), actor, now)
        detail = {"file": f"{number}.{extension}", "count": str(len(rows) - 2), "total": str(voucher["total"])}
        await record("payment.whole_file_taken", ("voucher_file", str(voucher["id"])), actor, detail, now)
    return await asyncio.to_thread(as_file, number, rows, extension)


async def _locked(number: str) -> Row:
    await fetchval("SELECT id FROM voucher_file WHERE number = $1 FOR UPDATE", number)
    return await voucher_page(number)
