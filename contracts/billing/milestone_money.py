"""A milestone follows its invoices: what of it is invoiced, disputed and paid decides where it stands."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.acceptance.services import move_milestone
from contracts.agreements.queries import lock_contract
from contracts.agreements.rules import MilestoneStatus
from contracts.agreements.services import complete_if_paid
from contracts.billing import queries
from contracts.billing.rules import left_to_invoice, milestone_after


async def left_of(milestone: UUID) -> tuple[Decimal, Decimal]:
    """What a milestone is worth (the accepted amount, or the advance), and what of it has no invoice yet; yuan."""
    money = await queries.money_of_milestone(milestone)
    return money["base"], left_to_invoice(money["base"], money["billed"])


async def follow(contract: UUID, milestone: UUID) -> None:
    """Move a milestone to where its invoices put it, and complete a contract that is paid with it.

    Called inside the transaction of every act on an invoice. The contract is held first, as every act of it does, so
    that of two invoices paid at once the second sees the first.
    """
    await lock_contract(contract)
    money: dict[str, Any] = await queries.money_of_milestone(milestone)
    to = milestone_after(
        money["base"], money["billed"], is_advance=money["is_advance"], has_dispute=money["has_dispute"]
    )
    if money["status"] != to:
        await move_milestone(milestone, to)
    if to is MilestoneStatus.PAID:
        await complete_if_paid(contract)
