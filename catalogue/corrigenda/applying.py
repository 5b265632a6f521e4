"""Bring an approved corrigendum into the listing's rows. Called inside the act that writes the new version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from catalogue.corrigenda.forms import Money, Period, Proposed
from catalogue.corrigenda.proposal import Proposal
from catalogue.interest.services import hide_waiting_mails
from catalogue.listings.drafts import Timetable
from catalogue.listings.frameworks.rules import FrameworkDraft
from catalogue.listings.frameworks.services import write_framework
from catalogue.listings.queries import Row
from catalogue.listings.tables import TimetableDate
from catalogue.listings.timetable import plan
from catalogue.listings.writers import write_part
from catalogue.plans.queries import line_money
from marketplace.accounts.trail import hide_stream
from marketplace.kernel.db import execute, insert
from marketplace.kernel.ledger.services import Posting, Source, post


async def apply_proposal(listing: Row, proposal: Proposal, at: datetime) -> None:
    """Write the changed subjects, the money they hold, and the dates."""
    for subject, part in proposal.parts.items():
        if subject != "timetable":
            await _write(listing, part, at)
    await move_dates(listing, proposal.timetable)


async def _write(listing: Row, part: Proposed, at: datetime) -> None:
    if isinstance(part, Money):
        await _write_money(listing, part, at)
    elif isinstance(part, FrameworkDraft):
        await write_framework(listing["id"], part)
    elif isinstance(part, Period):
        await execute(
            "UPDATE listing SET service_from = $2, service_to = $3, long_term_reason = $4 WHERE id = $1",
            listing["id"], part.service_from, part.service_to, part.long_term_reason,
        )  # fmt: skip
    else:
        await write_part(listing["id"], part)


async def _write_money(listing: Row, part: Money, at: datetime) -> None:
    """The listing holds exactly its budget: more is reserved, less goes back."""
    numbers: list[int] = [number for number, _ in part.lots]
    amounts: list[Decimal] = [amount for _, amount in part.lots]
    await execute(
        "UPDATE listing_lot t SET budget = n.budget FROM unnest($2::int[], $3::numeric[]) AS n (number, budget)"
        " WHERE t.listing = $1 AND t.number = n.number",
        listing["id"], numbers, amounts,
    )  # fmt: skip
    await execute(
        "UPDATE listing SET budget = $2, ceiling = $3 WHERE id = $1", listing["id"], part.budget, part.ceiling
    )
    more = part.budget - Decimal(listing["budget"])
    if more:
        line = (await line_money(listing["budget_line"]))["ledger_line"]
        kind = Posting.RESERVE if more > 0 else Posting.RELEASE
        await post(line, kind, abs(more), Source("listing", str(listing["id"])), at)


async def move_dates(listing: Mapping[str, object], timetable: Timetable) -> None:
    """New closing, document and clarification times, every computed date, and what stays hidden until the deadline."""
    await write_dates(listing, timetable)
    earlier: datetime = listing["closes_at"]  # type: ignore[assignment]
    if timetable.closes_at != earlier:
        await hide_stream(f"listing:{listing['id']}", timetable.closes_at)
        await hide_waiting_mails(earlier, timetable.closes_at)


async def write_dates(listing: Mapping[str, object], timetable: Timetable) -> None:
    """The rows of a new timetable, and every computed date."""
    same_issue = replace(timetable, documents_from=listing["documents_from"])  # type: ignore[arg-type]
    planned = plan(same_issue, str(listing["method"]), listing["rules_on"])  # type: ignore[arg-type]
    await execute(
        "UPDATE listing SET closes_at = $2, documents_until = $3, questions_until = $4 WHERE id = $1",
        listing["id"], timetable.closes_at, planned.documents_until, planned.questions_until,
    )  # fmt: skip
    await execute("DELETE FROM timetable_date WHERE listing = $1", listing["id"])
    for position, each in enumerate(planned.dates, start=1):
        await insert(
            TimetableDate, listing=listing["id"], position=position, event=each.event, day=each.day,
            rule_key=each.rule_key, is_provisional=each.is_provisional,
        )  # fmt: skip
