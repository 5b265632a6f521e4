"""Performance bonds that were held before their contract came here: they go back by the same clock as all others."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from contracts.deposits.rules import DepositStatus, Kind, Way
from contracts.deposits.services import move_money, new_reference
from contracts.deposits.tables import Deposit
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.db import insert


class HeldElsewhere(Protocol):
    """A bond as its contract's spreadsheet tells of it; yuan."""

    way: str
    amount: Decimal
    issuer: str
    number: str
    valid_until: date | None
    kept_at: str


async def bring_in_bond(owner: tuple[UUID, UUID, UUID], bond: HeldElsewhere, actor: Actor, now: datetime) -> str:
    """Enter a held bond of a listing, contract and provider in the caller's transaction; gives its reference."""
    listing, contract, provider = owner
    way, reference = Way(bond.way), new_reference()
    of_way: dict[str, Any] = (
        {"issuer": bond.issuer, "guarantee_number": bond.number, "valid_until": bond.valid_until}
        if way is Way.GUARANTEE
        else {"arrival_proof": bond.number}
    )
    deposit = await insert(
        Deposit, reference=reference, kind=Kind.PERFORMANCE.value, listing=listing, contract=contract,
        provider=provider, way=way.value, status=DepositStatus.HELD.value, amount=bond.amount, kept_at=bond.kept_at,
        entered_by=actor.person_id, entered_at=now, arrived_at=now, **of_way,
    )  # fmt: skip
    await move_money(deposit, "receive", bond.amount, now)
    detail = {"deposit": reference, "way": way.value, "amount": str(bond.amount)}
    await record("deposit.brought_in", ("deposit", reference), actor, detail, now)
    return reference
