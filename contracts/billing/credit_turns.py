"""Finance turns a credit note that waits to be set off into a refund; a second person agrees (R-ROLE-03)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from contracts.billing import queries
from contracts.billing.late_credit_rules import RULE, Way, check_turner, check_waits_for_set_off
from contracts.billing.letters import tell_provider
from contracts.billing.tables import CreditTurn
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetch, fetchrow, insert, transaction
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.i18n import N_, say

Row = dict[str, Any]

_OPEN_TURN = """
SELECT t.*, k.amount, k.number, i.reference AS invoice_reference, c.title, po.name AS provider_name,
       po.name_en AS provider_name_en, p.name AS asked_by_name
FROM credit_turn t JOIN late_credit k ON k.id = t.late_credit JOIN invoice i ON i.id = k.invoice
JOIN contract c ON c.id = i.contract JOIN provider v ON v.id = c.provider JOIN organisation po ON po.id = v.organisation
JOIN person p ON p.id = t.asked_by
WHERE t.is_agreed IS NULL AND k.returned_on IS NULL AND k.set_off_payment IS NULL
"""


async def open_turns() -> list[Row]:
    """Set-offs that somebody of finance asked to turn into refunds, the oldest first."""
    return [dict(r) for r in await fetch(_OPEN_TURN + " ORDER BY t.asked_at")]


async def turns_of(invoice: UUID) -> dict[UUID, Row]:
    """The open request of each credit note of an invoice."""
    rows = await fetch(_OPEN_TURN + " AND i.id = $1", invoice)
    return {r["late_credit"]: dict(r) for r in rows}


async def _lock_note(note: UUID) -> Row:
    row = await fetchrow("SELECT * FROM late_credit WHERE id = $1 FOR UPDATE", note)
    if row is None:
        raise NotFound()
    return dict(row)


async def ask_for_refund(note: UUID, reason: str, actor: Actor, now: datetime) -> str:
    """Ask that a note is refunded instead of set off; another person of finance decides. Gives the invoice.

    Raises Forbidden, NotFound, Conflict where it does not wait to be set off or somebody has asked.
    """
    actor.check_may(Permission.APPROVE_PAYMENT)
    async with transaction():
        row = await _lock_note(note)
        check_waits_for_set_off(row)
        try:
            async with transaction():
                await insert(CreditTurn, late_credit=note, reason=reason, asked_by=actor.person_id, asked_at=now)
        except asyncpg.UniqueViolationError:
            raise Conflict(N_("已经有人申请把这张红字发票改为退款。请等另一位同事复核。"), clause=RULE) from None
        return await _tell("invoice.refund_asked", row, reason, actor, now)


async def decide_turn(note: UUID, agrees: bool, actor: Actor, now: datetime) -> str:
    """Agree that a note is refunded instead of set off, or leave it; gives the invoice.

    Raises Forbidden for who asked, NotFound where nobody asked, Conflict where a payment was set off against it since.
    """
    actor.check_may(Permission.APPROVE_PAYMENT)
    async with transaction():
        row = await _lock_note(note)
        turn = await fetchrow(
            "SELECT * FROM credit_turn WHERE late_credit = $1 AND is_agreed IS NULL FOR UPDATE", note
        )
        if turn is None:
            raise NotFound()
        check_turner(actor.person_id, turn["asked_by"])
        if agrees:
            check_waits_for_set_off(row)
            await execute("UPDATE late_credit SET way = $2 WHERE id = $1", note, Way.REFUND.value)
        await execute(
            "UPDATE credit_turn SET is_agreed = $2, decided_by = $3, decided_at = $4 WHERE id = $1",
            turn["id"], agrees, actor.person_id, now,
        )  # fmt: skip
        act = "invoice.turned_into_refund" if agrees else "invoice.stays_set_off"
        reference = await _tell(act, row, turn["reason"], actor, now)
        if agrees:
            await _write_to_provider(row, turn["reason"], now)
    return reference


async def _tell(act: str, note: Mapping[str, Any], reason: str, actor: Actor, now: datetime) -> str:
    invoice = await queries.invoice_by_id(note["invoice"])
    detail = {"invoice": invoice["reference"], "amount": str(note["amount"]), "reason": reason}
    await record(act, ("contract", str(invoice["contract"])), actor, detail, now)
    reference: str = invoice["reference"]
    return reference


async def _write_to_provider(note: Mapping[str, Any], reason: str, now: datetime) -> None:
    invoice = await queries.invoice_by_id(note["invoice"])
    words = say(
        N_("红字发票 {number} 的 {amount} 元不再抵扣，请把款项退回：{reason}"),
        number=note["number"], amount=f"{note['amount']:,.2f}", reason=reason,
    )  # fmt: skip
    await tell_provider(invoice["provider"], words, invoice["reference"], now)
