"""Fees paid and given back online, through the same port as deposits: what the service says now is the only truth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.fees import queries
from contracts.fees.rules import RULE, FeeStatus, FeeWay
from contracts.fees.services import SERIES, check_is_payer, finish_refund, move_fee, note, take_money
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.gateways.payments import Checkout, DepositGateway
from marketplace.kernel.db import execute, transaction
from marketplace.kernel.errors import Conflict, DomainError
from marketplace.kernel.i18n import N_

Row = dict[str, Any]


class PaidAlready(Conflict):
    """The money came meanwhile; of two windows one wins."""

    def __init__(self) -> None:
        super().__init__(N_("这笔费用已经缴了或者不用缴。请刷新页面查看。"), clause=RULE)


async def pay_online(reference: str, gateway: DepositGateway, back: str, actor: Actor, now: datetime) -> str:
    """The page of the payment service for a fee; pressing again gives the same page, or a new one for a dead one.

    Raises Forbidden, PaidAlready, PaymentRefused.
    """
    fee = await queries.fee_page(reference, actor)
    check_is_payer(fee, actor)
    if fee["status"] != FeeStatus.ASKED:
        raise PaidAlready()
    attempt = max(fee["attempt"], 1)
    if fee["checkout"]:
        seen = await gateway.find_checkout(fee["checkout"])
        if seen.is_paid:
            await take_in(fee, seen, now)
            raise PaidAlready()
        if not seen.is_expired:
            return seen.url
        attempt += 1  # a dead page takes no money any more
    purpose = f"{fee['title']} {fee['contract_reference']}"
    page = await gateway.open_checkout(reference, attempt, fee["amount"], purpose, back)
    # nobody saw the address before this commit: a page that was opened and not written down is never paid
    async with transaction():
        await queries.lock_fee(fee["id"])
        await execute(
            "UPDATE fee SET checkout = $2, checkout_url = $3, attempt = $4, way = $5"
            " WHERE id = $1 AND status = 'asked'",
            fee["id"], page.id, page.url, attempt, FeeWay.ONLINE.value,
        )  # fmt: skip
    return page.url


async def _shut(fee: Row, gateway: DepositGateway | None, now: datetime) -> None:
    """Shut the page of a fee, so that nobody pays on it any more. Raises PaidAlready where it was paid."""
    if fee["checkout"]:
        if gateway is None:
            raise Conflict(N_("网上付款的页面还开着，支付服务现在没有接通。请稍后再试。"), clause=RULE)
        seen = await gateway.close_checkout(fee["checkout"])
        if seen.is_paid:
            await take_in(fee, seen, now)
            raise PaidAlready()


async def give_up_online(reference: str, gateway: DepositGateway | None, actor: Actor, now: datetime) -> None:
    """The provider pays another way. Raises Forbidden, PaidAlready when the page was paid."""
    fee = await queries.fee_page(reference, actor)
    check_is_payer(fee, actor)
    await _shut(fee, gateway, now)
    async with transaction():
        held = await queries.lock_fee(fee["id"])
        if held["status"] != FeeStatus.ASKED:
            raise PaidAlready()
        await _forget_page(held)


async def withdraw_fee(
    reference: str, reason: str, gateway: DepositGateway | None, actor: Actor, now: datetime
) -> None:
    """Finance asks for it no more. Raises Forbidden, PaidAlready when it was paid."""
    actor.check_may(Permission.APPROVE_PAYMENT)
    fee = await queries.fee_page(reference, actor)
    await _shut(fee, gateway, now)
    async with transaction():
        held = await queries.lock_fee(fee["id"])
        if held["status"] not in (FeeStatus.ASKED, FeeStatus.DECLARED):
            raise PaidAlready()
        await _forget_page(held)
        await move_fee(held, FeeStatus.WITHDRAWN)
        await execute("UPDATE fee SET end_reason = $2, ended_at = $3 WHERE id = $1", held["id"], reason, now)
        await note("fee.withdrawn", held, actor, now, reason=reason)


async def _forget_page(fee: Row) -> None:
    # the next page has a number of its own: the service gives the dead one for the same number
    await execute(
        "UPDATE fee SET checkout = '', checkout_url = '', way = '', attempt = attempt + 1 WHERE id = $1", fee["id"]
    )


async def take_in(fee: Row, seen: Checkout, now: datetime) -> None:
    """The service says it is paid: take the money in, once."""
    # the service speaks in real time, the county in its own: what counts is how long ago it was paid
    since = datetime.now(UTC) - seen.paid_at if seen.paid_at else timedelta(0)
    async with transaction():
        held = await queries.lock_fee(fee["id"])
        if held["status"] != FeeStatus.ASKED:
            return
        await execute("UPDATE fee SET intent = $2 WHERE id = $1", held["id"], seen.intent)
        await take_money(held, FeeWay.ONLINE, now - max(since, timedelta(0)), seen.intent, (None, now))


async def look_again(fee: Row, gateway: DepositGateway, now: datetime) -> None:
    """Do whatever step of an online fee is due by what the service says now. Harmless however often."""
    if fee["status"] == FeeStatus.ASKED and fee["checkout"]:
        seen = await gateway.find_checkout(fee["checkout"])
        if seen.is_paid:
            await take_in(fee, seen, now)
    elif fee["status"] == FeeStatus.REFUNDING and fee["intent"] and not fee["refund_failed"]:
        refund = await gateway.refund(fee["intent"], fee["reference"], fee["amount"])
        await execute(
            "UPDATE fee SET refund = $2, refund_failed = $3 WHERE id = $1", fee["id"], refund.id, refund.is_failed
        )
        if refund.is_done:
            await finish_refund(fee, refund.id, None, now)


async def hear_of_fee(reference: str, gateway: DepositGateway, now: datetime) -> None:
    """News of the payment service about a fee, however often and in any order: the fee is looked up as it stands."""
    if reference.startswith(SERIES) and (fee := await queries.fee_of_reference(reference)):
        await look_again(fee, gateway, now)


async def reconcile_fees(gateway: DepositGateway, now: datetime) -> list[str]:
    """Look at every online fee that is not at its end; gives those the service did not know."""
    failed = []
    for fee in await queries.online_unfinished():
        try:
            await look_again(fee, gateway, now)
        except DomainError:
            failed.append(fee["reference"])
    return failed
