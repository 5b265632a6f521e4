"""What the demo county tells of one contract's whole year, and that its money is found again down to the visits."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any
from uuid import UUID

import httpx

from marketplace.demo.county.needs import AFTER_N1, N1, Need
from marketplace.kernel.db import fetch, fetchrow, fetchval
from marketplace.verify_ledger import first_difference
from tests.benchmarks.measured import asked
from tests.pages import sign_in, words

MOST_QUESTIONS, VISITS_A_MONTH = 8, 3
PRICE, DEDUCTED, ADDED, INTEREST, BOND = (
    Decimal(each) for each in ("488000.00", "203.50", "14640.00", "27.10", "24400.00")
)


async def a_whole_year_is_told() -> None:
    """N1: accepted by the month; one sent back, one deducted from, one paid late; bond back, residents handed over."""
    contract = await _contract(N1)
    assert contract["status"] == "completed"
    await _a_year_of_visits(contract["id"])
    await _accepted_with_everything_that_may_happen(contract["id"])
    await _paid_in_time_but_once(contract)
    await _bond_and_residents(contract["id"])
    assert await first_difference() is None


async def _contract(need: Need) -> dict[str, Any]:
    row = await fetchrow(
        "SELECT c.id, c.status, c.provider, line.ledger_line FROM contract c JOIN listing l ON l.id = c.listing"
        " JOIN budget_line line ON line.id = l.budget_line WHERE l.title = $1 AND l.service_from = $2",
        need.title, need.service_from,
    )  # fmt: skip
    return dict(row or {})


async def _a_year_of_visits(contract: UUID) -> None:
    months = await fetch(
        "SELECT m.month, m.visit_count, sum(v.minutes)::int AS minutes, bool_and(v.status = 'approved') AS approved,"
        " bool_and(r.confirmed_by <> '') AS confirmed FROM month_close m JOIN month_line l ON l.month_close = m.id"
        " JOIN visit v ON v.id = l.visit LEFT JOIN visit_record r ON r.visit = v.id WHERE m.contract = $1"
        " GROUP BY 1, 2 ORDER BY 1",
        contract,
    )
    assert [tuple(row) for row in months] == [
        (date(2024, month, 1), VISITS_A_MONTH, VISITS_A_MONTH * 180, True, True) for month in range(1, 13)
    ]


async def _accepted_with_everything_that_may_happen(contract: UUID) -> None:
    assert await fetchval("SELECT count(*) FROM acceptance WHERE contract = $1", contract) == 13
    sent_back = await fetch(
        "SELECT m.position, m.status, m.amount - a.amount AS deducted FROM acceptance_rejection r"
        " JOIN contract_milestone m ON m.id = r.milestone JOIN acceptance a ON a.milestone = m.id"
        " WHERE m.contract = $1",
        contract,
    )
    assert [tuple(row) for row in sent_back] == [(5, "paid", Decimal(0))]  # mended, and paid whole
    less = await fetch(
        "SELECT m.position, sum(d.amount) FROM acceptance_deduction d JOIN acceptance a ON a.id = d.acceptance"
        " JOIN contract_milestone m ON m.id = a.milestone WHERE a.contract = $1 GROUP BY 1",
        contract,
    )
    assert [tuple(row) for row in less] == [(3, DEDUCTED)], less
    changed = await fetch("SELECT kind, status, amount FROM contract_amendment WHERE contract = $1", contract)
    assert [tuple(row) for row in changed] == [("supplement", "in_force", ADDED)]


async def _paid_in_time_but_once(contract: dict[str, Any]) -> None:
    late = await fetch(
        "SELECT m.position, t.through_on - t.from_on + 1, t.amount, p.status, r.reason <> '' FROM late_interest t"
        " JOIN payment p ON p.id = t.payment JOIN invoice i ON i.id = t.invoice"
        " JOIN acceptance a ON a.id = i.acceptance JOIN contract_milestone m ON m.id = a.milestone"
        " JOIN delay_reason r ON r.invoice = i.id WHERE i.contract = $1",
        contract["id"],
    )
    assert [tuple(row) for row in late] == [(8, 4, INTEREST, "paid", True)]
    paid = await fetchval(
        "SELECT sum(p.amount) FROM payment p JOIN invoice i ON i.id = p.invoice"
        " WHERE i.contract = $1 AND p.status = 'paid'",
        contract["id"],
    )
    assert paid == PRICE - DEDUCTED + ADDED + INTEREST
    line = await fetchrow("SELECT paid, reserved, committed FROM ledger_line WHERE id = $1", contract["ledger_line"])
    assert line is not None and tuple(line) == (paid, 0, 0)


async def _bond_and_residents(contract: UUID) -> None:
    bond = await fetchrow(
        "SELECT d.status, d.received, d.returned, d.held, array_agg(m.kind::text ORDER BY m.id) AS moved FROM deposit d"
        " JOIN deposit_movement m ON m.deposit = d.id WHERE d.contract = $1 GROUP BY d.id",
        contract,
    )
    assert bond is not None and tuple(bond)[:4] == ("returned", BOND, BOND, 0)
    # where the worker came to it after its last day, the county's year has the interest too
    assert [kind for kind in bond["moved"] if not kind.startswith("interest")] == ["receive", "return"]
    handover = await fetchrow("SELECT * FROM handover WHERE contract = $1", contract)
    assert handover is not None and (handover["status"], handover["done_by"]) == ("done", "confirmed")
    assert handover["next_contract"] == (await _contract(AFTER_N1))["id"]
    residents = await fetch("SELECT outcome, consent FROM handover_resident WHERE handover = $1", handover["id"])
    assert sorted(tuple(r) for r in residents) == [("next", "given"), ("next", "given"), ("town", "refused")]
    signed = await fetch("SELECT party FROM handover_signature WHERE handover = $1", handover["id"])
    assert {r["party"] for r in signed} == {"outgoing", "town", "incoming"}


async def every_yuan_opens(client: httpx.AsyncClient) -> None:
    """A payment opens down to its visits and up to the budget: each link answers to each reader that has it."""
    paid = await fetch(
        "SELECT p.reference FROM payment p JOIN invoice i ON i.id = p.invoice JOIN acceptance a ON a.id = i.acceptance"
        " JOIN contract_milestone m ON m.id = a.milestone"
        " WHERE i.contract = $1 AND m.position IN (8, 13) AND p.part = 'principal'",
        (await _contract(N1))["id"],
    )  # fmt: skip
    assert len(paid) == 2
    for reader, steps in {"sun.yue": 8, "ma.chao": 8, "": 5}.items():
        client.cookies.delete("sid")
        if reader:
            await sign_in(client, reader)
        headers = {} if reader else {"cookie": "sid=nobody"}  # a kept page asks nothing
        links: set[str] = set()
        for row in paid:
            with asked() as questions:
                page = (await client.get(f"/payments/{row['reference']}", headers=headers)).text
            assert len(questions) <= MOST_QUESTIONS, questions
            assert ("JT-R-" in words(page)) is (bool(reader) and "月份" in words(page))
            links |= {unescape(link) for link in re.findall(r'href="(/[^"#]+)', page.partition("<main")[2])}
        opened = {link for link in links if not link.startswith(("/rules", "/data", "/help"))}
        assert len(opened) >= steps, opened
        for link in sorted(opened):
            assert (await client.get(link)).status_code == 200, (reader, link)
