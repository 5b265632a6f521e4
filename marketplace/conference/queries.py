"""The figures of a quarter, clocks that ran out, decisions, and model cases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from contracts.promises.sql import PROMISES
from marketplace.conference.rules import INSIDE, LOOKED_AT, Quarter, outside
from marketplace.kernel.clock import at_county_time, county_day
from marketplace.kernel.db import fetch, fetchrow
from marketplace.kernel.deadlines import compute
from marketplace.kernel.errors import NotFound
from marketplace.overview.yuan import PAID_DAY
from marketplace.voices.queries import waiting
from marketplace.voices.rules import ANSWER, Desk

Row = dict[str, Any]


async def figures(quarter: Quarter) -> Row:
    """What happened in a quarter; yuan, minutes and counts."""
    begins, ends = at_county_time(quarter.first), at_county_time(quarter.upto)
    row = await fetchrow(
        "WITH q AS (SELECT $1::timestamptz AS begins, $2::timestamptz AS ends, $3::date AS first, $4::date AS upto)"
        " SELECT (SELECT count(*) FROM listing, q WHERE published_at >= q.begins AND published_at < q.ends)"
        " AS listings,"
        " (SELECT count(*) FROM award, q WHERE status = 'announced' AND announced_at >= q.begins AND announced_at <"
        " q.ends) AS awards,"
        " (SELECT coalesce(sum(amount), 0) FROM award, q WHERE status = 'announced' AND announced_at >= q.begins"
        " AND announced_at < q.ends) AS awarded,"
        " (SELECT count(*) FROM contract, q WHERE published_at >= q.begins AND published_at < q.ends) AS contracts,"
        " (SELECT coalesce(sum(own_minutes + adjustment_minutes), 0) FROM month_close, q WHERE month >= q.first"
        " AND month < q.upto) AS minutes,"
        " (SELECT coalesce(sum(first_in_quarter), 0) FROM month_served, q WHERE month >= q.first AND month < q.upto)"
        " AS residents,"
        " (SELECT coalesce(sum(y.amount), 0) FROM payment y, q WHERE y.status = 'paid' AND y.part = 'principal'"
        f" AND {PAID_DAY} >= q.first AND {PAID_DAY} < q.upto) AS paid,"
        " (SELECT count(*) FROM assistance_case, q WHERE registered_at >= q.begins AND registered_at < q.ends)"
        " AS cases,"
        " (SELECT count(*) FROM assistance_case, q WHERE decided_on >= q.first AND decided_on < q.upto) AS decided,"
        " (SELECT count(*) FROM evaluation, q WHERE status = 'frozen' AND frozen_at >= q.begins AND frozen_at < q.ends)"
        " AS evaluations,"
        " (SELECT count(*) FROM voice, q WHERE sent_at >= q.begins AND sent_at < q.ends) AS voices",
        begins, ends, quarter.first, quarter.upto,
    )  # fmt: skip
    return dict(row or {})


async def overdue(now: datetime) -> Row:
    """Clocks that have run out by now and wait for somebody; only how many."""
    today = county_day(now)
    promises = PROMISES.replace("$1::date", "(SELECT today FROM q)")
    row = await fetchrow(
        "WITH q AS (SELECT $1::date AS today, $2::timestamptz AS now)"
        " SELECT (SELECT count(*) FROM assistance_case, q WHERE status = 'open' AND (due_at < q.now"
        " OR (due_at IS NULL AND due_on < q.today))) AS cases,"
        " (SELECT count(*) FROM service_order, q WHERE status NOT IN ('closed', 'cancelled') AND due_on < q.today)"
        " AS orders,"
        f" (SELECT count(*) FROM ({promises}) x WHERE x.paid_on IS NULL AND x.days_left < 0) AS payments,"
        " (SELECT count(*) FROM conference_decision, q WHERE status IN ('open', 'reported') AND due_on <"
        " coalesce(done_on, q.today)) AS decisions",
        today, now,
    )  # fmt: skip
    unanswered = await waiting([desk.value for desk in Desk])
    late = [each for each in unanswered if compute(ANSWER, each["sent_at"]).date < today]
    return {**dict(row or {}), "voices": len(late)}


_DECISIONS = (
    "SELECT d.*, o.name AS owner_name, o.name_en AS owner_name_en FROM conference_decision d"
    " JOIN organisation o ON o.id = d.owner"
)


async def decisions_of(quarter: Quarter) -> list[Row]:
    """Those of a quarter that are public, and the older ones that were still open in it."""
    rows = await fetch(
        _DECISIONS + " WHERE d.status <> ALL($3) AND ((d.decided_on >= $1 AND d.decided_on < $2) OR (d.decided_on < $1"
        " AND (d.done_on IS NULL OR d.done_on >= $1))) ORDER BY d.status = 'done', d.due_on, d.reference",
        quarter.first, quarter.upto, sorted(INSIDE),
    )  # fmt: skip
    return [outside(row) for row in rows]


async def decision_of(reference: str, *, inside: bool) -> Row:
    """One decision; whole for who keeps them. Raises NotFound for others while nobody looked it through."""
    row = await fetchrow(_DECISIONS + " WHERE d.reference = $1", reference)
    if row is None or (row["status"] in INSIDE and not inside):
        raise NotFound()
    return dict(row) if inside else outside(row)


async def open_decisions() -> list[Row]:
    """All that is public and not done."""
    rows = await fetch(_DECISIONS + " WHERE d.status IN ('open', 'reported') ORDER BY d.due_on, d.reference")
    return [outside(row) for row in rows]


async def unread_decisions() -> list[Row]:
    """What a second person has to look through, whole."""
    rows = await fetch(_DECISIONS + " WHERE d.status = ANY($1) ORDER BY d.due_on, d.reference", sorted(LOOKED_AT))
    return [dict(row) for row in rows]


async def owners() -> list[Row]:
    """Offices that may be charged with something."""
    rows = await fetch(
        "SELECT id, name, name_en FROM organisation WHERE kind IN ('county', 'civil_affairs', 'finance', 'department',"
        " 'town', 'audit') ORDER BY sort_key"
    )
    return [dict(row) for row in rows]


_CASES = (
    "SELECT m.*, i.name AS item_name, i.name_en AS item_name_en FROM model_case m"
    " LEFT JOIN LATERAL (SELECT x.name, x.name_en FROM item x JOIN edition e ON e.id = x.edition"
    " WHERE x.code = m.item_code ORDER BY e.effective_on DESC LIMIT 1) i ON true"
)


async def model_cases(*, all_states: bool) -> list[Row]:
    """The published ones, or for who keeps them all."""
    rows = await fetch(
        _CASES + " WHERE $1 OR m.status = 'published'"
        " ORDER BY coalesce(m.published_at, m.drafted_at) DESC, m.reference",
        all_states,
    )
    return [dict(row) for row in rows]


async def model_case(reference: str, *, all_states: bool) -> Row:
    """One of them. Raises NotFound for strangers while it is not public."""
    row = await fetchrow(_CASES + " WHERE m.reference = $1", reference)
    if row is None or not (all_states or row["status"] == "published"):
        raise NotFound()
    return dict(row)

