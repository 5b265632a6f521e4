"""The accounts as finance reads them: every total down to its contracts and deposits, and to the entries behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.agreements.names import TITLE_EN
from contracts.agreements.queries import contract_facts
from contracts.agreements.rules import is_party
from contracts.deposits.queries import deposit_page
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetch, fetchrow
from marketplace.kernel.errors import NotFound
from marketplace.kernel.ledger.accounts import CHART, Account, balance

Row = dict[str, Any]
PAGE_SIZE = 100

# before its deadline a bid deposit exists for its bidder alone, in sums too (R-DOC-08)
_STANDING = """
FROM account_balance b LEFT JOIN contract c ON b.about_kind = 'contract' AND c.id = b.about
LEFT JOIN deposit d ON b.about_kind = 'deposit' AND d.id = b.about
LEFT JOIN listing l ON l.id = coalesce(c.listing, d.listing)
LEFT JOIN provider p ON p.id = coalesce(c.provider, d.provider) LEFT JOIN organisation o ON o.id = p.organisation
WHERE (c.id IS NOT NULL OR d.kind = 'performance' OR l.closes_at <= $1 OR l.ended_at IS NOT NULL)
"""
# an entry with the page of its cause
_ENTRIES = """
SELECT g.id, g.debit, g.credit, g.amount, g.source_kind, g.posted_at, coalesce(
    '/contracts/' || (SELECT c.reference || '/acceptance/' || m.position FROM acceptance a
      JOIN contract c ON c.id = a.contract JOIN contract_milestone m ON m.id = a.milestone
      WHERE a.id = CASE g.source_kind WHEN 'acceptance' THEN g.source_id::uuid END),
    '/payments/' || (SELECT y.reference FROM payment y
      WHERE y.id = CASE g.source_kind WHEN 'payment' THEN g.source_id::uuid END),
    '/payments/' || (SELECT y.reference FROM late_interest x JOIN payment y ON y.id = x.payment
      WHERE x.id = CASE g.source_kind WHEN 'late_interest' THEN g.source_id::uuid END),
    '/invoices/' || (SELECT i.reference FROM payment_dispute x JOIN invoice i ON i.id = x.invoice
      WHERE x.id = CASE g.source_kind WHEN 'payment_dispute' THEN g.source_id::uuid END),
    '/invoices/' || (SELECT i.reference FROM late_credit k JOIN invoice i ON i.id = k.invoice
      WHERE k.id = CASE g.source_kind WHEN 'late_credit' THEN g.source_id::uuid END),
    '/invoices/' || (SELECT i.reference FROM handover_wait x JOIN invoice i ON i.id = x.invoice
      WHERE x.id = CASE g.source_kind WHEN 'handover_wait' THEN g.source_id::uuid END),
    '/fees/' || (SELECT f.reference FROM fee_movement x JOIN fee f ON f.id = x.fee
      WHERE x.id = CASE g.source_kind WHEN 'fee_movement' THEN g.source_id::bigint END),
    '/amendments/' || (SELECT x.reference FROM contract_amendment x
      WHERE x.id = CASE g.source_kind WHEN 'contract_amendment' THEN g.source_id::uuid END),
    '/amendments/' || (SELECT x.reference FROM advance_claim k JOIN contract_amendment x ON x.id = k.amendment
      WHERE k.id = CASE g.source_kind WHEN 'advance_claim' THEN g.source_id::uuid END),
    '/contracts/' || (SELECT c.reference FROM contract c WHERE g.about_kind = 'contract' AND c.id = g.about),
    '/deposits/' || (SELECT d.reference FROM deposit d WHERE g.about_kind = 'deposit' AND d.id = g.about)) AS path
FROM account_posting g
"""


@dataclass(frozen=True)
class AccountPage:
    """One page of the contracts and deposits on an account."""

    rows: list[Row]
    number: int
    pages: int
    total: int

    def url_for(self, number: int) -> str:
        """The address of another page of the same list."""
        return f"?number={number}"


def _with_balance(row: Any) -> Row:
    account = Account(row["account"])
    return {**row, "account": account, "line": CHART[account], "balance": balance(account, row)}


async def trial_balance(now: datetime) -> list[Row]:
    """Every account with what was debited and credited in all, its `balance` on its own side, and its chart line."""
    rows = await fetch(
        "SELECT b.account, sum(b.debit) AS debit, sum(b.credit) AS credit" + _STANDING + " GROUP BY b.account", now
    )
    found = {row["account"]: dict(row) for row in rows}
    nothing = {"debit": Decimal("0.00"), "credit": Decimal("0.00")}
    return [_with_balance({"account": each, **found.get(each, nothing)}) for each in Account]


async def account_sums(account: Account, now: datetime) -> Row:
    """What stands on one account in all, and for how many contracts and deposits under `count`."""
    row = await fetchrow(
        "SELECT coalesce(sum(b.debit), 0) AS debit, coalesce(sum(b.credit), 0) AS credit, count(*) AS count"
        + _STANDING + " AND b.account = $2", now, account.value,
    )  # fmt: skip
    assert row is not None
    return _with_balance({**row, "account": account})


async def on_account(account: Account, now: datetime, number: int = 1) -> AccountPage:
    """The contracts and deposits on an account, what still stands there first."""
    total = (await account_sums(account, now))["count"]
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(1, number), pages)
    rows = await fetch(
        "SELECT b.account, b.about_kind, b.debit, b.credit, coalesce(c.reference, d.reference) AS reference,"
        f" coalesce(c.title, l.title) AS title, CASE WHEN c.id IS NULL THEN l.title_en ELSE {TITLE_EN} END AS title_en,"
        " o.name AS provider_name, o.name_en AS provider_name_en" + _STANDING + " AND b.account = $2"
        f" ORDER BY b.debit = b.credit, 5 DESC LIMIT {PAGE_SIZE} OFFSET $3",
        now, account.value, (number - 1) * PAGE_SIZE,
    )  # fmt: skip
    return AccountPage([_with_balance(r) for r in rows], number, pages, total)


async def entries_of(about: UUID, account: Account | None = None) -> list[Row]:
    """The entries of a contract or deposit, on one account or on all, the first first; callers guard it."""
    rows = await fetch(
        _ENTRIES + " WHERE g.about = $1 AND ($2 = '' OR $2 IN (g.debit, g.credit)) ORDER BY g.id",
        about, account.value if account else "",
    )  # fmt: skip
    return [dict(r) for r in rows]


async def balances_of(about: UUID) -> list[Row]:
    """Where the money of a contract or deposit stands, by account; callers guard it."""
    rows = await fetch("SELECT account, debit, credit FROM account_balance WHERE about = $1 ORDER BY account", about)
    return [_with_balance(r) for r in rows]


async def book_owner(kind: str, reference: str, actor: Actor, now: datetime) -> Row:
    """The contract or deposit whose entries its parties and those who read everything may see. Raises NotFound."""
    if kind == "deposits":
        return await deposit_page(reference, actor, now)
    if kind != "contracts":
        raise NotFound()
    contract = await contract_facts(reference, visible_to=actor)
    if not (is_party(actor, contract) or actor.may(Permission.READ_EVERYTHING)):
        raise NotFound()
    return contract
