"""The proof of the ledger: a year's start holds, and one row changed behind its back is named."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from contracts.billing.disputes import raise_dispute, settle_dispute
from contracts.billing.interest import approve_interest
from contracts.deposits.forms import GUARANTEE
from contracts.deposits.queries import asked_for_contract
from contracts.deposits.services import HandedPaper, hand_in_guarantee
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute, fetchval
from marketplace.kernel.forms import Bound, parse
from marketplace.verify_ledger import IDENTITIES, first_difference
from marketplace.verify_ledger_command import words
from tests.builders_catalogue import a_published_listing
from tests.builders_contracts import DRAWN_UP, a_contract_in_force, a_paid_milestone, an_invoice_submitted
from tests.builders_vendors import a_store
from tests.pages import sign_in

PDF = b"%PDF-1.7\n1\n%%EOF\n"


async def a_world_of_money() -> None:
    """A paid milestone, a listing that is open, a bond held."""
    await a_published_listing(at_county_time(date(2026, 3, 2), 9))
    world = await a_contract_in_force()
    await a_paid_milestone(world)
    await execute(
        "INSERT INTO listing_terms (id, listing, performance_bond) VALUES (gen_random_uuid(), $1, 5)"
        " ON CONFLICT (listing) DO UPDATE SET performance_bond = 5", world.facts["listing"],
    )  # fmt: skip
    asked = await asked_for_contract(world.reference, world.director)
    typed = {
        "issuer": "农商银行", "guarantee_number": "BH-1", "amount": str(asked.amount),
        "valid_until": date(2027, 12, 31).isoformat(),
    }  # fmt: skip
    paper = HandedPaper("保函.pdf", PDF)
    await hand_in_guarantee(asked, parse(GUARANTEE, typed), paper, a_store(), world.director, DRAWN_UP)


async def a_world_of_parts() -> None:
    """An invoice of which a part was disputed and found to be half owed, and the interest for paying it late."""
    world = await a_contract_in_force()
    reference = await an_invoice_submitted(world)
    now, late = at_county_time(date(2026, 5, 5), 9), at_county_time(date(2026, 7, 1), 9)
    part = Bound(values={"amount": Decimal("100.00"), "reason": "缺记录", "clause": "第七条"})
    dispute = await raise_dispute(reference, part, world.reviewer, now)
    half = Bound(
        values={"to_pay": Decimal("50.00"), "settlement": "协商", "document_kind": "award", "document_number": "1号"}
    )
    await settle_dispute(dispute, half, world.signer, now)
    await approve_interest(reference, world.finance, late)


async def test_all_identities_hold_after_real_work(db: Any) -> None:
    await a_world_of_money()
    difference = await first_difference()
    assert difference is None, words(difference)
    assert await fetchval("SELECT count(*) FROM payment WHERE status = 'paid'") == 1
    assert await fetchval("SELECT sum(held) FROM deposit") == Decimal("24900.00")


TAMPERED = {
    "line": ("ledger_line", "UPDATE ledger_line SET free = free + 0.01 WHERE paid > 0"),
    "postings.appropriated": (
        "ledger_line", "UPDATE ledger_line SET appropriated = appropriated + 1, free = free + 1 WHERE paid > 0",
    ),
    "postings.free": (
        "ledger_line", "UPDATE ledger_line SET reserved = reserved + 1, free = free - 1 WHERE paid > 0",
    ),
    "postings.reserved": (
        "ledger_line", "UPDATE ledger_line SET reserved = reserved + 1, committed = committed - 1 WHERE paid > 0",
    ),
    "postings.committed": (
        "ledger_line", "UPDATE ledger_line SET committed = committed + 0.01, paid = paid - 0.01 WHERE paid > 0",
    ),
    "cause": ("ledger_posting", "UPDATE ledger_posting SET source_id = 'nobody' WHERE kind = 'pay'"),
    "reserve": ("listing", "UPDATE listing SET status = 'failed' WHERE status = 'published'"),
    "commitment": ("contract", "UPDATE contract SET amount = amount + 0.01"),
    "milestones": ("contract_milestone", "UPDATE contract_milestone SET amount = amount + 0.01 WHERE position = 2"),
    "payable": ("contract_milestone", "UPDATE contract_milestone SET status = 'cancelled' WHERE position = 2"),
    "acceptance": ("acceptance", "UPDATE acceptance SET amount = amount - 0.01"),
    "invoice": ("invoice", "UPDATE invoice SET amount = amount + 0.01"),
    "invoiced": ("invoice", "UPDATE invoice SET amount = amount + 1, payable = payable + 1 WHERE NOT is_settlement"),
    "dispute": ("payment_dispute", "UPDATE payment_dispute SET to_pay = to_pay - 1, amount = amount - 1"),
    "interest": ("late_interest", "UPDATE late_interest SET amount = amount + 0.01"),
    "payment": ("payment", "UPDATE payment SET amount = amount - 0.01"),
    "paid": ("payment", "UPDATE payment SET status = 'sent'"),
    "voucher": ("voucher_file", "UPDATE voucher_file SET total = total + 0.01"),
    "no_lines": ("voucher_line", "DELETE FROM voucher_line"),
    "change": (
        "budget_change", "INSERT INTO budget_change (id, kind, line, amount, reason, document, status, proposed_by,"
        " proposed_at, decided_by, decided_at) SELECT gen_random_uuid(), 'supplement', b.id, 1, '追加', '文1',"
        " 'approved', p.a, now(), p.b, now() FROM budget_line b, (SELECT (array_agg(id))[1] AS a,"
        " (array_agg(id))[2] AS b FROM person) p LIMIT 1",
    ),
    "settled": ("invoice", "UPDATE invoice SET status = 'approved'"),
    "milestone": ("contract_milestone", "UPDATE contract_milestone SET status = 'paid' WHERE status = 'invoiced'"),
    "deposit.received": ("deposit", "UPDATE deposit SET received = received + 1, held = held + 1"),
    "deposit.held": ("deposit", "UPDATE deposit SET held = held - 1, returned = returned + 1"),
    "deposit.returned": ("deposit_movement", "UPDATE deposit_movement SET kind = 'return'"),
}  # fmt: skip
# where one change breaks several, the first in order is named
ALSO = {
    "no_lines": {"voucher"}, "dispute": {"invoice"}, "acceptance": {"payable"},
    "deposit.returned": {"deposit.received"},
}  # fmt: skip


@pytest.mark.parametrize("name", list(TAMPERED))
async def test_one_row_changed_behind_the_back_is_named(db: Any, name: str) -> None:
    await (a_world_of_parts() if name in ("invoiced", "dispute", "interest", "milestone") else a_world_of_money())
    table, change = TAMPERED[name]
    await execute("SET CONSTRAINTS ALL IMMEDIATE")
    await execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    await execute("ALTER TABLE ledger_line DROP CONSTRAINT ledger_identity_holds")
    await execute(change)
    difference = await first_difference()
    assert difference is not None
    assert difference.identity.name in {name, *ALSO.get(name, set())}, words(difference)
    assert difference.subject and difference.expected != difference.found


def test_each_identity_has_its_own_name() -> None:
    assert len({each.name for each in IDENTITIES}) == len(IDENTITIES)


async def test_finance_and_the_auditor_read_the_proof_and_nobody_else(client: httpx.AsyncClient) -> None:
    await a_world_of_money()
    await sign_in(client, "sun.yue")
    assert "恒等式都成立" in (await client.get("/budget/proof")).text
    await execute("ALTER TABLE payment DISABLE TRIGGER USER")
    await execute("UPDATE payment SET amount = amount - 0.01")
    assert "付款金额 = 发票要付的" in (await client.get("/budget/proof")).text
    assert "A payment = what is to be paid of its invoice" in (await client.get("/en/budget/proof")).text
    await sign_in(client, "wang.min")
    assert (await client.get("/budget/proof")).status_code == 403
