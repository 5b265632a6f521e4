"""A copy of a signed contract is filed with finance; its number stands on the papers of every payment (R-TIME-19)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from contracts.agreements.queries import contract_facts, lock_contract
from contracts.agreements.rules import is_buyer_side
from contracts.agreements.tables import ContractFiling
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchrow, insert, transaction
from marketplace.kernel.errors import DomainError, Forbidden
from marketplace.kernel.forms import Field, code_text, day
from marketplace.kernel.i18n import N_
from marketplace.kernel.moments import Day

RULE = "R-TIME-19"
FILING = [Field("number", N_("合同备案号"), code_text(40)), Field("filed_on", N_("备案日期"), day())]


async def filing_of(contract: UUID) -> dict[str, Any] | None:
    """Number and day under which a contract is filed, and who entered them."""
    row = await fetchrow(
        "SELECT f.*, p.name AS entered_by_name FROM contract_filing f JOIN person p ON p.id = f.entered_by"
        " WHERE f.contract = $1",
        contract,
    )
    return dict(row) if row else None


def may_file(actor: Actor | None, contract: dict[str, Any]) -> bool:
    """The buyer files, finance gives the number: either enters it."""
    if actor is None or contract["signed_at"] is None:
        return False
    return actor.may(Permission.APPROVE_PAYMENT) or (
        is_buyer_side(actor, contract) and actor.may(Permission.SIGN_FOR_BUYER)
    )


async def enter_filing(reference: str, number: str, filed_on: date, actor: Actor, now: datetime) -> None:
    """Keep the filing number of a contract; entered again it is corrected, and both stand in the audit.

    Raises Forbidden, DomainError for a day before the signing or after today.
    """
    facts = await contract_facts(reference, visible_to=actor)
    if not may_file(actor, facts):
        raise Forbidden(N_("合同备案由采购人或者财政局登记，合同签完以后才能登记。"), clause=RULE)
    async with transaction():
        contract = await lock_contract(facts["id"])
        signed_on = county_day(contract["signed_at"])
        if not signed_on <= filed_on <= county_day(now):
            raise DomainError(N_("备案日期要在签订的 {day}到今天之间。请核对日期。"), clause=RULE, day=Day(signed_on))
        if await filing_of(contract["id"]):
            await execute(
                "UPDATE contract_filing SET number = $2, filed_on = $3, entered_by = $4, entered_at = $5"
                " WHERE contract = $1",
                contract["id"], number, filed_on, actor.person_id, now,
            )  # fmt: skip
        else:
            await insert(
                ContractFiling, contract=contract["id"], number=number, filed_on=filed_on,
                entered_by=actor.person_id, entered_at=now,
            )  # fmt: skip
        detail = {"contract": reference, "number": number, "on": filed_on.isoformat()}
        await record("contract.filed", ("contract", str(contract["id"])), actor, detail, now)
