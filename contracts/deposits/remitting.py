"""Forfeited money goes to the treasury: a guarantee's issuer pays first, one person hands over, another confirms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from contracts.deposits import queries
from contracts.deposits.remit_rules import RULE_APART, Forfeited, check_confirmer, check_may_claim, check_may_remit
from contracts.deposits.services import move_money, stream_of
from contracts.deposits.tables import DepositRemittance
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchrow, insert, transaction
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_

Row = dict[str, Any]


async def forfeited_of(row: Row) -> Forfeited:
    """What was forfeited of a deposit, what its issuer paid of it, and what went to the treasury."""
    return forfeited_by(row, await queries.movements_of(row["id"]))


def forfeited_by(row: Row, movements: Sequence[Row]) -> Forfeited:
    """The same from movements that were read already."""
    moved = {"claim_paid": Decimal(0), "remit": Decimal(0)}
    for each in movements:
        if each["kind"] in moved:
            moved[each["kind"]] += each["amount"]
    day = county_day(row["ended_at"]) if row["ended_at"] else None
    return Forfeited(row["status"], row["way"], row["forfeited"], moved["claim_paid"], moved["remit"], day)


async def remittance_of(deposit: UUID) -> Row | None:
    """The slip of a deposit that waits for its second person or is confirmed; a refused one is followed by another."""
    row = await fetchrow(
        "SELECT r.*, e.name AS entered_by_name, d.name AS decided_by_name FROM deposit_remittance r"
        " JOIN person e ON e.id = r.entered_by LEFT JOIN person d ON d.id = r.decided_by"
        " WHERE r.deposit = $1 AND r.is_confirmed IS NOT FALSE",
        deposit,
    )
    return dict(row) if row else None


async def record_claim_paid(reference: str, proof: str, actor: Actor, now: datetime) -> None:
    """The issuer of a forfeited guarantee has paid; done again it changes nothing. Raises Forbidden, DomainError."""
    actor.check_may(Permission.APPROVE_PAYMENT)
    found = await queries.deposit_page(reference, actor, now)
    async with transaction():
        row = await queries.lock_deposit(found["id"])
        if row["claim_proof"]:
            return
        check_may_claim(await forfeited_of(row))
        await execute("UPDATE deposit SET claim_proof = $2 WHERE id = $1", row["id"], proof)
        await move_money(row["id"], "claim_paid", row["forfeited"], now)
        detail = {"deposit": reference, "amount": str(row["forfeited"]), "proof": proof}
        await record("deposit.claim_paid", ("deposit", reference), actor, detail, now, stream_of(row))


async def enter_remittance(reference: str, form: Bound, actor: Actor, now: datetime) -> None:
    """Enter the slip by which forfeited money goes to the treasury; a second person confirms it.

    `form`: remitted_on, proof. Raises Forbidden, DomainError before the issuer paid and for a wrong day, Conflict.
    """
    actor.check_may(Permission.APPROVE_PAYMENT)
    found = await queries.deposit_page(reference, actor, now)
    async with transaction():
        row = await queries.lock_deposit(found["id"])
        check_may_remit(await forfeited_of(row), form["remitted_on"], county_day(now))
        try:
            async with transaction():
                await insert(
                    DepositRemittance, deposit=row["id"], amount=row["forfeited"], remitted_on=form["remitted_on"],
                    proof=form["proof"], entered_by=actor.person_id, entered_at=now,
                )  # fmt: skip
        except asyncpg.UniqueViolationError:
            raise Conflict(N_("这笔保证金的上缴已经登记。请刷新页面，再看结果。"), clause=RULE_APART) from None
        detail = {"deposit": reference, "amount": str(row["forfeited"]), "proof": form["proof"]}
        await record("deposit.remittance_entered", ("deposit", reference), actor, detail, now, stream_of(row))


async def decide_remittance(reference: str, agrees: bool, actor: Actor, now: datetime) -> None:
    """The second person has compared the slip: the money is the treasury's, or the slip is entered anew.

    Raises Forbidden for who entered it, NotFound where nothing waits.
    """
    actor.check_may(Permission.APPROVE_PAYMENT)
    found = await queries.deposit_page(reference, actor, now)
    async with transaction():
        row = await queries.lock_deposit(found["id"])
        slip = await remittance_of(row["id"])
        if slip is None or slip["is_confirmed"]:
            raise NotFound()
        check_confirmer(actor.person_id, slip["entered_by"])
        await execute(
            "UPDATE deposit_remittance SET is_confirmed = $2, decided_by = $3, decided_at = $4 WHERE id = $1",
            slip["id"], agrees, actor.person_id, now,
        )  # fmt: skip
        if agrees:
            await move_money(row["id"], "remit", slip["amount"], now)
        act = "deposit.remitted" if agrees else "deposit.remittance_refused"
        detail = {"deposit": reference, "amount": str(slip["amount"]), "proof": slip["proof"]}
        await record(act, ("deposit", reference), actor, detail, now, stream_of(row))


async def waiting_for_treasury() -> list[Row]:
    """Forfeited deposits that are not the treasury's yet, with the slip that waits, if any; the oldest first."""
    rows = await fetch(
        "SELECT d.reference, d.way, d.claim_proof, r.entered_by, o.name AS provider_name, o.name_en AS provider_name_en"
        " FROM deposit d JOIN provider p ON p.id = d.provider JOIN organisation o ON o.id = p.organisation"
        " LEFT JOIN deposit_remittance r ON r.deposit = d.id AND r.is_confirmed IS NOT FALSE"
        " WHERE d.status = 'forfeited' AND d.forfeited > 0 AND r.is_confirmed IS NULL ORDER BY d.ended_at"
    )
    return [dict(r) for r in rows]
