"""Challenges and complaints: every SELECT, and whose rows a reader may see."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.listings.queries import listing_by_id
from evaluations.awards.queries import took_part
from evaluations.challenges.rules import Moments, Part, Stage, Window, may_answer, may_see, window
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.queries import DocumentFacts
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchrow, fetchval, together
from marketplace.kernel.errors import NotFound
from marketplace.kernel.rulebook import number

Row = dict[str, Any]

_CHALLENGE = """
SELECT c.*, o.name AS organisation_name, o.name_en AS organisation_name_en, l.reference AS listing_reference,
       l.title, l.title_en, l.procuring_unit, l.agency_agreement, u.name AS buyer_name, u.name_en AS buyer_name_en,
       lot.number AS lot_number, a.name AS answered_by_name
FROM challenge c JOIN organisation o ON o.id = c.organisation JOIN listing l ON l.id = c.listing
JOIN organisation u ON u.id = l.procuring_unit LEFT JOIN listing_lot lot ON lot.id = c.lot
LEFT JOIN person a ON a.id = c.answered_by
"""
_COMPLAINT = """
SELECT t.*, lot.number AS lot_number, o.name AS organisation_name, o.name_en AS organisation_name_en,
       l.reference AS listing_reference,
       l.title, l.title_en, l.procuring_unit, l.agency_agreement, u.name AS buyer_name, u.name_en AS buyer_name_en,
       c.reference AS challenge_reference, c.stage, c.lot, c.raised_at AS challenged_at, c.answered_at,
       c.answer_by, d.name AS decided_by_name
FROM complaint t JOIN challenge c ON c.id = t.challenge JOIN organisation o ON o.id = t.organisation
JOIN listing l ON l.id = t.listing JOIN organisation u ON u.id = l.procuring_unit
LEFT JOIN person d ON d.id = t.decided_by LEFT JOIN listing_lot lot ON lot.id = c.lot
"""


async def part_of(listing: UUID, organisation: UUID) -> Part:
    """What an organisation did in a procurement; for its own pages only (R-COUNT-01)."""
    row = await fetchrow(
        "SELECT (SELECT min(taken_at) FROM document_taking WHERE listing = $1 AND organisation = $2) AS taken_at,"
        " EXISTS (SELECT 1 FROM bid b JOIN provider p ON p.id = b.provider WHERE b.listing = $1"
        "  AND p.organisation = $2 AND b.status <> 'withdrawn') AS has_bid",
        listing, organisation,
    )  # fmt: skip
    assert row is not None, "a SELECT without FROM gives one row"
    taken = county_day(row["taken_at"]) if row["taken_at"] else None
    return Part(taken, row["has_bid"], await took_part(listing, organisation))


async def moments_of(listing: Row) -> Moments:
    """The days from which the clocks run: end of the notice, opening, announcement."""
    row = await fetchrow(
        "SELECT (SELECT day FROM timetable_date WHERE listing = $1 AND event = 'notice_until') AS notice_until,"
        " (SELECT min(b.opened_at) FROM opened_bid b JOIN listing_lot t ON t.id = b.lot WHERE t.listing = $1)"
        " AS opened_at",
        listing["id"],
    )
    assert row is not None, "a SELECT without FROM gives one row"
    is_over = listing["status"] in ("awarded", "failed") and listing["ended_at"] is not None
    return Moments(
        row["notice_until"], county_day(row["opened_at"]) if row["opened_at"] else None,
        county_day(listing["ended_at"]) if is_over else None,
    )  # fmt: skip


async def windows_for(listing: Row, actor: Actor, now: datetime) -> list[Window]:
    """What the actor's organisation may challenge now, stage by stage, with the last day of each."""
    part, moments = await together(part_of(listing["id"], actor.organisation_id), moments_of(listing))
    return [window(stage, part, moments, now) for stage in Stage]


async def challenge_by(reference: str, visible_to: Actor | None) -> Row:
    """One challenge for those who may see it. Raises NotFound."""
    row = await fetchrow(_CHALLENGE + " WHERE c.reference = $1", reference)
    if row is None or visible_to is None:
        raise NotFound()
    is_concerned = await took_part(row["listing"], visible_to.organisation_id)
    if not may_see(visible_to, row, row, is_concerned):
        raise NotFound()
    return dict(row)


async def matters_of(challenge: UUID) -> list[Row]:
    """Its matters in order."""
    rows = await fetch("SELECT * FROM challenge_matter WHERE challenge = $1 ORDER BY position", challenge)
    return [dict(row) for row in rows]


async def papers_of(challenge: UUID) -> list[DocumentFacts]:
    """The evidence handed in with it."""
    rows = await fetch(
        "SELECT d.id, d.organisation, d.name, d.media_type, d.size, d.sha256, d.storage_key, d.visibility"
        " FROM challenge_paper p JOIN document d ON d.id = p.document WHERE p.challenge = $1"
        " ORDER BY d.uploaded_at, d.name",
        challenge,
    )
    return [DocumentFacts(**row) for row in rows]


async def challenges_of(listing: Row, actor: Actor | None) -> list[Row]:
    """The challenges of a listing that the reader may see, the newest first."""
    if actor is None:
        return []
    rows = await fetch(_CHALLENGE + " WHERE c.listing = $1 ORDER BY c.raised_at DESC", listing["id"])
    concerned = bool(rows) and await took_part(listing["id"], actor.organisation_id)
    return [dict(row) for row in rows if may_see(actor, row, row, concerned)]


def is_party(actor: Actor | None, complaint: Row) -> bool:
    """Complainant, respondent, and those who supervise."""
    if actor is None:
        return False
    return (
        actor.organisation_id == complaint["organisation"]
        or actor.may(Permission.READ_EVERYTHING)
        or may_answer(actor, complaint)
    )


async def complaint_by(reference: str, visible_to: Actor | None) -> Row:
    """One complaint: for its parties always, for everybody once it is decided (R-DISP-07). Raises NotFound."""
    row = await fetchrow(_COMPLAINT + " WHERE t.reference = $1", reference)
    if row is None:
        raise NotFound()
    found = dict(row)
    if found["status"] == "decided" or is_party(visible_to, found):
        return found
    # another provider concerned hears of a complaint once it is accepted, and may speak to it
    if visible_to is not None and found["status"] == "accepted":
        if await took_part(found["listing"], visible_to.organisation_id):
            return found
    raise NotFound()


async def complaint_matters(complaint: UUID) -> list[Row]:
    """Its matters with the place of each in the challenge."""
    rows = await fetch(
        "SELECT m.*, c.position AS challenge_position FROM complaint_matter m"
        " LEFT JOIN challenge_matter c ON c.id = m.challenge_matter WHERE m.complaint = $1 ORDER BY m.position",
        complaint,
    )
    return [dict(row) for row in rows]


async def replies_of(complaint: UUID) -> list[Row]:
    """What the parties concerned said to it."""
    rows = await fetch(
        "SELECT r.*, o.name AS organisation_name, o.name_en AS organisation_name_en FROM complaint_reply r"
        " JOIN organisation o ON o.id = r.organisation WHERE r.complaint = $1 ORDER BY r.said_at",
        complaint,
    )
    return [dict(row) for row in rows]


async def complaints_about(challenge: UUID) -> list[Row]:
    """The complaints about one challenge, the newest first."""
    rows = await fetch(
        "SELECT reference, status, raised_at FROM complaint WHERE challenge = $1 ORDER BY raised_at DESC", challenge
    )
    return [dict(row) for row in rows]


async def complaints_of(listing: UUID, actor: Actor | None) -> list[Row]:
    """The complaints about a listing: the decided ones for all, the others for their parties."""
    rows = await fetch(_COMPLAINT + " WHERE t.listing = $1 ORDER BY t.raised_at DESC", listing)
    return [dict(row) for row in rows if row["status"] == "decided" or is_party(actor, dict(row))]


async def list_complaints(actor: Actor | None, limit: int = 100) -> list[Row]:
    """All complaints the reader may see, those that wait first: finance's own list, and the public's decisions."""
    rows = await fetch(
        _COMPLAINT + " WHERE t.status = 'decided' OR $1"
        " ORDER BY t.status = 'decided', t.decide_by, t.reference LIMIT $2",
        actor is not None and actor.may(Permission.READ_EVERYTHING), limit,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def to_answer(actor: Actor) -> list[Row]:
    """Challenges that wait for an answer of the actor's unit, the most pressing first."""
    rows = await fetch(
        _CHALLENGE + " WHERE c.status = 'received' AND l.procuring_unit = $1 ORDER BY c.answer_by, c.reference",
        actor.organisation_id,
    )
    return [dict(row) for row in rows]


async def complaints_waiting(actor: Actor) -> list[Row]:
    """Complaints that wait: for finance to review or decide, for the unit to reply, for the complainant to correct."""
    rows = await fetch(
        _COMPLAINT + " WHERE ($1 AND t.status IN ('received', 'accepted'))"
        " OR (t.status = 'accepted' AND l.procuring_unit = $2 AND $3 AND NOT EXISTS"
        "  (SELECT 1 FROM complaint_reply r WHERE r.complaint = t.id AND r.organisation = $2))"
        " OR (t.status = 'correcting' AND t.organisation = $2) ORDER BY t.decide_by, t.reference",
        actor.may(Permission.DECIDE_COMPLAINT), actor.organisation_id, actor.may(Permission.ANSWER_CHALLENGE),
    )  # fmt: skip
    return [dict(row) for row in rows]


async def mails_concerned(listing: UUID, challenger: UUID) -> list[str]:
    """Where the other providers concerned are told: those whose bids were opened (94 Art. 13)."""
    rows = await fetch(
        "SELECT DISTINCT x.email FROM opened_bid b JOIN listing_lot l ON l.id = b.lot"
        " JOIN provider p ON p.id = b.provider"
        " JOIN membership m ON m.organisation = p.organisation AND m.role = 'provider'"
        " JOIN person x ON x.id = m.person WHERE l.listing = $1 AND p.organisation <> $2 AND x.is_active"
        " AND x.email <> '' ORDER BY x.email",
        listing, challenger,
    )  # fmt: skip
    return [row["email"] for row in rows]


async def partners_of(challenge: Row) -> list[str]:
    """Who bid together with the challenger, in the lot that is attacked or in any; none before the opening."""
    rows = await fetch(
        "SELECT DISTINCT coalesce(o.name, m.name) AS name FROM consortium_member m"
        " JOIN opened_bid b ON b.id = m.opened_bid JOIN listing_lot l ON l.id = b.lot"
        " JOIN provider lead ON lead.id = b.provider LEFT JOIN provider p ON p.id = m.provider"
        " LEFT JOIN organisation o ON o.id = p.organisation"
        " WHERE l.listing = $1 AND lead.organisation = $2 AND ($3::uuid IS NULL OR l.id = $3) ORDER BY 1",
        challenge["listing"], challenge["organisation"], challenge["lot"],
    )  # fmt: skip
    return [row["name"] for row in rows]


async def mails_of_office(organisation: UUID) -> list[str]:
    """The people of one organisation who can be written to."""
    rows = await fetch(
        "SELECT DISTINCT x.email FROM membership m JOIN person x ON x.id = m.person"
        " WHERE m.organisation = $1 AND x.is_active AND x.email <> '' ORDER BY x.email",
        organisation,
    )
    return [row["email"] for row in rows]


async def agency_of(agreement: UUID | None) -> UUID | None:
    """The agency that runs a procurement for its buyer, if one does."""
    found: UUID | None = await fetchval("SELECT agency FROM agency_agreement WHERE id = $1", agreement)
    return found


async def order_of(complaint: str) -> Row | None:
    """What finance ordered because of a complaint, once at most (R-TIME-27)."""
    row = await fetchrow(
        "SELECT h.*, p.name AS begun_by_name FROM procurement_hold h JOIN person p ON p.id = h.begun_by"
        " WHERE h.subject = $1 AND h.ground = 'finance_order'",
        complaint,
    )
    return dict(row) if row else None


async def hears_of_order(complaint: Row, actor: Actor | None) -> bool:
    """Whom finance's notices go to: the parties and the other providers concerned (94 Art. 28)."""
    if is_party(actor, complaint):
        return True
    return actor is not None and await took_part(complaint["listing"], actor.organisation_id)


async def finance_of(person: UUID) -> Row:
    """The finance office for which somebody decided: name and name_en."""
    row = await fetchrow(
        "SELECT o.name, o.name_en FROM membership m JOIN organisation o ON o.id = m.organisation"
        " WHERE m.person = $1 AND m.role = 'finance' LIMIT 1",
        person,
    )
    return dict(row) if row else {"name": "", "name_en": ""}


async def named_in(complaint: UUID) -> list[str]:
    """The natural persons whom the letters of a complaint and of its challenge name."""
    rows = await fetch(
        "SELECT contact, agent, signed_name FROM complaint WHERE id = $1 UNION ALL"
        " SELECT c.contact, c.agent, c.signed_name FROM challenge c JOIN complaint t ON t.challenge = c.id"
        " WHERE t.id = $1",
        complaint,
    )
    return sorted({name for row in rows for name in row.values() if name})


async def unfounded_before(complaint: Row, now: datetime) -> int:
    """The complainant's complaints that were rejected in the last 12 months, in this county (R-DISP-05)."""
    months = int(number("R-DISP-05/lookback", county_day(now)))
    count: int = await fetchval(
        "SELECT count(*) FROM complaint WHERE organisation = $1 AND outcome = 'rejected' AND id <> $2"
        " AND decided_at >= $3::timestamptz - make_interval(months => $4)",
        complaint["organisation"], complaint["id"], now, months,
    )  # fmt: skip
    return count


async def pauses_of(complaint: UUID) -> list[Row]:
    """The times that do not count towards the decision."""
    rows = await fetch("SELECT * FROM complaint_pause WHERE complaint = $1 ORDER BY begun_at", complaint)
    return [dict(row) for row in rows]


async def listing_of(challenge_or_complaint: Row) -> Row:
    """The listing behind it, in whatever state."""
    return await listing_by_id(challenge_or_complaint["listing"])
