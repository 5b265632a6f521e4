"""Read evaluations: the public record, and drafts for those concerned."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

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


async def list_evaluations(actor: Actor | None, limit: int = 50, offset: int = 0) -> list[dict[str, Any]]:
    """Frozen ones for everyone; those under way for the people concerned. Newest first."""
    rows = await fetch(
        f"""{_SELECT} WHERE e.status = 'frozen' OR ($1::boolean) OR e.evaluator = $2
            OR (e.status <> 'planned' AND po.id = $2) OR c.buyer = $2
            ORDER BY coalesce(e.frozen_at, e.planned_at) DESC LIMIT $3 OFFSET $4""",
        _sees_all(actor), actor.organisation_id if actor else None, limit, offset,
    )  # fmt: skip
    return [dict(r) for r in rows]


def _sees_all(actor: Actor | None) -> bool:
    return actor is not None and (actor.may(Permission.PLAN_EVALUATION) or actor.may(Permission.READ_EVERYTHING))


async def get_evaluation(reference: str, visible_to: Actor | None) -> dict[str, Any]:
    """One evaluation. Raises NotFound for strangers of one that is not frozen yet."""
    row = await fetchrow(f"{_SELECT} WHERE e.reference = $1", reference)
    if row is None:
        raise NotFound()
    if row["status"] == "frozen" or _sees_all(visible_to):
        return dict(row)
    mine = visible_to.organisation_id if visible_to else None
    if mine is not None and (
        mine in (row["evaluator"], row["buyer_id"])
        or (mine == row["provider_organisation"] and row["status"] != "planned")
    ):
        return dict(row)
    raise NotFound()


async def indicators_of(evaluation: UUID) -> list[dict[str, Any]]:
    """The indicator table in its order."""
    rows = await fetch("SELECT * FROM indicator WHERE evaluation = $1 ORDER BY position", evaluation)
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


async def execution_rate(contract: UUID, period_from: date, period_to: date) -> Decimal:
    """Percent of the money due in the period that was paid; 100 when nothing was due."""
    row = await fetchrow(
        "SELECT coalesce(sum(amount), 0) AS due, coalesce(sum(amount) FILTER (WHERE status = 'paid'), 0) AS paid"
        " FROM contract_milestone WHERE contract = $1 AND due_on BETWEEN $2 AND $3 AND status <> 'cancelled'",
        contract, period_from, period_to,
    )  # fmt: skip
    assert row is not None
    return Decimal(100) if row["due"] == 0 else (row["paid"] * 100 / row["due"]).quantize(Decimal("0.01"))


async def evaluation_for_service(reference: str) -> dict[str, Any]:
    """One evaluation with its contract's facts; the caller has locked it and checks who asks."""
    row = await fetchrow(f"{_SELECT} WHERE e.reference = $1", reference)
    assert row is not None
    return dict(row)


async def approval_rate(contract: UUID, period_from: date, period_to: date) -> Decimal:
    """Percent of the minutes recorded in the period that the buyer approved; 0 when nothing was recorded."""
    row = await fetchrow(
        "SELECT coalesce(sum(minutes), 0) AS recorded,"
        " coalesce(sum(minutes) FILTER (WHERE status = 'approved'), 0) AS approved"
        " FROM visit WHERE contract = $1 AND day BETWEEN $2 AND $3 AND status <> 'replaced'",
        contract, period_from, period_to,
    )  # fmt: skip
    assert row is not None
    if not row["recorded"]:
        return Decimal(0)
    return (Decimal(row["approved"]) * 100 / Decimal(row["recorded"])).quantize(Decimal("0.01"))


async def measure(name: str, evaluation: dict[str, Any]) -> Decimal:
    """The value of a delivery indicator, computed from payments and visits."""
    over = (evaluation["contract"], evaluation["period_from"], evaluation["period_to"])
    return await (execution_rate(*over) if name == "execution_rate" else approval_rate(*over))


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
