"""What happened to a contract and its milestones, with the moment of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from contracts.agreements.rules import ContractStatus
from contracts.suspensions.queries import suspensions_of
from contracts.versions.rules import (
    EndOfTerm,
    Happening,
    MilestoneStory,
    MilestoneThen,
    contract_status_then,
    milestones_then,
    service_to_then,
    suspended_then,
)
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetch, fetchrow, fetchval, together
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_
from marketplace.kernel.moments import Day

Row = dict[str, Any]

_HAPPENINGS = """
SELECT m.id, x.at, x.status FROM contract_milestone m JOIN contract c ON c.id = m.contract
LEFT JOIN acceptance a ON a.milestone = m.id
CROSS JOIN LATERAL (
  SELECT r.requested_at AS at, 'requested' AS status FROM acceptance_request r WHERE r.milestone = m.id
  UNION ALL SELECT r.rejected_at, 'to_mend' FROM acceptance_rejection r WHERE r.milestone = m.id
  UNION ALL SELECT a.accepted_at, 'accepted' WHERE a.id IS NOT NULL
  UNION ALL SELECT i.received_at, 'invoiced' FROM invoice i WHERE i.acceptance = a.id OR i.advance = m.id
  UNION ALL SELECT i.returned_at, CASE WHEN i.advance IS NULL THEN 'accepted' ELSE 'open' END FROM invoice i
    WHERE (i.acceptance = a.id OR i.advance = m.id) AND i.returned_at IS NOT NULL
  -- invoiced in parts, it is approved and paid with the last of them
  UNION ALL SELECT max(y.approved_at), 'approved' FROM payment y JOIN invoice i ON i.id = y.invoice
    WHERE (i.acceptance = a.id OR i.advance = m.id) AND y.part = 'principal' HAVING m.status IN ('approved', 'paid')
  UNION ALL SELECT max(y.paid_at), 'paid' FROM payment y JOIN invoice i ON i.id = y.invoice
    WHERE (i.acceptance = a.id OR i.advance = m.id) AND y.part = 'principal' HAVING m.status = 'paid'
  UNION ALL SELECT d.decided_at, 'cancelled' FROM contract_amendment d
    WHERE d.contract = m.contract AND d.kind = 'termination' AND d.status = 'in_force' AND m.status = 'cancelled'
  -- what was paid before a contract was brought in
  UNION ALL SELECT c.published_at, 'paid' WHERE c.counted_from IS NOT NULL AND m.status = 'paid' AND a.id IS NULL
) x WHERE m.contract = $1 AND x.at IS NOT NULL ORDER BY m.position, x.at
"""
# supplements and settlements have no share of the price; each names the amendment it comes from
_MILESTONES = """
SELECT m.id, m.position, m.title, m.amount, m.due_on, a.amount AS accepted_amount,
       -- until the end of the day: what a settled dispute found not to be owed, and what came back after the payment
       coalesce((SELECT sum(d.amount - d.to_pay) FROM payment_dispute d JOIN invoice i ON i.id = d.invoice
         WHERE i.acceptance = a.id AND d.settled_at < $2), 0) AS dropped,
       coalesce((SELECT sum(k.amount) FROM late_credit k JOIN invoice i ON i.id = k.invoice
         LEFT JOIN payment y ON y.id = k.set_off_payment
         WHERE i.acceptance = a.id AND (k.returned_on <= $3 OR y.paid_at < $2)), 0)
       + coalesce((SELECT sum(q.amount) FROM advance_claim q JOIN contract_amendment x ON x.id = q.amendment
         WHERE m.is_advance AND x.contract = m.contract AND q.received_on <= $3), 0) AS came_back,
       (SELECT d.decided_at FROM contract_amendment d WHERE d.contract = m.contract AND d.status = 'in_force'
        AND m.share = 0 AND NOT m.is_advance
        AND CASE d.kind WHEN 'supplement' THEN m.title LIKE '%' || d.reference ELSE m.title NOT LIKE '%BG-%' END)
       AS added_at
FROM contract_milestone m LEFT JOIN acceptance a ON a.milestone = m.id WHERE m.contract = $1 ORDER BY m.position
"""


@dataclass(frozen=True)
class ContractThen:
    """A contract at the end of a day."""

    day: date
    status: ContractStatus
    service_to: date
    milestones: list[MilestoneThen]
    amendments: list[Row]
    suspension: Row | None
    signatures: list[Row]


async def contract_then(contract: Row, day: date) -> ContractThen:
    """The contract as it stood at the end of a county day. Raises DomainError before it was drawn up."""
    end = at_county_time(day + timedelta(days=1))
    if contract["drawn_up_at"] >= end:
        raise DomainError(
            N_("{day}还没有这份合同。请选拟出合同以后的日期。"), day=Day(day)
        )
    amendments, signatures, stories, suspensions, rescinded = await together(
        fetch(
            "SELECT * FROM contract_amendment WHERE contract = $1 AND status = 'in_force' ORDER BY decided_at",
            contract["id"],
        ),
        fetch("SELECT * FROM signature WHERE contract = $1 ORDER BY signed_at", contract["id"]),
        _stories(contract["id"], day, end), suspensions_of(contract["id"]),
        fetchval("SELECT rescinded_at FROM rescission WHERE contract = $1", contract["id"]),
    )  # fmt: skip
    termination = next((each for each in amendments if each["kind"] == "termination"), None)
    ended = EndOfTerm(termination["decided_at"], termination["service_to_before"]) if termination else None
    return ContractThen(
        day=day,
        status=contract_status_then(await _happenings(contract, signatures, termination, rescinded), end),
        service_to=service_to_then(contract["service_to"], ended, end),
        milestones=milestones_then(stories, end),
        amendments=[dict(each) for each in amendments if each["decided_at"] < end],
        suspension=suspended_then(suspensions, day, end),
        signatures=[dict(each) for each in signatures if each["signed_at"] < end],
    )


async def _stories(contract: UUID, day: date, end: datetime) -> list[MilestoneStory]:
    happenings, milestones = await together(fetch(_HAPPENINGS, contract), fetch(_MILESTONES, contract, end, day))
    happened: dict[UUID, list[Happening]] = {}
    for row in happenings:
        happened.setdefault(row["id"], []).append(Happening(row["at"], row["status"]))
    return [
        MilestoneStory(
            row["position"], row["title"], row["amount"], row["accepted_amount"], row["due_on"], row["added_at"],
            happened.get(row["id"], []), row["dropped"], row["came_back"],
        )
        for row in milestones
    ]  # fmt: skip


async def _happenings(
    contract: Row, signatures: list[Any], termination: Any, rescinded: datetime | None
) -> list[Happening]:
    states = (ContractStatus.SIGNED_BY_ONE, ContractStatus.IN_FORCE)
    found = [Happening(each["signed_at"], state) for each, state in zip(signatures, states, strict=False)]
    if contract["counted_from"]:
        found.append(Happening(contract["signed_at"], ContractStatus.IN_FORCE))
    if termination is not None:
        found.append(Happening(termination["decided_at"], ContractStatus.TERMINATED))
    if rescinded:
        found.append(Happening(rescinded, ContractStatus.RESCINDED))
    if contract["status"] == ContractStatus.COMPLETED:
        found.append(Happening(await _completed_at(contract["id"]), ContractStatus.COMPLETED))
    return found


async def _completed_at(contract: UUID) -> datetime:
    """The last payment, refund, handover or the next year's signature, whichever came last: that one completed it."""
    row = await fetchrow(
        "SELECT greatest((SELECT max(y.paid_at) FROM payment y JOIN invoice i ON i.id = y.invoice WHERE i.contract = $1"
        " AND y.part = 'principal'), (SELECT done_at FROM handover WHERE contract = $1 AND status = 'done'),"
        " (SELECT max(k.returned_on::timestamp AT TIME ZONE 'Asia/Shanghai') FROM late_credit k"
        "  JOIN invoice i ON i.id = k.invoice WHERE i.contract = $1)) AS at,"
        " (SELECT published_at FROM contract WHERE id = $1) AS published_at",
        contract,
    )
    assert row is not None
    found: datetime = row["at"] or row["published_at"]
    return found
