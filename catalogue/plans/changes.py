"""More money, less money, money for another line or the next year: asked by one of finance, decided by another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.plans import queries
from catalogue.plans.change_rules import (
    CHANGE_TRANSITIONS,
    ChangeKind,
    ChangeStatus,
    LineOfChange,
    check_change,
    check_may_decide,
)
from catalogue.plans.services import NewAllotment, open_budget_line
from catalogue.plans.tables import BudgetChange
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetch, fetchrow, insert, transaction
from marketplace.kernel.errors import NotFound
from marketplace.kernel.ledger.services import Posting, Source, post
from marketplace.kernel.states import move

Row = dict[str, Any]

_CHANGES = """
SELECT c.*, line.reference, line.title, line.buyer, o.name AS buyer_name, o.name_en AS buyer_name_en,
       target.reference AS to_reference, target.title AS to_title,
       p.name AS proposed_by_name, d.name AS decided_by_name
FROM budget_change c JOIN budget_line line ON line.id = c.line JOIN organisation o ON o.id = line.buyer
LEFT JOIN budget_line target ON target.id = c.to_line
JOIN person p ON p.id = c.proposed_by LEFT JOIN person d ON d.id = c.decided_by
"""


@dataclass(frozen=True)
class NewChange:
    """What is asked: yuan, why, and by which document."""

    kind: ChangeKind
    amount: Decimal
    reason: str
    document: str
    to_line: UUID | None = None


async def propose_change(reference: str, new: NewChange, actor: Actor, now: datetime) -> UUID:
    """Ask for a change of a line's money; nothing moves yet. Sent twice it is one change. Raises NotFound, Conflict."""
    actor.check_may(Permission.ALLOT_BUDGET)
    line = await queries.line_page(reference, actor)
    target = await queries.line_money(new.to_line) if new.to_line and new.kind == ChangeKind.TRANSFER else None
    check_change(new.kind, new.amount, _facts(line), _facts(target) if target else None)
    async with transaction():
        # the same form sent twice at once: the second waits here and finds the first one's change
        await fetchrow("SELECT 1 FROM budget_line WHERE id = $1 FOR UPDATE", line["id"])
        if earlier := await _waiting_alike(line["id"], target["id"] if target else None, new, actor):
            return earlier
        change: UUID = await insert(
            BudgetChange, kind=new.kind.value, line=line["id"], to_line=target["id"] if target else None,
            amount=new.amount, reason=new.reason, document=new.document, proposed_by=actor.person_id, proposed_at=now,
        )  # fmt: skip
        detail = {"reference": reference, "kind": new.kind.value, "amount": str(new.amount), "document": new.document}
        await record("budget.change_proposed", ("budget_change", str(change)), actor, detail, now)
    return change


async def _waiting_alike(line: UUID, to_line: UUID | None, new: NewChange, actor: Actor) -> UUID | None:
    """The same change by the same person that nobody has decided yet."""
    row = await fetchrow(
        "SELECT id FROM budget_change WHERE line = $1 AND to_line IS NOT DISTINCT FROM $2 AND kind = $3 AND amount = $4"
        " AND reason = $5 AND document = $6 AND proposed_by = $7 AND status = 'proposed'",
        line, to_line, new.kind.value, new.amount, new.reason, new.document, actor.person_id,
    )  # fmt: skip
    return row["id"] if row else None


def _facts(line: Row) -> LineOfChange:
    return LineOfChange(line["id"], line["year"], line["free"])


async def approve_change(change: UUID, actor: Actor, now: datetime) -> None:
    """Agree as the second person; the money moves in the same act. Raises Forbidden, Conflict, NotFound."""
    async with transaction():
        row = await _decide(change, ChangeStatus.APPROVED, "", actor, now)
        line = await queries.line_money(row["line"])
        source, amount, kind = Source("budget_change", str(change)), row["amount"], ChangeKind(row["kind"])
        if kind == ChangeKind.SUPPLEMENT:
            await post(line["ledger_line"], Posting.APPROPRIATE, amount, source, now)
        else:
            await post(line["ledger_line"], Posting.WITHDRAW, amount, source, now)
        if kind == ChangeKind.TRANSFER:
            target = await queries.line_money(row["to_line"])
            await post(target["ledger_line"], Posting.APPROPRIATE, amount, source, now)
        if kind == ChangeKind.CARRY_OVER:
            await _carry_over(row, line, actor, now)


async def _carry_over(row: Row, line: Row, actor: Actor, now: datetime) -> None:
    """A line of the next year that says where its money comes from, with the same codes."""
    codes = {name: line[name] for name in queries.CODES}
    new = NewAllotment(
        line["year"] + 1, line["item_code"], line["title"], line["buyer"], row["amount"], row["document"], codes,
        carried_from=line["id"],
    )  # fmt: skip
    await open_budget_line(new, actor, now, Source("budget_change", str(row["id"])))


async def refuse_change(change: UUID, note: str, actor: Actor, now: datetime) -> None:
    """Say no, with the reason; no money moves."""
    async with transaction():
        await _decide(change, ChangeStatus.REFUSED, note, actor, now)


async def _decide(change: UUID, to: ChangeStatus, note: str, actor: Actor, now: datetime) -> Row:
    row = await fetchrow("SELECT * FROM budget_change WHERE id = $1 FOR UPDATE", change)
    if row is None:
        raise NotFound()
    check_may_decide(actor, row["proposed_by"])
    status = move(CHANGE_TRANSITIONS, row["status"], to=to)
    await execute(
        "UPDATE budget_change SET status = $2, decided_by = $3, decided_at = $4, decision_note = $5 WHERE id = $1",
        change, status.value, actor.person_id, now, note,
    )  # fmt: skip
    detail = {"kind": row["kind"], "amount": str(row["amount"]), "document": row["document"]}
    await record(f"budget.change_{to.value}", ("budget_change", str(change)), actor, detail, now)
    return dict(row)


async def changes_of(line: UUID) -> list[Row]:
    """Every change asked for a line, or towards it, newest first."""
    rows = await fetch(_CHANGES + " WHERE c.line = $1 OR c.to_line = $1 ORDER BY c.proposed_at DESC", line)
    return [dict(r) for r in rows]


async def change_page(change: UUID, actor: Actor) -> Row:
    """One change, for who may see its line. Raises NotFound."""
    row = await fetchrow(_CHANGES + " WHERE c.id = $1", change)
    if row is None or not (queries.sees_all_lines(actor) or row["buyer"] == actor.organisation_id):
        raise NotFound()
    return dict(row)


async def changes_to_decide(actor: Actor) -> list[Row]:
    """Changes that wait for this person of finance."""
    rows = await fetch(_CHANGES + " WHERE c.status = 'proposed' AND c.proposed_by <> $1 ORDER BY c.proposed_at",
                       actor.person_id)  # fmt: skip
    return [dict(r) for r in rows]
