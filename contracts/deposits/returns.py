"""Deposits on their way back: begun by the clock, finished by the bank, the payment service or with the guarantee."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.deposits import queries
from contracts.deposits.rules import (
    GROUND_LABELS,
    RULE_BACK,
    RULE_CANCELLED,
    DepositStatus,
    Ground,
    Kind,
    Way,
    back_by,
    due_back,
    ground_of_return,
    late_interest,
)
from contracts.deposits.services import check_keeper, move_deposit, move_money, stream_of
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, transaction
from marketplace.kernel.errors import Conflict
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.moments import Day
from marketplace.kernel.outbox.services import post_mail
from vendors.providers.queries import provider_emails

# how long before a guarantee ends its provider and the county are reminded; no law says it, a month is the usual notice
REMIND_BEFORE = timedelta(days=30)


async def begin_return(deposit: UUID, ground: Ground, since: date, now: datetime) -> None:
    """A deposit has to go back: its clock starts and its provider is told. A guarantee is returned at once.

    Done again it changes nothing.
    """
    async with transaction():
        row = await queries.lock_deposit(deposit)
        if row["status"] != DepositStatus.HELD:
            return
        counted, due = back_by(ground, since), due_back(ground, since)
        await execute(
            "UPDATE deposit SET return_ground = $2, return_from = $3, return_due = $4, is_provisional = $5"
            " WHERE id = $1",
            deposit, ground.value, since, due, counted is not None and counted.provisional,
        )  # fmt: skip
        await move_deposit(row, DepositStatus.RETURNING)
        detail = {"deposit": row["reference"], "ground": ground.value, "due": due.isoformat()}
        await record("deposit.return_due", ("deposit", row["reference"]), None, detail, now, stream_of(row))
        await _tell_going_back(row, ground, due, now)
        if row["way"] == Way.GUARANTEE:
            await finish_return(deposit, row["guarantee_number"], None, now)


async def _tell_going_back(row: Mapping[str, Any], ground: Ground, due: date, now: datetime) -> None:
    words = say(
        N_("保证金 {reference} 开始退还（{ground}），最迟 {day}退还完毕。"),
        reference=row["reference"], ground=say(GROUND_LABELS[ground]), day=Day(due),
    )  # fmt: skip
    for address in await provider_emails(row["provider"]):
        text = f"{words.text('zh')}\n{words.text('en')}"
        await post_mail(address, words.text("zh"), text, now, hidden_until=_hidden_until(row))


def _hidden_until(row: Mapping[str, Any]) -> datetime | None:
    """A letter about a bid deposit tells that somebody bids: even a dead one is not counted before (R-DOC-08)."""
    return row["closes_at"] if row["kind"] == Kind.BID else None


async def finish_return(deposit: UUID, proof: str, actor: Actor | None, now: datetime) -> None:
    """A deposit has gone back, with the interest of a late return (R-TIME-20). Done again it changes nothing."""
    async with transaction():
        row = await queries.lock_deposit(deposit)
        if row["status"] == DepositStatus.RETURNED:
            return
        interest = owed_interest(row, now)
        await move_deposit(row, DepositStatus.RETURNED)
        await execute(
            "UPDATE deposit SET return_proof = $2, ended_at = $3, interest = $4 WHERE id = $1",
            deposit, proof, now, interest,
        )  # fmt: skip
        await move_money(deposit, "return", row["held"], now)
        if interest:
            await move_money(deposit, "interest", interest, now)
            # the bank sends both; a payment service gives back what was paid and no more
            if row["way"] != Way.ONLINE or row["refund_failed"]:
                await move_money(deposit, "interest_paid", interest, now)
        detail = {
            "deposit": row["reference"], "amount": str(row["held"]), "interest": str(interest), "proof": proof,
        }  # fmt: skip
        await record("deposit.returned", ("deposit", row["reference"]), actor, detail, now, stream_of(row))


def owed_interest(row: Mapping[str, Any], now: datetime) -> Decimal:
    """What a return today would cost beside the deposit when it is late; a guarantee is paper (R-TIME-20)."""
    if row["way"] == Way.GUARANTEE or row["return_due"] is None:
        return Decimal("0.00")
    return late_interest(row["held"], row["return_due"], county_day(now), Kind(row["kind"]))


async def record_returned(reference: str, proof: str, actor: Actor, now: datetime) -> None:
    """The bank has sent the money back; recorded by finance or the buyer. Raises Forbidden, IllegalMove."""
    found = await queries.deposit_page(reference, actor, now)
    check_keeper(found, actor)
    await finish_return(found["id"], proof, actor, now)


async def record_interest_paid(reference: str, proof: str, actor: Actor, now: datetime) -> None:
    """The bank has paid what a late return online cost; done again it changes nothing (R-TIME-20).

    Raises Forbidden, Conflict where nothing is open.
    """
    found = await queries.deposit_page(reference, actor, now)
    check_keeper(found, actor)
    async with transaction():
        row = await queries.lock_deposit(found["id"])
        if row["interest_proof"]:
            return
        if not await queries.interest_is_open(row["id"]):
            raise Conflict(N_("这笔保证金没有还要付的资金占用费。请刷新页面查看。"), clause=RULE_BACK)
        await execute("UPDATE deposit SET interest_proof = $2 WHERE id = $1", row["id"], proof)
        await move_money(row["id"], "interest_paid", row["interest"], now)
        detail = {"deposit": reference, "interest": str(row["interest"]), "proof": proof}
        await record("deposit.interest_paid", ("deposit", reference), actor, detail, now, stream_of(row))


async def return_all_due(now: datetime) -> int:
    """Begin every return whose reason has come; gives how many. For the worker, which asks again and again."""
    begun = 0
    for deposit, facts in await queries.to_be_returned(now):
        if reason := ground_of_return(facts, now):
            await begin_return(deposit, *reason, now)
            begun += 1
    return begun


async def remind_of_guarantees(now: datetime) -> int:
    """Tell providers once that a held guarantee is about to end; gives how many."""
    rows = await queries.guarantees_running_out(now + REMIND_BEFORE)
    for row in rows:
        words = say(
            N_("保函 {number} 将于 {day}到期，它担保的事项还没有结束。请联系开立机构续期。"),
            number=row["guarantee_number"], day=Day(row["valid_until"]),
        )  # fmt: skip
        async with transaction():
            await execute("UPDATE deposit SET reminded_at = $2 WHERE id = $1", row["id"], now)
            for address in await provider_emails(row["provider"]):
                text = f"{words.text('zh')}\n{words.text('en')}"
                await post_mail(address, words.text("zh"), text, now, hidden_until=_hidden_until(row))
    return len(rows)


def rule_of_return(ground: str) -> str:
    """The clause a return is counted by."""
    return RULE_CANCELLED if ground == Ground.CANCELLED else RULE_BACK
