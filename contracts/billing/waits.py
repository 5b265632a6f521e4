"""The buyer lets the printed share of the last payment wait for the handover; done, it is owed at once (R-CON-06)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.agreements.queries import lock_contract
from contracts.agreements.rules import is_buyer_side
from contracts.billing import queries
from contracts.billing.letters import tell_provider
from contracts.billing.milestone_money import follow
from contracts.billing.other_account import account_now, kept_account
from contracts.billing.rules import InvoiceStatus, check_in_time
from contracts.billing.services import keep_invoice
from contracts.billing.tables import HandoverWait
from contracts.billing.wait_rules import RULE, WaitFacts, check_may_wait, may_wait, waiting_part
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, Forbidden, NotFound
from marketplace.kernel.i18n import N_, say

Row = dict[str, Any]

_WAIT = """
SELECT w.*, i.reference AS invoice_reference, i.contract, h.reference AS handover_reference,
       h.status AS handover_status, h.done_at, n.reference AS released_reference, p.name AS raised_by_name
FROM handover_wait w JOIN invoice i ON i.id = w.invoice JOIN handover h ON h.id = w.handover
JOIN person p ON p.id = w.raised_by LEFT JOIN invoice n ON n.id = w.released_invoice
"""


async def wait_of(invoice: UUID) -> Row | None:
    """What of an invoice waits or has waited; of the invoice that pays it afterwards, too."""
    row = await fetchrow(_WAIT + " WHERE $1 IN (w.invoice, w.released_invoice)", invoice)
    return dict(row) if row else None


async def waiting_by_milestone(contract: UUID) -> dict[UUID, Row]:
    """What of each milestone of a contract waits for the handover now."""
    rows = await fetch(
        "SELECT a.milestone, w.amount, w.share FROM handover_wait w JOIN invoice i ON i.id = w.invoice"
        " JOIN acceptance a ON a.id = i.acceptance WHERE i.contract = $1 AND w.released_on IS NULL",
        contract,
    )
    return {r["milestone"]: dict(r) for r in rows}


async def facts_of_wait(invoice: Row) -> WaitFacts:
    """What decides whether a part of an invoice may wait."""
    row = await fetchrow(
        "SELECT (SELECT t.handover_share FROM listing_terms t JOIN contract c ON c.listing = t.listing"
        "  WHERE c.id = $1) AS share, (SELECT h.status FROM handover h WHERE h.contract = $1) AS handover,"
        " NOT EXISTS (SELECT 1 FROM contract_milestone m WHERE m.contract = $1 AND m.position > $2"
        "  AND m.status <> 'cancelled') AS is_last,"
        " EXISTS (SELECT 1 FROM handover_wait w WHERE w.invoice = $3) AS has_waited",
        invoice["contract"], invoice["position"], invoice["id"],
    )  # fmt: skip
    assert row is not None
    return WaitFacts(row["share"], row["handover"], row["is_last"], row["has_waited"])


async def part_that_may_wait(invoice: Row, actor: Actor, today: date) -> Decimal | None:
    """What this reader may let wait for the handover, in yuan; None where nothing may."""
    is_asked = is_buyer_side(actor, invoice) and actor.may(Permission.ACCEPT_WORK)
    if not is_asked or invoice["status"] != InvoiceStatus.SUBMITTED or today > invoice["due_on"]:
        return None
    facts = await facts_of_wait(invoice)
    return waiting_part(invoice["payable"], facts.share) if facts.share and may_wait(invoice, facts) else None


async def let_wait(reference: str, actor: Actor, now: datetime) -> None:
    """Let the printed share of an invoice wait until the residents are handed over (R-CON-06).

    Raises Forbidden, DomainError where the listing prints none, no handover is open or the last day is over, Conflict.
    """
    seen = await queries.invoice_page(reference, visible_to=actor)
    _check_is_buyer(seen, actor)
    async with transaction():
        await lock_contract(seen["contract"])
        await fetchval("SELECT id FROM invoice WHERE id = $1 FOR UPDATE", seen["id"])
        invoice = await queries.invoice_by_id(seen["id"])
        share = check_may_wait(invoice, await facts_of_wait(invoice))
        check_in_time(invoice["due_on"], county_day(now))
        part = waiting_part(invoice["payable"], share)
        handover = await fetchval("SELECT id FROM handover WHERE contract = $1", invoice["contract"])
        await insert(
            HandoverWait, invoice=invoice["id"], handover=handover, share=share, amount=part, raised_by=actor.person_id,
            raised_at=now,
        )  # fmt: skip
        await execute("UPDATE invoice SET payable = payable - $2 WHERE id = $1", invoice["id"], part)
        await follow(invoice["contract"], invoice["milestone"])
        words = say(
            N_("发票 {invoice} 中的 {amount} 元按公告的比例等服务对象移交完成再付，其余按期支付。"),
            invoice=reference, amount=f"{part:,.2f}",
        )  # fmt: skip
        await tell_provider(invoice["provider"], words, reference, now)
        detail = {"invoice": reference, "amount": str(part)}
        await record("payment.waits_for_handover", ("contract", str(invoice["contract"])), actor, detail, now)


def _check_is_buyer(invoice: Row, actor: Actor) -> None:
    if not (is_buyer_side(actor, invoice) and actor.may(Permission.ACCEPT_WORK)):
        raise Forbidden(N_("等移交完成的款项由合同的采购人登记。"), clause=RULE)


async def release_wait(reference: str, actor: Actor, now: datetime) -> str:
    """The buyer waits no longer, before the handover is done; gives the invoice that pays what waited.

    Raises Forbidden, NotFound where nothing waits, Conflict when it is released.
    """
    seen = await queries.invoice_page(reference, visible_to=actor)
    _check_is_buyer(seen, actor)
    found = await wait_of(seen["id"])
    if found is None or found["invoice"] != seen["id"]:
        raise NotFound()
    async with transaction():
        await lock_contract(seen["contract"])
        return await _release(found["id"], county_day(now), actor, now)


async def release_waits(now: datetime) -> None:
    """What waited for handovers that are done, or count as done, is owed since that day.

    For the worker, which asks again and again: each is released once.
    """
    rows = await fetch(
        "SELECT w.id, i.contract FROM handover_wait w JOIN handover h ON h.id = w.handover"
        " JOIN invoice i ON i.id = w.invoice WHERE w.released_on IS NULL AND h.status = 'done' ORDER BY w.raised_at"
    )
    for row in rows:
        async with transaction():
            await lock_contract(row["contract"])
            wait = await fetchrow(_WAIT + " WHERE w.id = $1", row["id"])
            if wait and wait["released_on"] is None and wait["handover_status"] == "done":
                await _release(wait["id"], county_day(wait["done_at"]), None, now)


async def _release(wait_id: UUID, day: date, actor: Actor | None, now: datetime) -> str:
    """Pay what waited by an invoice of its own; its clock begins on the day of the release."""
    wait = await fetchrow("SELECT * FROM handover_wait WHERE id = $1 FOR UPDATE", wait_id)
    assert wait is not None
    if wait["released_on"] is not None:
        raise Conflict(N_("这部分款项已经放行。请刷新页面，再看结果。"), clause=RULE)
    invoice, clock = await queries.invoice_by_id(wait["invoice"]), await queries.clock_of(wait["invoice"])
    if clock is None:
        raise NotFound()
    copied = ("contract", "acceptance", "number", "issued_on")
    values = {**{name: invoice[name] for name in copied}, **kept_account(*await account_now(invoice))}
    kept = {"counts_from": day, **{name: clock[name] for name in ("payee", "clause", "agreed_days")}}
    new, reference = await keep_invoice(
        {**values, "amount": wait["amount"], "is_settlement": True}, kept, day, invoice["submitted_by"], now
    )
    await execute(
        "UPDATE handover_wait SET released_on = $2, released_by = $3, released_at = $4, released_invoice = $5"
        " WHERE id = $1",
        wait_id, day, actor.person_id if actor else None, now, new,
    )  # fmt: skip
    await follow(invoice["contract"], invoice["milestone"])
    words = say(
        N_("发票 {invoice} 中等移交完成的 {amount} 元已经放行，由发票 {released} 支付。"),
        invoice=invoice["reference"], amount=f"{wait['amount']:,.2f}", released=reference,
    )  # fmt: skip
    await tell_provider(invoice["provider"], words, reference, now)
    detail = {"invoice": reference, "amount": str(wait["amount"])}
    await record("payment.wait_released", ("contract", str(invoice["contract"])), actor, detail, now)
    return reference
