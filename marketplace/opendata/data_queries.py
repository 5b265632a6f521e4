"""Rows that anybody may take away, beside those of the pages: payments, awards, rules in force, history of standing."""

from __future__ import annotations

from typing import Any

from marketplace.kernel.clock import CountyClock, county_day
from marketplace.kernel.db import fetch
from marketplace.kernel.public_words import blacked
from marketplace.kernel.rulebook import RuleRow, rules_in_force
from vendors.standing.queries import whole_history

Row = dict[str, Any]


async def public_payments() -> list[Row]:
    """Every payment that left the treasury for a published contract, oldest first."""
    rows = await fetch(
        "SELECT y.reference, c.reference AS contract, i.reference AS invoice, y.part, y.amount, y.paid_at"
        " FROM payment y JOIN invoice i ON i.id = y.invoice JOIN contract c ON c.id = i.contract"
        " WHERE y.status = 'paid' AND c.published_at IS NOT NULL ORDER BY y.paid_at, y.reference"
    )
    return [dict(row) for row in rows]


async def public_awards() -> list[Row]:
    """Every announced award with the place of its public bundle; of bidders only the winner (R-PUBL-01)."""
    rows = await fetch(
        "SELECT a.reference, l.reference AS listing, t.number AS lot, t.title, o.name AS provider, p.credit_code,"
        " a.amount, a.announced_at, CASE WHEN l.status = 'awarded'"
        " AND EXISTS (SELECT FROM bundle_root r WHERE r.lot = a.lot)"
        " THEN '/listings/' || l.reference || '/award/bundle.json' END AS bundle"
        " FROM award a JOIN listing l ON l.id = a.listing JOIN listing_lot t ON t.id = a.lot"
        " JOIN provider p ON p.id = a.provider JOIN organisation o ON o.id = p.organisation"
        " WHERE a.status = 'announced' AND a.announced_at IS NOT NULL ORDER BY a.announced_at, a.reference"
    )
    return [dict(row) for row in rows]


async def public_goals() -> list[Row]:
    """Every frozen result of a year's goals with its hash, oldest first."""
    rows = await fetch(
        "SELECT g.reference, g.kind, g.year, g.title, o.name AS unit, b.reference AS budget_line, v.name AS evaluator,"
        " g.self_score, g.score, g.grade, g.snapshot_sha256, g.frozen_at,"
        " ARRAY(SELECT x.passage FROM goal_blackout x WHERE x.goal = g.id) AS hidden FROM performance_goal g"
        " JOIN organisation o ON o.id = g.organisation JOIN organisation v ON v.id = g.evaluator"
        " LEFT JOIN budget_line b ON b.id = g.budget_line WHERE g.status = 'frozen' ORDER BY g.frozen_at, g.reference"
    )
    told = [dict(row) for row in rows]
    for row in told:
        row["title"] = blacked(row["title"], row.pop("hidden"))
    return told


async def rules_today() -> list[Row]:
    """Every value of the rulebook that holds today, with its source and how sure it is."""
    today = county_day(await CountyClock().now())
    found: list[Row] = []
    for rule in rules_in_force(today):
        rows = (rule.row_of(part, today) for part in rule.parts)
        found += [_rule_line(rule.title.zh, rule.title.en, row) for row in rows if row]
    return found


def _rule_line(title: str, title_en: str, row: RuleRow) -> Row:
    return {
        "rule": row.key, "title": title, "title_en": title_en, "part": row.part_title.zh, "value": str(row.value),
        "unit": row.unit, "jurisdiction": row.jurisdiction, "effective_from": row.effective_from,
        "citation": row.citation, "confidence": row.confidence, "document": row.document,
    }  # fmt: skip


async def standing_history() -> list[Row]:
    """Every noted figure of every provider, oldest first."""
    return await whole_history()


async def a_provider_with_a_record() -> str:
    """The provider evaluated last, for the example on the page; empty before the first."""
    rows = await fetch(
        "SELECT p.reference FROM standing_entry s JOIN provider p ON p.id = s.provider"
        " ORDER BY s.recorded_at DESC, p.reference LIMIT 1"
    )
    return rows[0]["reference"] if rows else ""
