"""What the lines of a voucher file pay, and to which account: the one that stood when the file was made."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.billing.finance_fields import FINANCE_FIELDS
from contracts.billing.other_account import OTHER
from contracts.billing.rules import ACCOUNT, purpose_of
from marketplace.gateways.treasury_files import PaymentOrder
from marketplace.kernel.db import fetch
from marketplace.kernel.private_columns import reveal

Row = dict[str, Any]

# an account confirmed later belongs to a later file; one is new until its provider was paid to it
_ACCOUNTS = """
SELECT l.payment, l.amount, y.status = 'sent' AND y.voucher_file = f.id AS is_waiting, i.reference AS invoice,
  c.id AS contract, p.organisation, coalesce(n.bank, i.bank) AS bank, n.bank_account AS other, i.bank_account AS named,
  NOT EXISTS (SELECT 1 FROM payment z JOIN invoice j ON j.id = z.invoice JOIN contract d ON d.id = j.contract
    LEFT JOIN LATERAL (SELECT a.bank_account_hash FROM invoice_account a WHERE a.invoice = j.id
      AND a.confirmed_at IS NOT NULL ORDER BY a.stated_at DESC LIMIT 1) m ON true
    WHERE d.provider = c.provider AND z.status = 'paid' AND z.id <> l.payment
    AND coalesce(m.bank_account_hash, j.bank_account_hash) = coalesce(n.bank_account_hash, i.bank_account_hash)
  ) AS is_new
FROM voucher_line l JOIN voucher_file f ON f.id = l.voucher_file JOIN payment y ON y.id = l.payment
JOIN invoice i ON i.id = y.invoice JOIN contract c ON c.id = i.contract JOIN provider p ON p.id = c.provider
LEFT JOIN LATERAL (SELECT a.bank, a.bank_account, a.bank_account_hash FROM invoice_account a WHERE a.invoice = i.id
  AND a.confirmed_at <= f.made_at ORDER BY a.stated_at DESC LIMIT 1) n ON true
WHERE l.voucher_file = $1 ORDER BY l.number
"""


async def accounts_in_voucher(voucher: UUID) -> dict[UUID, Row]:
    """By payment, in the order of the lines: `bank`, the whole number under `account`, and what else the line is.

    `is_new`: nothing was paid to the account before; `is_waiting`: the treasury has not answered this line.
    """
    rows = await fetch(_ACCOUNTS, voucher)
    return {
        row["payment"]: {
            **row, "account": reveal(row["other"], OTHER) if row["other"] else reveal(row["named"], ACCOUNT),
        }
        for row in rows
    }  # fmt: skip


def order_of(payment: Mapping[str, Any], amount: Decimal, bank: str, account: str) -> PaymentOrder:
    """One payment as a line of a voucher file."""
    return PaymentOrder(
        payee=payment["provider_name"], bank=bank, bank_account=account, amount=amount,
        purpose=purpose_of(payment["part"], payment["contract_title"]), contract=payment["contract_reference"],
        milestone=payment["milestone_title"], invoice=payment["invoice_number"],
        codes={name: str(payment.get(name) or "") for name in FINANCE_FIELDS},
    )  # fmt: skip
