"""How each part of a draft is stored; called inside the caller's transaction on a locked draft."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.items.queries import item_by_code
from catalogue.listings.drafting_tables import (
    ListingIndicator,
    ListingNeed,
    ListingQuantity,
    ListingSource,
    ListingTerms,
    PaymentDeduction,
)
from catalogue.listings.drafts import (
    Basics,
    Lots,
    Milestones,
    Openers,
    Part,
    Procedure,
    Qualification,
    Requirement,
    Scoring,
    Terms,
    Timetable,
)  # fmt: skip
from catalogue.listings.method_tables import ListingProcedure
from catalogue.listings.methods import SEALED, newest_row
from catalogue.listings.needs import composed_text, is_in_parts
from catalogue.listings.queries import opener_candidates
from catalogue.listings.tables import (
    Criterion,
    CriterionBand,
    ListingLot,
    ListingOpener,
    ListingTown,
    PastPerformanceBand,
    PaymentMilestone,
)  # fmt: skip
from catalogue.scoring.bands import printed_order, printed_text
from marketplace.kernel.db import execute, insert

# where the lowest price wins there is nothing else to score
PRICE_ALONE = Scoring(criteria=(), price_weight=Decimal(100))


async def write_part(listing: UUID, part: Part) -> None:
    """Store one part in place of what was there."""
    await WRITERS[type(part)](listing, part)


async def _basics(listing: UUID, part: Basics) -> None:
    await execute(
        "UPDATE listing SET title = $2, title_en = $3, method = $4, budget_line = $5, budget = $6, ceiling = $7,"
        " service_from = $8, service_to = $9, long_term_reason = $10, reservation_ground = $11 WHERE id = $1",
        listing, part.title, part.title_en, part.method, part.budget_line, part.budget, part.ceiling,
        part.service_from, part.service_to, part.long_term_reason, part.reservation_ground,
    )  # fmt: skip
    row = newest_row(part.method)
    if row.lowest_wins and row.way == SEALED:
        await _scoring(listing, PRICE_ALONE)
    await execute("DELETE FROM listing_town WHERE listing = $1", listing)
    for town in dict.fromkeys(part.towns):
        await insert(ListingTown, listing=listing, town=town)


async def _lots(listing: UUID, part: Lots) -> None:
    await execute("DELETE FROM listing_lot WHERE listing = $1", listing)
    for number, lot in enumerate(part.lots, start=1):
        item = await item_by_code(lot.item_code)
        await insert(
            ListingLot, listing=listing, number=number, item=item["id"], title=lot.title, quantity=lot.quantity,
            unit=lot.unit, budget=lot.budget, is_reserved=lot.is_reserved,
        )  # fmt: skip


async def _requirement(listing: UUID, part: Requirement) -> None:
    """One row of texts, rows of quantities and indicators; a requirement of one text has none of them."""
    await execute("UPDATE listing SET requirement = $2 WHERE id = $1", listing, composed_text(part))
    for table in ("listing_need", "listing_quantity", "listing_indicator", "listing_source"):
        await execute(f"DELETE FROM {table} WHERE listing = $1", listing)
    if not is_in_parts(part):
        return
    await insert(
        ListingNeed, listing=listing, problem=part.problem, users=part.users, services=part.requirement,
        standard=part.standard, evidence=part.evidence, acceptance=part.acceptance,
    )  # fmt: skip
    for position, row in enumerate(part.quantities, start=1):
        await insert(ListingQuantity, listing=listing, position=position, **vars(row))
    for position, line in enumerate(part.indicators, start=1):
        await insert(ListingIndicator, listing=listing, position=position, **vars(line))
    for position, share in enumerate(part.sources, start=1):
        await insert(ListingSource, listing=listing, position=position, **vars(share))


async def _terms(listing: UUID, part: Terms) -> None:
    await execute("DELETE FROM listing_terms WHERE listing = $1", listing)
    await insert(ListingTerms, listing=listing, **vars(part))


async def _qualification(listing: UUID, part: Qualification) -> None:
    await execute("UPDATE listing SET qualification = $2 WHERE id = $1", listing, part.qualification)


async def _scoring(listing: UUID, part: Scoring) -> None:
    await execute(
        "UPDATE listing SET price_weight = $2, is_price_fixed = $3, small_micro_deduction = $4, rounding = $5,"
        " past_performance_form = $6, past_performance_ground = $7, consortium_deduction = $8 WHERE id = $1",
        listing, part.price_weight, part.is_price_fixed, part.small_micro_deduction, part.rounding,
        part.past_performance_form, part.past_performance_ground if part.past_performance_form != "none" else "",
        part.consortium_deduction,
    )  # fmt: skip
    await execute("DELETE FROM criterion_band WHERE listing = $1", listing)
    await execute("DELETE FROM criterion WHERE listing = $1", listing)
    for position, criterion in enumerate(part.criteria, start=1):
        # rows are printed as text too: whoever reads the listing reads one thing
        written = await insert(
            Criterion, listing=listing, position=position, kind=criterion.kind, title=criterion.title,
            points=criterion.points, bands=printed_text(criterion.rows) if criterion.rows else criterion.bands,
            is_objective=criterion.is_objective,
        )  # fmt: skip
        for place, band in enumerate(printed_order(criterion.rows), start=1):
            await insert(CriterionBand, listing=listing, criterion=written, position=place, **vars(band))
    await execute("DELETE FROM past_performance_band WHERE listing = $1", listing)
    if part.past_performance_form != "none":
        for grade, points in part.bands.items():
            await insert(PastPerformanceBand, listing=listing, grade=grade, points=points)


async def _milestones(listing: UUID, part: Milestones) -> None:
    await execute("DELETE FROM payment_milestone WHERE listing = $1", listing)
    for position, milestone in enumerate(part.milestones, start=1):
        await insert(
            PaymentMilestone, listing=listing, position=position, title=milestone.title, share=milestone.share,
            due_on=milestone.due_on, evidence=milestone.evidence,
        )  # fmt: skip
    await execute("DELETE FROM payment_deduction WHERE listing = $1", listing)
    for position, deduction in enumerate(part.deductions, start=1):
        await insert(PaymentDeduction, listing=listing, position=position, **vars(deduction))


async def _timetable(listing: UUID, part: Timetable) -> None:
    await execute(
        "UPDATE listing SET closes_at = $2, documents_until = $3, questions_until = $4, documents_from = $5"
        " WHERE id = $1",
        listing, part.closes_at, part.documents_until, part.questions_until, part.documents_from,
    )  # fmt: skip


async def _openers(listing: UUID, part: Openers) -> None:
    await execute("DELETE FROM listing_opener WHERE listing = $1", listing)
    keys = {person["id"]: person for person in await opener_candidates()}
    for person in dict.fromkeys(part.people):
        if person in keys:
            key = keys[person]
            await insert(
                ListingOpener,
                listing=listing,
                person=person,
                recipient=key["recipient"],
                fingerprint=key["fingerprint"],
            )


async def _procedure(listing: UUID, part: Procedure) -> None:
    await execute("UPDATE listing SET venue = $2 WHERE id = $1", listing, part.venue)
    await execute("DELETE FROM listing_procedure WHERE listing = $1", listing)
    await insert(
        ListingProcedure, listing=listing, ground=part.ground, ground_reason=part.ground_reason,
        expert_opinions=part.expert_opinions, addition_share=part.addition_share,
        approval_number=part.approval_number, approved_on=part.approved_on,
    )  # fmt: skip


async def keep_section_version(listing: UUID, subject: str, version: int, saved: tuple[UUID, datetime]) -> None:
    """Who saved which version of a section when."""
    await execute(
        "INSERT INTO draft_section (id, listing, subject, version, saved_by, saved_at)"
        " VALUES (gen_random_uuid(), $1, $2, $3, $4, $5) ON CONFLICT (listing, subject)"
        " DO UPDATE SET version = $3, saved_by = $4, saved_at = $5",
        listing, subject, version, *saved,
    )  # fmt: skip


WRITERS: dict[type[Any], Callable[[UUID, Any], Awaitable[None]]] = {
    Basics: _basics,
    Procedure: _procedure,
    Lots: _lots,
    Requirement: _requirement,
    Qualification: _qualification,
    Scoring: _scoring,
    Milestones: _milestones,
    Timetable: _timetable,
    Openers: _openers,
    Terms: _terms,
}
