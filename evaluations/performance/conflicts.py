"""Who may not evaluate a contract, on every path that the county's own registers know (R-ROLE-08, R-PERF-06)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from evaluations.performance.rules import Tied, check_free
from marketplace.kernel.db import fetch, fetchrow
from marketplace.kernel.names import Name
from vendors.relations.queries import code_behind, related_between
from vendors.relations.rules import Behind, Relation

CONSORTIUM = (
    "SELECT m.provider FROM contract k JOIN opened_bid b ON b.lot = k.lot AND b.provider = k.provider"
    " JOIN consortium_member m ON m.opened_bid = b.id WHERE k.id = $1 AND m.provider IS NOT NULL"
)


async def check_organisation_free(contract: Mapping[str, Any], organisation: UUID) -> None:
    """An organisation that is to evaluate: no part in the contract on any path. Raises Forbidden with the path."""
    facts = await fetchrow(
        "SELECT o.name, o.name_en, p.id AS provider,"
        f" o.id IN (SELECT organisation FROM provider WHERE id = $3 OR id IN ({CONSORTIUM})) AS delivers,"
        " o.id = $4 AS buys,"
        " EXISTS (SELECT 1 FROM bid b WHERE b.provider = p.id AND b.listing = $5"
        "  AND b.status IN ('sealed', 'opened')) AS bids,"
        " (SELECT x.name FROM signature s JOIN membership m ON m.person = s.person JOIN person x ON x.id = s.person"
        "  WHERE s.contract = $1 AND m.organisation = o.id ORDER BY x.name LIMIT 1) AS signer,"
        " (SELECT x.name FROM membership m JOIN membership n ON n.person = m.person JOIN person x ON x.id = m.person"
        "  WHERE m.organisation = o.id AND n.organisation = (SELECT organisation FROM provider WHERE id = $3)"
        "  ORDER BY x.name LIMIT 1) AS shared"
        " FROM organisation o LEFT JOIN provider p ON p.organisation = o.id WHERE o.id = $2",
        contract["id"], organisation, contract["provider"], contract["buyer"], contract["listing"],
    )  # fmt: skip
    assert facts is not None
    path = None
    if not (facts["delivers"] or facts["buys"] or facts["bids"]):
        path = await _path(contract, organisation, facts)
    check_free(
        Tied(
            Name(facts["name"], facts["name_en"]), delivers=facts["delivers"], buys=facts["buys"], bids=facts["bids"],
            signer=facts["signer"] or "", shared=facts["shared"] or "", path=path.path if path else None,
        )
    )  # fmt: skip


async def _path(contract: Mapping[str, Any], organisation: UUID, facts: Mapping[str, Any]) -> Relation | None:
    """What relates it to who delivers: a holding, a managing body, a shared responsible person."""
    members = await fetch(CONSORTIUM, contract["id"])
    others = [contract["provider"], *(row["provider"] for row in members)]
    if facts["provider"]:
        related = await related_between([facts["provider"]], others)
    elif code := await code_behind(facts["name"]):
        related = await related_between([], others, [Behind(organisation, "", facts["name"], code, "")])
    else:
        return None
    # what rests on a mere namesake is for people to look into
    return next((each for each in related if each.bars and each.is_certain), None)


async def people_kept_out(contract: UUID, people: Collection[UUID]) -> list[str]:
    """Names of those of these people who signed the contract, accepted its work or served under it."""
    rows = await fetch(
        "SELECT x.name FROM person x WHERE x.id = ANY($2) AND (EXISTS (SELECT 1 FROM signature s"
        " WHERE s.contract = $1 AND s.person = x.id) OR EXISTS (SELECT 1 FROM visit v WHERE v.contract = $1"
        " AND v.person = x.id) OR EXISTS (SELECT 1 FROM acceptance a JOIN contract_milestone m ON m.id = a.milestone"
        " WHERE m.contract = $1 AND a.accepted_by = x.id) OR EXISTS (SELECT 1 FROM contract c JOIN provider p"
        " ON p.id = c.provider JOIN membership m ON m.organisation = p.organisation WHERE c.id = $1"
        " AND m.person = x.id)) ORDER BY x.name",
        contract, list(people),
    )  # fmt: skip
    return [row["name"] for row in rows]
