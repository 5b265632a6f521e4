"""An advance that was paid and not worked off when a contract ends: claimed back, and received into the budget line."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.agreements.queries import contract_by_id, milestones_of
from contracts.agreements.rules import MilestoneStatus
from contracts.amendments.queries import OPEN
from contracts.amendments.rules import RULE_END, Ended, ended_with
from contracts.amendments.tables import AdvanceClaim
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchrow, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.ledger.services import Posting, Source, post
from marketplace.kernel.outbox.services import post_mail
from vendors.providers.queries import provider_emails

Row = dict[str, Any]
_ACCEPTED = (
    MilestoneStatus.ACCEPTED, MilestoneStatus.INVOICED, MilestoneStatus.APPROVED, MilestoneStatus.PAID,
)  # fmt: skip


async def how_it_ends(contract: Row, settlement: Decimal) -> Ended:
    """What is still paid and what is claimed back, with the advance as it stands now.

    Raises Conflict while the advance is on its way to be paid.
    """
    milestones = await milestones_of(contract["id"])
    advance = next((m for m in milestones if m["is_advance"]), None)
    if advance is not None and advance["status"] in (MilestoneStatus.INVOICED, MilestoneStatus.APPROVED):
        raise Conflict(
            N_("预付款正在付款。请先付完，或者退回它的发票，再终止合同，才算得清要退回多少。"), clause=RULE_END
        )
    is_paid = advance is not None and advance["status"] == MilestoneStatus.PAID
    left = sum((m["advance_offset"] for m in milestones if m["status"] in OPEN), Decimal(0))
    done = sum((m["advance_offset"] for m in milestones if m["status"] in _ACCEPTED), Decimal(0))
    is_unpaid = advance is not None and advance["status"] == MilestoneStatus.OPEN
    return ended_with(settlement, left if is_paid else Decimal(0), done if is_unpaid else Decimal(0))


async def claim_back(contract: Row, amendment: Row, now: datetime) -> None:
    """Inside the act that ends the contract: note what has to come back, and tell the provider."""
    if not amendment["claim"]:
        return
    await insert(AdvanceClaim, amendment=amendment["id"], amount=amendment["claim"], claimed_at=now)
    words = say(
        N_("合同 {contract} 已经终止，没有抵扣的预付款 {amount} 元请退回。"),
        contract=contract["reference"], amount=f"{amendment['claim']:,.2f}",
    )  # fmt: skip
    body = f"{words.text('zh')}\n{words.text('en')}\n\n/amendments/{amendment['reference']}"
    for each in await provider_emails(contract["provider"]):
        await post_mail(each, words.text("zh"), body, now)


async def claim_of(amendment: UUID) -> Row | None:
    """The claim that came with an ending; None where nothing has to come back."""
    row = await fetchrow(
        "SELECT k.*, p.name AS received_by_name FROM advance_claim k LEFT JOIN person p ON p.id = k.received_by"
        " WHERE k.amendment = $1",
        amendment,
    )
    return dict(row) if row else None


async def claims_open() -> list[Row]:
    """Claims that did not come back yet, the oldest first."""
    rows = await fetch(
        "SELECT a.reference, k.amount, c.title, o.name AS provider_name, o.name_en AS provider_name_en,"
        " p.organisation FROM advance_claim k JOIN contract_amendment a ON a.id = k.amendment"
        " JOIN contract c ON c.id = a.contract JOIN provider p ON p.id = c.provider"
        " JOIN organisation o ON o.id = p.organisation WHERE k.received_on IS NULL ORDER BY k.claimed_at"
    )
    return [dict(r) for r in rows]


async def receive_claim(amendment: Row, received_on: date, proof: str, act: tuple[Actor, datetime]) -> None:
    """The whole claim came back: its money returns to the budget line. Raises Forbidden, NotFound, Conflict."""
    actor, now = act
    if not actor.may(Permission.APPROVE_PAYMENT):
        raise Forbidden(N_("退回的预付款由财政局登记。"), clause=RULE_END)
    if received_on > county_day(now):
        raise DomainError(N_("到账日期在今天以后。请检查日期。"), clause=RULE_END)
    async with transaction():
        row = await fetchrow("SELECT * FROM advance_claim WHERE amendment = $1 FOR UPDATE", amendment["id"])
        if row is None:
            raise NotFound()
        if row["received_on"] is not None:
            raise Conflict(N_("这笔退回的预付款已经登记到账。"))
        await execute(
            "UPDATE advance_claim SET received_on = $2, proof = $3, received_by = $4 WHERE id = $1",
            row["id"], received_on, proof, actor.person_id,
        )  # fmt: skip
        contract, source = await contract_by_id(amendment["contract"]), Source("advance_claim", str(row["id"]))
        await post(contract["ledger_line"], Posting.UNPAY, row["amount"], source, now)
        await post(contract["ledger_line"], Posting.UNCOMMIT, row["amount"], source, now)
        detail = {"reference": amendment["reference"], "amount": str(row["amount"]), "proof": proof}
        await record("amendment.advance_returned", ("contract", str(contract["id"])), actor, detail, now)
