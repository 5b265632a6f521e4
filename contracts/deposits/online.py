"""Deposits paid and refunded online. Every step is written down before the next, so that a killed one is taken up.

What the payment service says now is the only truth: news of it, in any order and however often, only makes us look.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import asyncpg

from contracts.deposits import queries
from contracts.deposits.returns import begin_return, finish_return
from contracts.deposits.rules import Asked, DepositStatus, GivenAlready, Ground, Kind, Way, check_open
from contracts.deposits.services import enter_deposit, move_arrived, move_deposit, stream_of
from contracts.deposits.tables import DepositNews
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.gateways.payments import Checkout, DepositEvent, DepositGateway, Standing
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchval, insert, transaction
from marketplace.kernel.errors import DomainError, Forbidden
from marketplace.kernel.i18n import N_

Row = dict[str, Any]


async def pay_online(asked: Asked, gateway: DepositGateway, back: str, actor: Actor, now: datetime) -> str:
    """The page of the payment service for a deposit; pressing again gives the same page, or a new one for a dead one.

    Raises GivenAlready, PaymentRefused, DomainError after the deadline.
    """
    actor.check_may(Permission.BID if asked.kind is Kind.BID else Permission.SIGN_FOR_PROVIDER)
    check_open(asked.closes_at, now)
    standing = next((d for d in await queries.given(asked) if d["status"] not in ("dropped", "returned")), None)
    if standing is None:
        if asked.is_over:
            raise DomainError(N_("现在不收这笔保证金。请在公告或者合同的页面上看它的状态。"), clause="R-DOC-05")
        standing = await _ask(asked, actor, now)
    elif standing["way"] != Way.ONLINE or standing["status"] != DepositStatus.ASKED:
        raise GivenAlready()
    return await _open_page(standing, gateway, back, now)


async def _ask(asked: Asked, actor: Actor, now: datetime) -> Row:
    async with transaction():
        entered = await enter_deposit(
            asked, Way.ONLINE, DepositStatus.ASKED, actor, now, amount=asked.amount, attempt=1
        )
    found = await queries.deposit_of_reference(entered["reference"])
    assert found is not None
    return found


async def _open_page(row: Row, gateway: DepositGateway, back: str, now: datetime) -> str:
    if row["checkout"]:
        seen = await gateway.find_checkout(row["checkout"])
        if seen.is_paid:
            await take_in(row, seen, now)
            raise GivenAlready()
        if not seen.is_expired:
            return seen.url
        row["attempt"] += 1  # a dead page takes no money any more
    page = await gateway.open_checkout(row["reference"], row["attempt"], row["amount"], _purpose(row), back)
    # nobody saw the address before this commit: a page that was opened and not written down is never paid
    async with transaction():
        await queries.lock_deposit(row["id"])
        await execute(
            "UPDATE deposit SET checkout = $2, checkout_url = $3, attempt = $4 WHERE id = $1 AND status = 'asked'",
            row["id"], page.id, page.url, row["attempt"],
        )  # fmt: skip
    return page.url


def _purpose(row: Row) -> str:
    word = "投标保证金" if row["kind"] == Kind.BID else "履约保证金"
    return f"{word} {row['contract_reference'] or row['listing_reference']}"


async def give_up_online(reference: str, gateway: DepositGateway, actor: Actor, now: datetime) -> None:
    """Shut the payment page, so that the provider may choose another way. Raises GivenAlready when it was paid."""
    row = await queries.deposit_page(reference, actor, now)
    if row["organisation"] != actor.organisation_id:
        raise Forbidden(N_("只有交保证金的供应商自己可以改用别的方式。"))
    if row["checkout"]:
        seen = await gateway.close_checkout(row["checkout"])
        if seen.is_paid:
            await take_in(row, seen, now)
            raise GivenAlready()
    await _drop(row, now, actor)


async def _drop(row: Row, now: datetime, actor: Actor | None = None) -> None:
    async with transaction():
        held = await queries.lock_deposit(row["id"])
        if held["status"] != DepositStatus.ASKED:
            return
        await move_deposit(held, DepositStatus.DROPPED)
        await execute("UPDATE deposit SET ended_at = $2 WHERE id = $1", row["id"], now)
        detail = {"deposit": row["reference"]}
        await record("deposit.taken_back", ("deposit", row["reference"]), actor, detail, now, stream_of(row))


async def take_in(row: Row, seen: Checkout, now: datetime) -> None:
    """The service says it is paid: take the money in, once. What comes beside another deposit goes back."""
    # the service speaks in real time, deadlines in the county's: what counts is how long ago it was paid
    since = datetime.now(UTC) - seen.paid_at if seen.paid_at else timedelta(0)
    arrived_at = now - max(since, timedelta(0))
    async with transaction():
        held = await queries.lock_deposit(row["id"])
        if held["status"] not in (DepositStatus.ASKED, DepositStatus.DROPPED):
            return
        await execute("UPDATE deposit SET intent = $2 WHERE id = $1", row["id"], seen.intent)
        if await _stands_beside(held):
            await execute("UPDATE deposit SET return_ground = $2 WHERE id = $1", row["id"], Ground.TWICE.value)
        try:
            async with transaction():
                await move_arrived(held, arrived_at, seen.amount, now)
        except asyncpg.UniqueViolationError:
            raise GivenAlready() from None
        detail = {"deposit": held["reference"], "amount": str(seen.amount), "proof": seen.intent}
        await record("deposit.arrived", ("deposit", held["reference"]), None, detail, now, stream_of(held))


async def _stands_beside(row: Row) -> bool:
    return bool(await fetchval(
        "SELECT 1 FROM deposit WHERE listing = $1 AND provider = $2 AND kind = $3 AND contract IS NOT DISTINCT FROM $4"
        " AND id <> $5 AND status IN ('asked', 'declared', 'held') AND return_ground = ''",
        row["listing"], row["provider"], row["kind"], row["contract"], row["id"],
    ))  # fmt: skip


async def hear_news(event: DepositEvent, gateway: DepositGateway, now: datetime) -> None:
    """News of the payment service: noted once, and then the deposit is looked up as it stands now."""
    row = await queries.deposit_of_reference(event.reference) if event.reference else None
    if row is not None:
        await look_again(row, gateway, now)
    # noted last: a look that was cut off is taken again when the service repeats its news
    async with transaction():
        if not await fetchval("SELECT 1 FROM deposit_news WHERE event = $1", event.id):
            try:
                async with transaction():
                    await insert(
                        DepositNews, event=event.id, kind=event.kind[:80], deposit=row["id"] if row else None,
                        came_at=now,
                    )  # fmt: skip
            except asyncpg.UniqueViolationError:
                return


async def look_again(row: Row, gateway: DepositGateway, now: datetime) -> None:
    """Do whatever step of an online deposit is due by what the service says now. Harmless however often."""
    if row["status"] in (DepositStatus.ASKED, DepositStatus.DROPPED) and row["checkout"]:
        seen = await gateway.find_checkout(row["checkout"])
        if seen.is_paid:
            await take_in(row, seen, now)
        elif seen.is_expired:
            await _drop(row, now)
        row = await queries.deposit_of_reference(row["reference"]) or row
    if row["status"] == DepositStatus.HELD and row["return_ground"] == Ground.TWICE:
        await begin_return(row["id"], Ground.TWICE, county_day(row["arrived_at"]), now)
        row = await queries.deposit_of_reference(row["reference"]) or row
    if row["status"] == DepositStatus.RETURNING and row["intent"]:
        await _refund(row, gateway, now)


async def _refund(row: Row, gateway: DepositGateway, now: datetime) -> None:
    refund = await gateway.refund(row["intent"], row["reference"], row["received"])
    await execute(
        "UPDATE deposit SET refund = $2, refund_failed = $3 WHERE id = $1", row["id"], refund.id, refund.is_failed
    )
    if refund.is_done:
        await finish_return(row["id"], refund.id, None, now)


async def reconcile(gateway: DepositGateway, now: datetime) -> tuple[int, list[str]]:
    """Look at every online deposit that is not at its end; gives how many, and those the service did not know."""
    rows, failed = await queries.online_unfinished(), []
    for row in rows:
        try:
            await look_again(row, gateway, now)
        except DomainError:
            failed.append(row["reference"])
    return len(rows), failed


@dataclass(frozen=True)
class Compared:
    """One online deposit beside what the service has, in yuan; nothing under `service` where it does not know it."""

    row: Row
    service: Standing | None

    @property
    def returned_online(self) -> Decimal:
        """What went back by the service; the bank sends what the service could not."""
        went_back: Decimal = Decimal(0) if self.row["refund_failed"] else self.row["returned"]
        return went_back

    @property
    def agrees(self) -> bool:
        """Whether both took and gave back the same; a refund on its way may have come there first."""
        if self.service is None or self.service.paid != self.row["received"]:
            return False
        under_way = self.row["status"] == DepositStatus.RETURNING and self.service.refunded <= self.row["received"]
        return under_way or self.service.refunded == self.returned_online


async def compare(gateway: DepositGateway, now: datetime) -> list[Compared]:
    """Every online deposit that may be seen, the newest 200, beside what the service says; what disagrees first."""
    few_at_once = asyncio.Semaphore(5)

    async def asked(row: Row) -> Compared:
        async with few_at_once:
            try:
                return Compared(row, await gateway.standing(row["checkout"]))
            except DomainError:
                return Compared(row, None)

    found = await asyncio.gather(*(asked(row) for row in await queries.online_to_compare(now)))
    return sorted(found, key=lambda each: each.agrees)
