"""The book of accounts: each entry has two sides, nothing else moves it, and earlier rows stand in it too."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from importlib import import_module
from typing import Any

import asyncpg
import httpx
import pytest

from contracts.deposits.queries import list_deposits
from contracts.treasury.book_queries import account_sums, balances_of, entries_of, on_account, trial_balance
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, transaction
from marketplace.kernel.ledger.accounts import CAUSE_WORDS, CHART, Account
from marketplace.kernel.settings import PROJECT_FOLDER
from marketplace.verify_accounts import ACCOUNT_IDENTITIES
from marketplace.verify_ledger import first_difference
from marketplace.verify_ledger_command import words
from tests.builders_contracts import APRIL, a_closed_month, a_contract_in_force, a_paid_milestone, accept, closing_time
from tests.cast import actor
from tests.marketplace.ledger.test_verify import a_world_of_money, a_world_of_parts
from tests.pages import sign_in

opening = import_module("migrations.contracts.contracts_20261127_accounts_raw")
D = Decimal
ENTRY = (
    "INSERT INTO account_posting (debit, credit, amount, about_kind, about, source_kind, source_id, posted_at)"
    " VALUES ('{}', '{}', {}, 'contract', '00000000-0000-4000-8000-000000000001', 'x', 'x', now())"
)


async def book() -> list[tuple[Any, ...]]:
    """Every entry in an order that does not depend on when it was written."""
    rows = await fetch(
        "SELECT about, source_kind, source_id, debit, credit, amount, posted_at FROM account_posting ORDER BY 1,2,3,4,5"
    )
    return [tuple(row) for row in rows]


@pytest.mark.parametrize(
    "sql",
    [
        ENTRY.format("5001", "230201", "-1"),
        ENTRY.format("5001", "5001", "1"),
        ENTRY.format("5001", "9999", "1"),
        ENTRY.format("B01", "230702", "1"),  # a guarantee is no money
        ENTRY.format("230201", "4001", "20.01"),  # nothing is paid that is not owed
        "UPDATE account_posting SET amount = 1",
        "DELETE FROM account_posting",
        "TRUNCATE account_posting",
        "UPDATE account_balance SET debit = debit + 1, credit = credit + 1",
        "INSERT INTO account_balance (id, about_kind, about, account, debit, credit)"
        " VALUES (gen_random_uuid(), 'contract', gen_random_uuid(), '5001', 1, 0)",
        "DELETE FROM account_balance",
        "TRUNCATE account_balance",
    ],
)
async def test_no_statement_breaks_the_book(db: Any, sql: str) -> None:
    await execute(ENTRY.format("5001", "230201", "20"))
    with pytest.raises((asyncpg.IntegrityConstraintViolationError, asyncpg.RaiseError)):
        async with transaction():
            await execute(sql)
    stands = {row["account"]: (row["debit"], row["credit"]) for row in await fetch("SELECT * FROM account_balance")}
    assert stands == {"5001": (20, 0), "230201": (0, 20)}


async def test_acceptance_makes_a_debt_that_the_payment_settles(db: Any) -> None:
    world = await a_contract_in_force()
    await a_closed_month(world)
    await accept(world, 1, closing_time(world, APRIL))
    accepted = await fetchrow("SELECT * FROM acceptance")
    assert accepted is not None
    now = {row["account"]: row["balance"] for row in await balances_of(world.contract)}
    assert now == {Account.PAYABLE: accepted["amount"], Account.SERVICES: accepted["amount"]}
    [entry] = await entries_of(world.contract, Account.PAYABLE)
    assert entry["path"] == f"/contracts/{world.reference}/acceptance/1" and entry["source_kind"] == "acceptance"


async def test_what_is_paid_is_owed_no_more_and_both_books_say_the_same(db: Any) -> None:
    world = await a_contract_in_force()
    await a_paid_milestone(world)
    paid = await fetchval("SELECT amount FROM payment")
    now = {row["account"]: row["balance"] for row in await balances_of(world.contract)}
    assert now == {Account.PAYABLE: 0, Account.APPROPRIATION: paid, Account.SERVICES: paid}
    assert await fetchval("SELECT sum(paid) FROM ledger_line") == paid


async def test_the_part_of_a_dispute_that_is_not_owed_and_late_interest_stand_in_the_book(db: Any) -> None:
    await a_world_of_parts()
    contract = await fetchval("SELECT id FROM contract")
    accepted = await fetchval("SELECT amount FROM acceptance")
    now = {row["account"]: row["balance"] for row in await balances_of(contract)}
    interest = await fetchval("SELECT amount FROM late_interest")
    assert now[Account.PAYABLE] == accepted - 50 and now[Account.INTEREST_PAYABLE] == interest > 0
    dispute = [e for e in await entries_of(contract) if e["source_kind"] == "payment_dispute"]
    assert [(e["debit"], e["credit"], e["amount"]) for e in dispute] == [("230201", "5001", D("50.00"))]


async def test_rows_of_before_the_book_get_the_same_entries_once(db: Any) -> None:
    await a_world_of_money()
    before = await book()
    kept = await fetch("SELECT about, account, debit, credit FROM account_balance ORDER BY 1, 2")
    assert {row[1] for row in before} == {"acceptance", "payment", "deposit_movement"}
    for table in ("account_posting", "account_balance"):
        await execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        await execute(f"DELETE FROM {table}")
        await execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    assert (await first_difference()) is not None, "a book that was never opened is named"
    for _ in range(2):
        for sql in (*opening.UP, *opening.OPENING):
            await execute(sql)
        assert await book() == before
    assert await fetch("SELECT about, account, debit, credit FROM account_balance ORDER BY 1, 2") == kept
    difference = await first_difference()
    assert difference is None, words(difference)


ABOUT_CONTRACT = "(SELECT id FROM contract), 'payment', (SELECT id::text FROM payment LIMIT 1)"
ABOUT_DEPOSIT = "(SELECT id FROM deposit), 'deposit_movement', (SELECT id::text FROM deposit_movement LIMIT 1)"
# an entry that balances and has a cause, and yet says what never was
FORGED = {
    "account_cause": ("5001", "230201", "(SELECT id FROM contract), 'payment', 'nobody'"),
    "accrual": ("5001", "230201", "(SELECT id FROM contract), 'acceptance', (SELECT id::text FROM acceptance LIMIT 1)"),
    "accrued": ("5001", "230201", ABOUT_CONTRACT),
    "waiting": ("5001", "230203", ABOUT_CONTRACT),
    "accrued_interest": ("5901", "230202", ABOUT_CONTRACT),
    "prepaid": ("5001", "1214", ABOUT_CONTRACT),
    "costs": ("5001", "100202", ABOUT_CONTRACT),
    "appropriation": ("100202", "4001", ABOUT_CONTRACT),
    "fees": ("100201", "2103", ABOUT_CONTRACT),
    "fee_money": ("1218", "100202", ABOUT_CONTRACT),
    "kept": ("1214", "230702", ABOUT_DEPOSIT),
    "kept_money": ("1214", "100202", ABOUT_DEPOSIT),
    "memorandum": ("B01", "B02", ABOUT_DEPOSIT),
    "forfeits": ("1218", "2103", ABOUT_DEPOSIT),
    "claims": ("1218", "1214", ABOUT_DEPOSIT),
    "deposit_interest": ("5901", "230703", ABOUT_DEPOSIT),
}


async def test_an_entry_that_says_what_never_was_is_named(db: Any) -> None:
    await a_world_of_money()
    for name, (debit, credit, why) in FORGED.items():
        with pytest.raises(ZeroDivisionError):  # taken back each time
            async with transaction():
                await execute(
                    "INSERT INTO account_posting (debit, credit, amount, about_kind, about, source_kind, source_id,"
                    f" posted_at) SELECT '{debit}', '{credit}', 0.01, 'contract', {why}, now()"
                )
                difference = await first_difference()
                assert difference is not None and difference.identity.name == name, name
                raise ZeroDivisionError
    # the next look at rows that no honest statement can change
    await execute("ALTER TABLE account_balance DISABLE TRIGGER USER")
    await execute("UPDATE account_balance SET debit = debit + 0.01 WHERE account = '5001'")
    difference = await first_difference()
    assert difference is not None and difference.identity.name == "accounts"
    assert {each.name for each in ACCOUNT_IDENTITIES} == {*FORGED, "accounts", "trial", "remitted"}


async def test_every_total_is_the_sum_of_the_rows_below_it(db: Any) -> None:
    await a_world_of_money()
    now = at_county_time(date(2027, 1, 4), 9)
    rows = await trial_balance(now)
    assert sum(r["debit"] for r in rows) == sum(r["credit"] for r in rows) > 0
    for row in rows:
        listed = (await on_account(row["account"], now)).rows
        sums = await account_sums(row["account"], now)
        for side in ("debit", "credit"):
            assert row[side] == sums[side] == sum(each[side] for each in listed), (row["account"], side)
    for about in {each["about"] for each in await fetch("SELECT about FROM account_balance")}:
        for row in await balances_of(about):
            entries = await entries_of(about, row["account"])
            assert row["debit"] == sum(e["amount"] for e in entries if e["debit"] == row["account"])
            assert row["credit"] == sum(e["amount"] for e in entries if e["credit"] == row["account"])
            assert all(e["path"] for e in entries)


async def test_a_guarantee_is_a_memorandum_and_no_money(db: Any) -> None:
    await a_world_of_money()
    finance = await actor("sun.yue", at_county_time(date(2026, 5, 6), 9))
    found = await list_deposits(finance, at_county_time(date(2026, 5, 6), 9))
    assert (found.money["held"], found.guarantees["held"]) == (0, D("24900.00"))
    rows = {r["account"]: r["balance"] for r in await trial_balance(at_county_time(date(2026, 5, 6), 9))}
    assert rows[Account.GUARANTEES] == rows[Account.GUARANTORS] == D("24900.00") and rows[Account.BONDS] == 0


async def test_finance_reads_down_to_the_cause_and_a_party_its_own_contract(client: httpx.AsyncClient) -> None:
    await a_world_of_money()
    reference = await fetchval("SELECT reference FROM contract")
    deposit = await fetchval("SELECT reference FROM deposit")
    await sign_in(client, "sun.yue")
    books = (await client.get("/books")).text
    assert 'href="/books/230201"' in books and "应付账款" in books and "备查" in books
    account = (await client.get("/books/4001")).text
    assert f'href="/contracts/{reference}/book?account=4001"' in account
    entries = (await client.get(f"/contracts/{reference}/book?account=4001")).text
    payment = re.search(r'href="(/payments/FK-[^"]+)"', entries)
    assert payment and (await client.get(payment[1])).status_code == 200
    assert f'href="/deposits/{deposit}/book?account=B01"' in (await client.get("/books/B01")).text
    assert "B02" in (await client.get(f"/deposits/{deposit}/book")).text
    assert "Payable: price of services" in (await client.get("/en/books")).text
    for path in ("/books/9999", "/contracts/HT-NOBODY/book", f"/contracts/{reference}/book?account=9999"):
        assert (await client.get(path)).status_code == 404, path
    await sign_in(client, "li.qiang")
    assert (await client.get(f"/contracts/{reference}/book")).status_code == 200
    assert (await client.get("/books")).status_code == 403
    await sign_in(client, "tan.rong")  # another office
    assert (await client.get(f"/contracts/{reference}/book")).status_code == 404
    assert (await client.get(f"/deposits/{deposit}/book")).status_code == 404


def test_the_chart_is_written_out_with_every_cause() -> None:
    document = (PROJECT_FOLDER / "docs" / "accounts.md").read_text(encoding="utf-8")
    for account, line in CHART.items():
        assert f"| {account} | {line.name} |" in document, account
        assert f"| {line.side} |" in document
    assert all(f"`{cause}`" in document for cause in CAUSE_WORDS)
    assert list(CHART) == list(Account)
