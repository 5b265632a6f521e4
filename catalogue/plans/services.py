"""Allot a budget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from catalogue.items.queries import item_by_code
from catalogue.plans.tables import BudgetLine
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import fetchval, insert, transaction
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.ledger.services import Posting, Source, open_line, post
from marketplace.kernel.references.services import next_reference


@dataclass(frozen=True)
class NewAllotment:
    """What finance sets aside: for which item, for which buyer, by which document. Amount in yuan."""

    year: int
    item_code: str
    title: str
    buyer: UUID
    amount: Decimal
    source_document: str
    codes: Mapping[str, str] = field(default_factory=dict)
    carried_from: UUID | None = None


async def allot_budget(new: NewAllotment, actor: Actor, now: datetime) -> UUID:
    """Open a budget line and appropriate its money; only items of the directory may be bought (R-GPS-05).

    Raises FormRefused when just this line was allotted already: the form was sent twice.
    """
    return await open_budget_line(new, actor, now, None)


async def open_budget_line(new: NewAllotment, actor: Actor, now: datetime, source: Source | None) -> UUID:
    """A line with its first money; the source is the line itself unless another act caused it."""
    actor.check_may(Permission.ALLOT_BUDGET)
    await item_by_code(new.item_code)
    async with transaction():
        ledger_line = await open_line()
        reference = await next_reference("YS", new.year)  # two who allot at once wait for each other here
        if source is None:
            await _refuse_a_second_time(new)
        line: UUID = await insert(
            BudgetLine, reference=reference, year=new.year, item_code=new.item_code, title=new.title, buyer=new.buyer,
            ledger_line=ledger_line, source_document=new.source_document, allotted_by=actor.person_id, allotted_at=now,
            carried_from=new.carried_from, **new.codes,
        )  # fmt: skip
        await post(ledger_line, Posting.APPROPRIATE, new.amount, source or Source("budget_line", str(line)), now)
        detail = {"reference": reference, "amount": str(new.amount), "document": new.source_document}
        await record("budget.allotted", ("budget_line", str(line)), actor, detail, now)
    return line


async def _refuse_a_second_time(new: NewAllotment) -> None:
    earlier = await fetchval(
        "SELECT b.reference FROM budget_line b JOIN ledger_posting p ON p.line = b.ledger_line"
        " WHERE b.year = $1 AND b.item_code = $2 AND b.title = $3 AND b.buyer = $4 AND b.source_document = $5"
        " AND p.kind = 'appropriate' AND p.amount = $6",
        new.year, new.item_code, new.title, new.buyer, new.source_document, new.amount,
    )  # fmt: skip
    if earlier:
        words = N_("同一份文件已经下达过完全相同的一条：{earlier}，这次没有再下达。确实要再下达一条的，请改名称。")
        raise FormRefused({"source_document": say(words, earlier=earlier)})
