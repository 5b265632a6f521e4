"""Read evaluations: the public record, and drafts for those concerned."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.listings.drafts import Indicator, SourceShare
from contracts.agreements.names import TITLE_EN
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetch, fetchrow
from marketplace.kernel.errors import NotFound

_SELECT = f"""
    SELECT e.*, c.reference AS contract_reference, c.title AS contract_title,
           {TITLE_EN} AS contract_title_en, c.amount AS contract_amount,
           c.buyer AS buyer_id, c.provider AS provider_id, c.service_from, c.service_to,
           b.name AS buyer, b.name_en AS buyer_en, v.name AS evaluator_name, v.name_en AS evaluator_name_en,
           po.name AS provider_name, po.name_en AS provider_name_en, po.id AS provider_organisation,
           pr.reference AS provider_reference, i.category AS item_category, i.code AS item_code, i.name AS item_name,
           i.name_en AS item_name_en
    FROM evaluation e JOIN contract c ON c.id = e.contract
    JOIN organisation b ON b.id = c.buyer JOIN organisation v ON v.id = e.evaluator
    JOIN provider pr ON pr.id = c.provider JOIN organisation po ON po.id = pr.organisation
    JOIN listing_lot l ON l.id = c.lot JOIN item i ON i.id = l.item
"""


_SEATED = (
    "(e.evaluator = $2 OR EXISTS (SELECT 1 FROM evaluation_seat s WHERE s.evaluation = e.id AND s.organisation = $2))"
)


async def list_evaluations(actor: Actor | None, limit: int = 50, offset: int = 0) -> list[dict[str, Any]]:
    """Frozen ones for everyone; those under way for the people concerned. Newest first."""
    rows = await fetch(
        f"""{_SELECT} WHERE e.status = 'frozen' OR ($1::boolean) OR {_SEATED}
            OR (e.status <> 'planned' AND po.id = $2) OR c.buyer = $2
            ORDER BY coalesce(e.frozen_at, e.planned_at) DESC LIMIT $3 OFFSET $4""",
        _sees_all(actor), actor.organisation_id if actor else None, limit, offset,
    )  # fmt: skip
    return [dict(r) for r in rows]


def _sees_all(actor: Actor | None) -> bool:
    return actor is not None and (actor.may(Permission.PLAN_EVALUATION) or actor.may(Permission.READ_EVERYTHING))


async def get_evaluation(reference: str, visible_to: Actor | None) -> dict[str, Any]:
    """One evaluation. Raises NotFound for strangers of one that is not frozen yet."""
    mine = visible_to.organisation_id if visible_to else None
    select = _SELECT.replace("e.*,", f"e.*, {_SEATED} AS is_seated,")
    row = await fetchrow(f"{select} WHERE e.reference = $1", reference, mine)
    if row is None:
        raise NotFound()
    if row["status"] == "frozen" or _sees_all(visible_to):
        return dict(row)
    if mine is not None and (
        row["is_seated"]
        or mine == row["buyer_id"]
        or (mine == row["provider_organisation"] and row["status"] != "planned")
    ):
        return dict(row)
    raise NotFound()


async def indicators_of(evaluation: UUID) -> list[dict[str, Any]]:
    """The indicator table in its order."""
    rows = await fetch("SELECT * FROM indicator WHERE evaluation = $1 ORDER BY position", evaluation)
    return [dict(r) for r in rows]


async def seats_of(evaluation: UUID) -> list[dict[str, Any]]:
    """Who evaluates, for which source and weight, until when, and whether the form is in."""
    rows = await fetch(
        "SELECT s.*, o.name AS organisation_name, o.name_en AS organisation_name_en FROM evaluation_seat s"
        " JOIN organisation o ON o.id = s.organisation WHERE s.evaluation = $1 ORDER BY s.position",
        evaluation,
    )
    return [dict(r) for r in rows]


async def judged_of(evaluation: UUID) -> dict[UUID, list[dict[str, Any]]]:
    """By indicator: what each evaluator gave it and why, with source and weight, in the order of the seats."""
    rows = await fetch(
        "SELECT g.indicator, g.actual, g.points, g.narrative, s.source, s.weight AS seat_weight, s.on_behalf,"
        " o.name AS organisation_name, o.name_en AS organisation_name_en FROM seat_score g"
        " JOIN evaluation_seat s ON s.id = g.seat JOIN organisation o ON o.id = s.organisation"
        " WHERE s.evaluation = $1 AND s.left_out_at IS NULL ORDER BY s.position",
        evaluation,
    )
    found: dict[UUID, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["indicator"], []).append(dict(row))
    return found


async def blackouts_of(evaluation: UUID) -> list[str]:
    """The passages that nobody reads in a frozen result."""
    rows = await fetch("SELECT passage FROM evaluation_blackout WHERE evaluation = $1 ORDER BY position", evaluation)
    return [row["passage"] for row in rows]


async def names_not_public(contract: UUID) -> list[str]:
    """Who served under a contract and did not agree to be named in public (R-CIV-06)."""
    rows = await fetch(
        "SELECT DISTINCT w.name FROM contract c JOIN worker w ON w.provider = c.provider"
        " LEFT JOIN worker_file f ON f.id = w.file WHERE c.id = $1 AND NOT coalesce(f.is_public, false)"
        " AND w.employed_from <= c.service_to AND coalesce(w.employed_to, c.service_to) >= c.service_from"
        " ORDER BY w.name",
        contract,
    )
    return [row["name"] for row in rows]


async def corrections_of(evaluation: UUID) -> list[dict[str, Any]]:
    """What the review changed, line by line, with the reasons."""
    rows = await fetch(
        "SELECT c.*, i.position, i.title FROM evaluation_correction c JOIN indicator i ON i.id = c.indicator"
        " WHERE c.evaluation = $1 ORDER BY i.position",
        evaluation,
    )
    return [dict(r) for r in rows]


async def printed_plan(contract: UUID) -> tuple[list[Indicator], list[SourceShare]]:
    """What the contract's listing printed for the evaluation: its indicators, and whose judgement counts how much."""
    lines = await fetch(
        'SELECT i.title, i.target, i.points, i.source, i."group", i.way FROM listing_indicator i'
        " JOIN contract c ON c.listing = i.listing WHERE c.id = $1 ORDER BY i.position",
        contract,
    )
    shares = await fetch(
        "SELECT s.source, s.weight FROM listing_source s JOIN contract c ON c.listing = s.listing"
        " WHERE c.id = $1 ORDER BY s.position",
        contract,
    )
    return [Indicator(**row) for row in lines], [SourceShare(**row) for row in shares]


async def towns_of(contract: UUID) -> list[dict[str, Any]]:
    """The towns that use the service of a contract."""
    rows = await fetch(
        "SELECT o.id, o.name, o.name_en FROM contract c JOIN listing_town t ON t.listing = c.listing"
        " JOIN organisation o ON o.id = t.town WHERE c.id = $1 ORDER BY o.sort_key",
        contract,
    )
    return [dict(r) for r in rows]


async def contracts_to_evaluate() -> list[dict[str, Any]]:
    """Contracts in force or completed, with their provider, for the planner's choice."""
    rows = await fetch(
        f"SELECT c.id, c.reference, c.title, {TITLE_EN} AS title_en, o.name AS provider, o.name_en AS provider_en,"
        " c.service_from, c.service_to FROM contract c"
        " JOIN provider p ON p.id = c.provider JOIN organisation o ON o.id = p.organisation"
        " WHERE c.status IN ('in_force', 'completed', 'terminated') ORDER BY c.reference DESC LIMIT 200"
    )
    return [dict(r) for r in rows]


async def evaluator_organisations() -> list[dict[str, Any]]:
    """Third-party organisations that have somebody to evaluate."""
    rows = await fetch(
        "SELECT DISTINCT o.id, o.name, o.name_en, o.sort_key FROM organisation o"
        " JOIN membership m ON m.organisation = o.id"
        " WHERE m.role = 'evaluator' ORDER BY o.sort_key"
    )
    return [dict(r) for r in rows]


async def evaluation_for_service(reference: str) -> dict[str, Any]:
    """One evaluation with its contract's facts; the caller has locked it and checks who asks."""
    row = await fetchrow(f"{_SELECT} WHERE e.reference = $1", reference)
    assert row is not None
    return dict(row)


async def carried_over(contract: UUID) -> tuple[str, dict[int, tuple[Decimal, Decimal | None]]] | None:
    """Of a renewed contract: the evaluation of the year before, and weight and target of each of its indicators."""
    row = await fetchrow(
        "SELECT e.id, e.reference FROM evaluation e JOIN contract n ON n.renews = e.contract"
        " WHERE n.id = $1 AND e.status = 'frozen' ORDER BY e.frozen_at DESC LIMIT 1",
        contract,
    )
    if row is None:
        return None
    lines = await indicators_of(row["id"])
    return row["reference"], {line["position"]: (line["weight"], line["target"]) for line in lines}
