"""Chains, rounds, decisions, comments and minutes: every SELECT of a review."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from catalogue.listings.review.chain import SINGLE_REVIEWER, Decision, Duty, ReviewState, Step
from marketplace.kernel.db import fetch, fetchrow, together

Row = dict[str, Any]


async def review_states(listings: Sequence[UUID]) -> dict[UUID, ReviewState]:
    """Where each listing stands in its latest round; asked once for all of them."""
    rounds = await fetch(
        "SELECT DISTINCT ON (l.id) l.id AS listing, r.id AS round, r.chain, r.submitted_at,"
        " p.name AS submitted_by_name, c.document, c.minutes_from,"
        " EXISTS (SELECT 1 FROM meeting_minutes m WHERE m.listing = l.id) AS has_minutes,"
        " (SELECT count(*) FROM review_comment k WHERE k.listing = l.id AND k.thread IS NULL"
        " AND k.resolved_at IS NULL) AS open_threads,"
        " ARRAY(SELECT w.person FROM draft_writer w WHERE w.listing = l.id) AS writers"
        " FROM listing l LEFT JOIN review_round r ON r.listing = l.id LEFT JOIN review_chain c ON c.id = r.chain"
        " LEFT JOIN person p ON p.id = r.submitted_by WHERE l.id = ANY($1) ORDER BY l.id, r.number DESC",
        list(listings),
    )
    steps, decisions = await together(
        _steps([row["chain"] for row in rounds if row["chain"]]),
        _decisions([row["round"] for row in rounds if row["round"]]),
    )
    return {
        row["listing"]: ReviewState(
            steps=steps.get(row["chain"], SINGLE_REVIEWER), decisions=tuple(decisions[row["round"]]),
            writers=frozenset(row["writers"]), round=row["round"], submitted_at=row["submitted_at"],
            submitted_by_name=row["submitted_by_name"] or "", document=row["document"] or "",
            minutes_from=row["minutes_from"], has_minutes=row["has_minutes"], open_threads=row["open_threads"],
        )
        for row in rounds
    }  # fmt: skip


async def review_state(listing: UUID) -> ReviewState:
    """Where one listing stands."""
    return (await review_states([listing])).get(listing, ReviewState())


async def _steps(chains: Sequence[UUID]) -> dict[UUID, tuple[Step, ...]]:
    rows = await fetch(
        "SELECT s.*, p.name AS person_name FROM review_chain_step s LEFT JOIN person p ON p.id = s.person"
        " WHERE s.chain = ANY($1) ORDER BY s.chain, s.position",
        list(chains),
    )
    found: dict[UUID, list[Step]] = defaultdict(list)
    for row in rows:
        step = Step(row["position"], Duty(row["duty"]), row["person"], row["person_name"] or "")
        found[row["chain"]].append(step)
    return {chain: tuple(steps) for chain, steps in found.items()}


async def _decisions(rounds: Sequence[UUID]) -> dict[UUID | None, list[Decision]]:
    rows = await fetch(
        "SELECT d.*, p.name AS person_name FROM review_decision d JOIN person p ON p.id = d.person"
        " WHERE d.round = ANY($1) ORDER BY d.decided_at, d.position",
        list(rounds),
    )
    found: dict[UUID | None, list[Decision]] = defaultdict(list)
    for d in rows:
        found[d["round"]].append(
            Decision(
                d["position"], d["next_position"], d["outcome"], d["person"], d["person_name"], d["opinion"],
                d["decided_at"],
            )
        )  # fmt: skip
    return found


async def chains_of(buyer: UUID) -> list[Row]:
    """Every chain a buyer ever proposed, newest first, with its steps."""
    rows = await fetch(
        "SELECT c.*, a.name AS proposed_by_name, b.name AS confirmed_by_name FROM review_chain c"
        " JOIN person a ON a.id = c.proposed_by LEFT JOIN person b ON b.id = c.confirmed_by"
        " WHERE c.buyer = $1 ORDER BY c.number DESC",
        buyer,
    )
    steps = await _steps([row["id"] for row in rows])
    return [{**dict(row), "steps": steps.get(row["id"], ())} for row in rows]


async def chain_in_force(buyer: UUID) -> Row | None:
    """The newest confirmed chain of a buyer; none means a single reviewer."""
    row = await fetchrow(
        "SELECT * FROM review_chain WHERE buyer = $1 AND confirmed_at IS NOT NULL ORDER BY number DESC LIMIT 1", buyer
    )
    return dict(row) if row else None


async def colleagues(buyer: UUID) -> list[Row]:
    """People of a buyer who may approve."""
    rows = await fetch(
        "SELECT DISTINCT p.id, p.name FROM person p JOIN membership m ON m.person = p.id"
        " WHERE m.organisation = $1 AND m.role = 'buyer' AND p.is_active ORDER BY p.name",
        buyer,
    )
    return [dict(row) for row in rows]


async def comments_of(listing: UUID) -> list[Row]:
    """Threads in the order of their beginning, each with its answers."""
    rows = await fetch(
        "SELECT c.*, p.name AS written_by_name, r.name AS resolved_by_name FROM review_comment c"
        " JOIN person p ON p.id = c.written_by LEFT JOIN person r ON r.id = c.resolved_by"
        " WHERE c.listing = $1 ORDER BY c.written_at, c.id",
        listing,
    )
    threads = [{**dict(row), "answers": []} for row in rows if row["thread"] is None]
    by_id = {thread["id"]: thread for thread in threads}
    for row in rows:
        if row["thread"] is not None:
            by_id[row["thread"]]["answers"].append(dict(row))
    return threads


async def minutes_of(listing: UUID) -> list[Row]:
    """The minutes recorded for a listing with their papers."""
    rows = await fetch(
        "SELECT m.*, d.name AS document_name, d.size, d.sha256, p.name AS recorded_by_name FROM meeting_minutes m"
        " JOIN document d ON d.id = m.document JOIN person p ON p.id = m.recorded_by"
        " WHERE m.listing = $1 ORDER BY m.recorded_at",
        listing,
    )
    return [dict(row) for row in rows]
