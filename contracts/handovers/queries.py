"""Handovers as each side may read them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.agreements.residents import HAS_OPEN_RESIDENTS, IS_SETTLED, LOST_RENEWAL, RULE_LOOKBACK
from contracts.handovers.rules import Passing, first_day_looked_at, visible_residents
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchrow, fetchval
from marketplace.kernel.errors import NotFound
from marketplace.kernel.rulebook import number

Row = dict[str, Any]

_HANDOVER = """
SELECT h.*, c.reference AS contract_reference, c.title, c.buyer, c.service_to, c.status AS contract_status,
       c.signed_at, b.name AS buyer_name, b.name_en AS buyer_name_en, p.organisation AS outgoing,
       o.name AS outgoing_name, o.name_en AS outgoing_name_en, n.reference AS next_reference, n.status AS next_status,
       np.organisation AS incoming, no.name AS incoming_name, no.name_en AS incoming_name_en
FROM handover h JOIN contract c ON c.id = h.contract JOIN organisation b ON b.id = c.buyer
JOIN provider p ON p.id = c.provider JOIN organisation o ON o.id = p.organisation
LEFT JOIN contract n ON n.id = h.next_contract LEFT JOIN provider np ON np.id = n.provider
LEFT JOIN organisation no ON no.id = np.organisation
"""


def passing_of(resident: Row) -> Passing:
    """What is said of a resident so far."""
    return Passing(
        resident["recipient_code"], resident["outcome"], resident["consent"], resident["consented_on"],
        resident["visited_on"], resident["note"],
    )  # fmt: skip


async def residents_of(handover: UUID) -> list[Row]:
    """Everybody on a list in the order of codes, with the town's name."""
    rows = await fetch(
        "SELECT r.*, o.name AS town_name, o.name_en AS town_name_en FROM handover_resident r"
        " JOIN organisation o ON o.id = r.town WHERE r.handover = $1 ORDER BY r.recipient_code",
        handover,
    )
    return [dict(r) for r in rows]


async def handover_page(reference: str, visible_to: Actor) -> Row:
    """A handover with the residents this reader may see, and all of them under `whole`. Raises NotFound."""
    row = await fetchrow(_HANDOVER + " WHERE h.reference = $1", reference)
    if row is None:
        raise NotFound()
    whole = await residents_of(row["id"])
    sees_all = visible_to.may(Permission.READ_EVERYTHING)
    seen = visible_residents(row, whole, visible_to.organisation_id, sees_all=sees_all)
    if seen is None:
        raise NotFound()
    return {**row, "residents": seen, "whole": whole}


async def handover_by_id(handover: UUID) -> Row:
    """A handover for a service that has found it; its row is held. Raises NotFound."""
    if await fetchval("SELECT id FROM handover WHERE id = $1 FOR UPDATE", handover) is None:
        raise NotFound()
    row = await fetchrow(_HANDOVER + " WHERE h.id = $1", handover)
    assert row is not None
    return dict(row)


async def handover_of(contract: UUID) -> Row | None:
    """Reference, state and end of a contract's handover, if it has one."""
    row = await fetchrow(
        "SELECT id, reference, status, next_contract, done_at, done_by FROM handover WHERE contract = $1", contract
    )
    return dict(row) if row else None


async def signatures_of(handover: Row) -> list[Row]:
    """Who put a name under the list as it stands."""
    rows = await fetch(
        "SELECT s.party, s.organisation, s.typed_name, s.signed_at, o.name AS office_name,"
        " o.name_en AS office_name_en FROM handover_signature s JOIN organisation o ON o.id = s.organisation"
        " WHERE s.handover = $1 AND s.round = $2 ORDER BY s.signed_at",
        handover["id"], handover["round"],
    )  # fmt: skip
    return [dict(r) for r in rows]


async def open_residents(contract: Row, today: date) -> list[Row]:
    """Codes visited in the last months of a contract, with the town and day of the last visit (R-CON-06).

    `is_settled`: a finished handover has passed them on already.
    """
    since = first_day_looked_at(min(contract["service_to"], today), county_day(contract["signed_at"]))
    rows = await fetch(
        f"SELECT DISTINCT ON (v.recipient_code) v.recipient_code, v.town, v.day, {IS_SETTLED} AS is_settled"
        " FROM visit v JOIN contract c ON c.id = v.contract WHERE v.contract = $1 AND v.day >= $2"
        " AND v.status IN ('logged', 'approved') AND NOT v.is_void"
        " ORDER BY v.recipient_code, v.day DESC, v.begins_at DESC",
        contract["id"], since,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def open_work(contract: UUID) -> Row:
    """What of the contract itself is undone: visits to approve or mend, milestones to mend, service orders to close."""
    row = await fetchrow(
        "SELECT (SELECT count(*) FROM visit WHERE contract = $1 AND status = 'logged') AS to_approve,"
        " (SELECT count(*) FROM visit v WHERE v.contract = $1 AND v.status = 'returned' AND NOT EXISTS"
        "  (SELECT 1 FROM visit n WHERE n.chain = v.chain AND n.entered_at > v.entered_at)) AS to_mend,"
        " (SELECT count(*) FROM contract_milestone WHERE contract = $1 AND status IN ('requested', 'to_mend'))"
        " AS milestones,"
        " (SELECT count(*) FROM service_order WHERE contract = $1 AND status NOT IN ('closed', 'cancelled')) AS orders",
        contract,
    )
    assert row is not None
    return dict(row)


async def money_that_waits(handover: UUID) -> Decimal:
    """What of the outgoing provider's last payment waits until this handover is done (yuan)."""
    found: Decimal = await fetchval(
        "SELECT coalesce(sum(amount), 0) FROM handover_wait WHERE handover = $1 AND released_on IS NULL", handover
    )
    return found


async def next_contracts(contract: Row) -> list[Row]:
    """The contracts of the same buyer that may go on: not ended, running past the end of this one."""
    rows = await fetch(
        "SELECT c.id, c.reference, c.title, c.service_from, c.service_to, o.name AS provider_name,"
        " o.name_en AS provider_name_en FROM contract c"
        " JOIN provider p ON p.id = c.provider JOIN organisation o ON o.id = p.organisation"
        " WHERE c.buyer = $1 AND c.id <> $2 AND c.status IN ('drawn_up', 'signed_by_one', 'in_force')"
        " AND c.service_to > $3 ORDER BY c.service_from, c.reference LIMIT 100",
        contract["buyer"], contract["id"], contract["service_to"],
    )  # fmt: skip
    return [dict(r) for r in rows]


async def silent_ones(today: date) -> list[UUID]:
    """Handovers whose days to answer are over."""
    rows = await fetch(
        "SELECT id FROM handover WHERE status = 'confirming' AND silent_until < $1 ORDER BY silent_until", today
    )
    return [r["id"] for r in rows]


async def concerning(office: UUID) -> list[Row]:
    """Unfinished handovers in which an office has a part: the outgoing provider, the next one, or a town."""
    rows = await fetch(
        _HANDOVER + " WHERE h.status <> 'done' AND (p.organisation = $1 OR (h.status = 'confirming' AND ("
        "  (np.organisation = $1 AND EXISTS (SELECT 1 FROM handover_resident r WHERE r.handover = h.id"
        "   AND r.outcome = 'next')) OR EXISTS (SELECT 1 FROM handover_resident r WHERE r.handover = h.id"
        "   AND r.town = $1)) AND NOT EXISTS (SELECT 1 FROM handover_signature s WHERE s.handover = h.id"
        "   AND s.round = h.round AND s.organisation = $1 AND s.party <> 'outgoing')))",
        office,
    )
    return [dict(r) for r in rows]


async def to_open(buyer: UUID, soon: date) -> list[Row]:
    """Contracts of a buyer that end soon or have ended with residents who are on no list yet."""
    rows = await fetch(
        # apart: what the residents cost hides from the planner how providers are best found
        "WITH ending AS MATERIALIZED (SELECT c.reference, c.title, c.service_to, c.provider FROM contract c"
        f" WHERE c.buyer = $1 AND (c.status IN ('in_force', 'terminated') OR {LOST_RENEWAL}) AND c.service_to <= $2"
        " AND NOT EXISTS (SELECT 1 FROM handover h WHERE h.contract = c.id AND h.status <> 'done')"
        f" AND {HAS_OPEN_RESIDENTS.format(months='$3::int')})"
        " SELECT c.reference, c.title, c.service_to, o.name AS provider_name, o.name_en AS provider_name_en"
        " FROM ending c JOIN provider p ON p.id = c.provider JOIN organisation o ON o.id = p.organisation",
        buyer, soon, int(number(RULE_LOOKBACK, soon)),
    )  # fmt: skip
    return [dict(r) for r in rows]


async def left_to_buyer(buyer: UUID, today: date) -> list[Row]:
    """Lists of a buyer's ended contracts that nobody has sent: the buyer may fill them in (R-CON-06)."""
    rows = await fetch(
        _HANDOVER + " WHERE h.status = 'preparing' AND c.buyer = $1"
        " AND (c.status = 'terminated' OR c.service_to < $2) ORDER BY c.service_to, h.reference",
        buyer, today,
    )  # fmt: skip
    return [dict(r) for r in rows]
