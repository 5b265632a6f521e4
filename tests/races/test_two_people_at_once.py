"""Two people press at the same time, on two real connections: one act happens, the other is told or finds it done.

Where doing it twice does no harm, both get the same answer and the act stands once; elsewhere one gets a 409 sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.listings.services import publish_listing, submit_for_review
from contracts.acceptance.requests import Rejection, reject_milestone, request_acceptance
from contracts.acceptance.rules import Finding, ItemFinding
from contracts.acceptance.services import Certificate, accept_milestone, items_to_find, milestone_at
from contracts.agreements.queries import contract_by_id
from contracts.agreements.services import sign_contract
from contracts.billing.services import approve_payment, confirm_paid, make_treasury_file
from contracts.billing.vouchers import release_voucher
from contracts.visits.closing import close_month
from contracts.visits.queries import waiting_visits
from contracts.visits.rules import last_day
from contracts.visits.services import approve_visits
from evaluations.awards.services import determine_award, publish_award_notice
from evaluations.scoring.services import compute_results, lock_marks
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetch, fetchrow, fetchval
from marketplace.kernel.errors import Conflict, DomainError, IllegalMove
from tests.at_once import both
from tests.builders_catalogue import a_budget_line, a_draft, a_reviewed_listing
from tests.builders_contracts import (
    APRIL,
    FakeTreasury,
    World,
    a_closed_month,
    a_contract,
    a_contract_in_force,
    a_visit,
    an_invoice_submitted,
    closing_time,
    heard,
)
from tests.builders_evaluations import a_panel, a_scored_listing, an_opened_listing, mark_everything
from tests.cast import actor

START = at_county_time(date(2026, 3, 2), 9)


def one_won(outcomes: Sequence[Any]) -> DomainError:
    """Exactly one act happened; gives the refusal of the other, which is a 409 with a way out."""
    refused = [each for each in outcomes if isinstance(each, BaseException)]
    assert len(refused) == len(outcomes) - 1, outcomes
    for each in refused:
        assert isinstance(each, DomainError) and each.status_code == 409, each
        assert "请" in str(each) or "不用再" in str(each), each
    found: DomainError = refused[0]
    return found


async def the_ledger(line: UUID | None = None) -> dict[str, Decimal]:
    """The parts of the only line with money, or of one; their identity holds."""
    where = "id = (SELECT ledger_line FROM budget_line WHERE id = $1)" if line else "appropriated > 0"
    row = await fetchrow(f"SELECT * FROM ledger_line WHERE {where}", *([line] if line else []))
    parts = {name: row[name] for name in ("appropriated", "free", "reserved", "committed", "paid")}
    assert parts["appropriated"] == sum(parts.values()) - parts["appropriated"]
    moved = await fetchval(
        "SELECT COALESCE(sum(CASE kind WHEN 'reserve' THEN amount WHEN 'release' THEN -amount"
        " WHEN 'commit' THEN -amount ELSE 0 END), 0) FROM ledger_posting WHERE line = $1",
        row["id"],
    )
    assert parts["reserved"] == moved
    return parts


async def entries(act: str) -> int:
    """How often an act stands in the audit."""
    count: int = await fetchval("SELECT count(*) FROM audit_entry WHERE act = $1", act)
    return count


async def test_two_listings_never_reserve_more_than_their_line_has(committed: None) -> None:
    line = await a_budget_line(START, Decimal("800000.00"))
    first, second = await a_reviewed_listing(START, line=line), await a_reviewed_listing(START, line=line)
    reviewers = await actor("li.qiang", START), await actor("chen.jing", START)
    acts = [publish_listing(each, who, START) for each, who in zip((first, second), reviewers, strict=True)]
    refused = one_won(await both(*acts))
    assert "预算" in str(refused)
    money = await the_ledger(line)
    assert (money["reserved"], money["free"]) == (Decimal("505000.00"), Decimal("295000.00"))
    states = await fetch("SELECT status FROM listing ORDER BY status")
    assert [r["status"] for r in states] == ["published", "review"]


async def test_two_people_who_publish_the_same_draft_publish_it_once(committed: None) -> None:
    line = await a_budget_line(START)
    listing = await a_reviewed_listing(START, line=line)
    reviewers = await actor("li.qiang", START), await actor("chen.jing", START)
    refused = one_won(await both(*[publish_listing(listing, who, START) for who in reviewers]))
    assert isinstance(refused, IllegalMove)
    assert (await the_ledger(line))["reserved"] == Decimal("505000.00")
    assert await entries("listing.published") == 1


async def test_a_draft_handed_over_in_two_tabs_is_handed_over_once(committed: None) -> None:
    listing, drafter = await a_draft(START), await actor("wang.min", START)
    one_won(await both(*[submit_for_review(listing, drafter, START) for _ in range(2)]))
    assert await entries("listing.submitted") == 1


async def test_two_who_determine_a_lot_find_one_award_and_one_contract(committed: None) -> None:
    opened = await a_scored_listing(START, below={"沱江": "6"})
    other = await actor("chen.jing", opened.now)
    answers = await both(*[determine_award(opened.lot, who, opened.now) for who in (opened.buyer, other)])
    assert answers[0] == answers[1] and isinstance(answers[0], str), answers
    assert await fetchval("SELECT count(*) FROM award") == 1
    assert await entries("award.determined") == 1
    notices = await both(*[publish_award_notice(opened.listing.id, who, opened.now) for who in (opened.buyer, other)])
    assert sorted(len(each) for each in notices) == [0, 1], notices
    assert await fetchval("SELECT count(*) FROM contract") == 1
    money = await the_ledger()
    assert (money["reserved"], money["committed"]) == (Decimal(0), Decimal("498000.00"))


async def test_members_who_lock_at_once_all_lock_and_the_results_are_computed_once(committed: None) -> None:
    opened = await an_opened_listing(START)
    experts = await a_panel(opened)
    for expert in experts:
        await mark_everything(opened, expert)
    locked = await both(*[lock_marks(opened.listing.id, expert, opened.now) for expert in (*experts, experts[0])])
    assert locked == [True] * 4
    assert await entries("scoring.locked") == 3
    results = await both(*[compute_results(opened.listing.id, expert, opened.now) for expert in experts[:2]])
    assert not [each for each in results if isinstance(each, BaseException) and not isinstance(each, Conflict)], results
    assert await fetchval("SELECT count(*) FROM bid_result") == 2


async def test_members_who_differ_on_an_objective_factor_and_lock_at_once_leave_nothing_locked(committed: None) -> None:
    opened = await an_opened_listing(START)
    experts = await a_panel(opened)
    for expert in experts:
        await mark_everything(opened, expert)
    await differ_on_the_objective_factor()
    locked = await both(*[lock_marks(opened.listing.id, expert, opened.now) for expert in experts])
    assert sorted(locked) == [False, True, True], locked
    assert await fetchval("SELECT count(*) FROM panel_member WHERE locked_at IS NOT NULL") == 0
    assert await entries("scoring.reopened") == 1


async def differ_on_the_objective_factor() -> None:
    """One member gave one point less than the others where all must agree (R-COM-07)."""
    changed = await fetch(
        "UPDATE mark SET points = points - 1 WHERE id = (SELECT m.id FROM mark m JOIN criterion c"
        " ON c.id = m.criterion WHERE c.is_objective ORDER BY m.id LIMIT 1) RETURNING id"
    )
    assert len(changed) == 1


async def test_both_tabs_that_sign_for_one_side_leave_one_signature(committed: None) -> None:
    world = await a_contract()
    later = START + timedelta(days=30)
    signing = [sign_contract(world.contract, world.signer.name, world.signer, later) for _ in range(2)]
    refused = one_won(await both(*signing))
    assert "已经签过" in str(refused)
    assert await fetchval("SELECT count(*) FROM signature") == 1


async def test_two_who_close_a_month_close_it_once(committed: None) -> None:
    world = await a_contract_in_force()
    now = await approved_visits(world)
    closed = await both(*[close_month(world.contract, APRIL, world.reviewer, now) for _ in range(2)])
    assert closed[0] == closed[1] and isinstance(closed[0], UUID), closed
    assert await fetchval("SELECT count(*) FROM month_line") == 3
    assert await entries("month.closed") == 1


async def approved_visits(world: World) -> Any:
    """Three visits of April, approved; gives the first moment at which the month may be closed."""
    for day in (7, 8, 9):
        await a_visit(world, APRIL.replace(day=day), recipient_code=f"JT-R-{day:04d}")
    now = closing_time(world, APRIL)
    waiting = [row["id"] for row in await waiting_visits(world.contract, last_day(APRIL))]
    await approve_visits(world.contract, waiting, world.reviewer, now)
    return now


async def test_two_payment_approvals_pay_once_and_the_line_is_charged_once(committed: None) -> None:
    world = await a_contract_in_force()
    reference = await an_invoice_submitted(world)
    invoice = await fetchval("SELECT id FROM invoice WHERE reference = $1", reference)
    now = closing_time(world, APRIL) + timedelta(days=1)
    finance = world.finance, await actor("zhao.lei", now)
    approved = await both(*[approve_payment(invoice, who, now) for who in finance])
    assert approved[0] == approved[1] and isinstance(approved[0], str), approved
    payment = await fetchval("SELECT id FROM payment")
    assert await entries("payment.approved") == 1
    treasury = FakeTreasury()
    one_won(await both(*[make_treasury_file([payment], treasury, world.finance, now) for _ in range(2)]))
    number, other = await fetchval("SELECT number FROM voucher_file"), await actor("zhao.lei", now)
    released = await both(*[release_voucher(number, other, now) for _ in range(2)])
    assert released == [None, None] and await entries("payment.voucher_released") == 1
    paid = await both(*[confirm_paid(payment, world.finance, now + timedelta(hours=1)) for _ in range(2)])
    assert all(each is None or isinstance(each, Conflict) for each in paid), paid
    amount = await fetchval("SELECT amount FROM payment")
    assert (await the_ledger())["paid"] == amount
    assert await fetchval("SELECT count(*) FROM ledger_posting WHERE kind = 'pay'") == 1


async def test_of_accepting_and_sending_back_the_later_one_sees_the_earlier(committed: None) -> None:
    world = await a_contract_in_force()
    await a_closed_month(world)
    now = closing_time(world, APRIL)
    await heard(world.contract, 1, world.reviewer, now)
    contract = await contract_by_id(world.contract)
    words = items_to_find(contract, await milestone_at(contract, 1))
    certificate = Certificate([ItemFinding(each, Finding.MET, "") for each in words], "满意")
    failed = [ItemFinding(each, Finding.NOT_MET, "补记录") for each in words]
    accepted, sent_back = await both(
        accept_milestone(world.reference, 1, certificate, world.reviewer, now),
        reject_milestone(world.reference, 1, Rejection(failed, date(2026, 6, 1)), world.reviewer, now),
    )
    # sent back first, it may be found mended at once; accepted first, it cannot go back
    assert not isinstance(accepted, BaseException), accepted
    assert isinstance(sent_back, UUID | Conflict)
    assert await entries("acceptance.rejected") == int(isinstance(sent_back, UUID))
    assert await fetchval("SELECT status FROM contract_milestone WHERE position = 1") == "accepted"


async def test_acceptance_asked_for_in_two_tabs_is_asked_for_once(committed: None) -> None:
    world = await a_contract_in_force()
    after = at_county_time(date(2026, 5, 1), 9)
    one_won(await both(*[request_acceptance(world.reference, 1, "做完了。", world.director, after) for _ in range(2)]))
    assert await fetchval("SELECT count(*) FROM acceptance_request") == await entries("acceptance.requested") == 1
