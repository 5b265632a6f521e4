"""Visits as their worker, the buyer and the reader of a closed month see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from contracts.agreements.names import TITLE_EN
from contracts.suspensions.queries import IN_SUSPENSION
from contracts.visits.rules import CountedVisit, OwnVisit, Spell, last_day
from marketplace.kernel.db import fetch, fetchrow, fetchval, together

Row = dict[str, Any]
VISITS_SHOWN = 100

VISIT = f"""
SELECT v.*, {IN_SUSPENSION} AS in_suspension, c.reference AS contract_reference, c.title AS contract_title,
       {TITLE_EN} AS contract_title_en,
       i.name AS item_name, i.name_en AS item_name_en,
       t.name AS town_name, t.name_en AS town_name_en, w.name AS worker_name, w.certificate_level AS worker_level,
       e.name AS employer, e.name_en AS employer_en, d.name AS decided_by_name,
       o.minutes AS original_minutes, o.begins_at AS original_begins_at, o.ends_at AS original_ends_at,
       o.day AS original_day, o.recipient_code AS original_recipient_code, o.status AS original_status,
       close.month AS counted_month,
       r.id AS record_id, r.tasks, r.confirmed_by, r.code_is_right, r.slip_number, r.village_words, r.signature,
       r.latitude, r.longitude, r.placed_at, r.exception, r.exception_reason, r.joint, rp.name AS recorded_by_name,
       so.reference AS order_reference,
       ARRAY(SELECT f.id FROM visit_photo f WHERE f.visit = v.id ORDER BY f.taken_at, f.id) AS photos,
       EXISTS (SELECT 1 FROM visit n WHERE n.chain = v.chain AND n.status = 'logged' AND n.id <> v.id) AS has_correction
FROM visit v JOIN contract c ON c.id = v.contract JOIN listing_lot lot ON lot.id = c.lot JOIN item i ON i.id = lot.item
JOIN organisation t ON t.id = v.town CROSS JOIN LATERAL worker_as_of(v.worker, v.day) w
JOIN provider p ON p.id = c.provider JOIN organisation e ON e.id = p.organisation
LEFT JOIN person d ON d.id = v.decided_by LEFT JOIN visit o ON o.id = v.corrects
LEFT JOIN month_line line ON line.visit = v.id LEFT JOIN month_close close ON close.id = line.month_close
LEFT JOIN visit_record r ON r.visit = v.id LEFT JOIN person rp ON rp.id = r.recorded_by
LEFT JOIN service_order so ON so.id = v.service_order
"""


async def contracts_to_log(person_id: UUID, employer: UUID, on: date) -> list[Row]:
    """The contracts in force under which this employer of the person gives a service whose visits are logged."""
    rows = await fetch(
        f"SELECT c.id, c.reference, c.title, {TITLE_EN} AS title_en, c.service_from, c.service_to, c.counted_from,"
        " c.listing, c.buyer,"
        " i.code AS item_code,"
        " i.name AS item_name, i.name_en AS item_name_en, b.name AS buyer_name, b.name_en AS buyer_name_en"
        " FROM contract c JOIN listing_lot lot ON lot.id = c.lot JOIN item i ON i.id = lot.item"
        " JOIN organisation b ON b.id = c.buyer JOIN provider p ON p.id = c.provider AND p.organisation = $3"
        " WHERE (c.status = 'in_force' OR (c.status = 'terminated' AND c.service_to >= $2::date - 31))"
        " AND i.logs_visits AND EXISTS ("
        "  SELECT 1 FROM worker w WHERE w.provider = c.provider AND w.person = $1"
        "  AND (w.employed_to IS NULL OR w.employed_to >= c.service_from) AND w.employed_from <= $2)"
        " ORDER BY c.service_from DESC, c.reference",
        person_id, on, employer,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def towns_of(listing_id: UUID, buyer_id: UUID) -> list[Row]:
    """The towns a contract serves; the buyer itself where the listing names none."""
    rows = await fetch(
        "SELECT o.id, o.name, o.name_en FROM listing_town t JOIN organisation o ON o.id = t.town"
        " WHERE t.listing = $1 ORDER BY o.sort_key",
        listing_id,
    ) or await fetch("SELECT id, name, name_en FROM organisation WHERE id = $1", buyer_id)
    return [dict(r) for r in rows]


async def employments_of(person_id: UUID, provider_id: UUID) -> list[Row]:
    """Every spell of a worker with a provider, the latest first."""
    rows = await fetch(
        "SELECT id, name, employed_from, employed_to FROM worker WHERE person = $1 AND provider = $2"
        " ORDER BY employed_from DESC",
        person_id, provider_id,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def people_of(visits: Sequence[UUID]) -> dict[UUID, UUID]:
    """Who logged these visits, as far as they are there."""
    rows = await fetch("SELECT id, person FROM visit WHERE id = ANY($1::uuid[])", list(visits))
    return {r["id"]: r["person"] for r in rows}


async def visit_of(visit_id: UUID) -> Row | None:
    """One visit with its names, or None."""
    row = await fetchrow(VISIT + " WHERE v.id = $1", visit_id)
    return dict(row) if row else None


async def spells_of_worker(person_id: UUID, days: Sequence[date]) -> dict[date, list[OwnVisit]]:
    """What a worker logged for these days, under any contract and employer."""
    rows = await fetch(
        "SELECT id, day, chain, begins_at, ends_at, contract, recipient_code, village, note FROM visit"
        " WHERE person = $1 AND day = ANY($2::date[]) AND status IN ('logged', 'approved') AND NOT is_void",
        person_id, list(days),
    )  # fmt: skip
    found: dict[date, list[OwnVisit]] = {day: [] for day in days}
    for r in rows:
        spell = Spell(r["begins_at"], r["ends_at"])
        found[r["day"]].append(
            OwnVisit(r["id"], r["chain"], spell, r["contract"], r["recipient_code"], r["village"], r["note"])
        )
    return found


async def spells_of_recipients(
    served: Sequence[tuple[str, date]],
) -> dict[tuple[str, date], list[tuple[str, UUID, Spell]]]:
    """When each of these recipients was served alone on a day: item, chain and stretch of each visit."""
    rows = await fetch(
        "SELECT v.recipient_code, v.day, v.item_code, v.chain, v.begins_at, v.ends_at"
        " FROM unnest($1::text[], $2::date[]) AS s(code, day) JOIN visit v ON v.recipient_code = s.code"
        " AND v.day = s.day WHERE v.status IN ('logged', 'approved') AND NOT v.is_void AND NOT v.is_group",
        [code for code, _ in served], [day for _, day in served],
    )  # fmt: skip
    found: dict[tuple[str, date], list[tuple[str, UUID, Spell]]] = {each: [] for each in served}
    for r in rows:
        found[r["recipient_code"], r["day"]].append((r["item_code"], r["chain"], Spell(r["begins_at"], r["ends_at"])))
    return found


async def visits_of_person(person_id: UUID, month: date) -> list[Row]:
    """A worker's own visits of a month, newest first, corrections after what they correct."""
    rows = await fetch(
        VISIT + " WHERE v.person = $1 AND v.day BETWEEN $2 AND $3 ORDER BY v.day DESC, v.begins_at DESC, v.entered_at",
        person_id, month, last_day(month),
    )  # fmt: skip
    return [dict(r) for r in rows]


async def visits_of_month(contract_id: UUID, month: date, number: int = 1) -> list[Row]:
    """One page of a contract's month, by day, with every correction beside its original."""
    # the page is found by the index of days, and names are looked up for its rows alone
    rows = await fetch(
        f"SELECT v.* FROM ({VISIT} WHERE v.id = ANY(ARRAY(SELECT v.id FROM visit v JOIN visit f ON f.id = v.chain"
        "  WHERE v.contract = $1 AND v.day BETWEEN $2 AND $3 ORDER BY v.day, f.begins_at, v.chain, v.entered_at, v.id"
        "  LIMIT $4 OFFSET $5))) v JOIN visit f ON f.id = v.chain"
        " ORDER BY v.day, f.begins_at, v.chain, v.entered_at, v.id",
        contract_id, month, last_day(month), VISITS_SHOWN, (number - 1) * VISITS_SHOWN,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def waiting_of_others(contract_id: UUID, month: date, person_id: UUID) -> list[UUID]:
    """What waits in a contract's month and was logged by somebody else."""
    rows = await fetch(
        "SELECT id FROM visit WHERE contract = $1 AND day BETWEEN $2 AND $3 AND status = 'logged' AND person <> $4",
        contract_id, month, last_day(month), person_id,
    )  # fmt: skip
    return [r["id"] for r in rows]


async def waiting_visits(contract_id: UUID, until: date) -> list[Row]:
    """Visits up to a day that nobody has decided."""
    rows = await fetch(
        "SELECT id, day, person FROM visit WHERE contract = $1 AND day <= $2 AND status = 'logged'", contract_id, until
    )
    return [dict(r) for r in rows]


async def closes_of(contract_id: UUID) -> list[Row]:
    """The closed months of a contract with the acceptance that rests on each."""
    rows = await fetch(
        "SELECT m.*, p.name AS closed_by_name, a.reference AS acceptance_reference, cm.position AS milestone_position"
        " FROM month_close m JOIN person p ON p.id = m.closed_by"
        " LEFT JOIN acceptance_month am ON am.month_close = m.id LEFT JOIN acceptance a ON a.id = am.acceptance"
        " LEFT JOIN contract_milestone cm ON cm.id = a.milestone WHERE m.contract = $1 ORDER BY m.month",
        contract_id,
    )
    return [dict(r) for r in rows]


async def closed_months(contract_id: UUID) -> dict[date, UUID]:
    """The closed months of a contract with their closes."""
    rows = await fetch("SELECT month, id FROM month_close WHERE contract = $1", contract_id)
    return {row["month"]: row["id"] for row in rows}


async def lines_of_close(close_ids: Sequence[UUID]) -> list[Row]:
    """What closed months hold: every visit with its minutes and points, in the order of days."""
    rows = await fetch(
        "SELECT line.month_close, line.kind, line.minutes, v.id AS visit, v.chain, v.day, v.begins_at, v.ends_at,"
        " v.recipient_code, v.village, v.reason, v.is_void, v.is_late_entry, t.name AS town_name,"
        " t.name_en AS town_name_en,"
        " w.name AS worker_name, close.month"
        " FROM month_line line JOIN month_close close ON close.id = line.month_close JOIN visit v ON v.id = line.visit"
        " JOIN organisation t ON t.id = v.town CROSS JOIN LATERAL worker_as_of(v.worker, v.day) w"
        " WHERE line.month_close = ANY($1::uuid[]) ORDER BY close.month, v.day, v.begins_at, v.id",
        list(close_ids),
    )
    return [dict(r) for r in rows]


async def hours_summary(contract_id: UUID, month: date) -> Row:
    """Minutes of a month by state: logged, approved now, and what its close holds (None while it is open)."""
    row, closed = await together(
        fetchrow(
            "SELECT coalesce(sum(minutes) FILTER (WHERE status = 'logged' AND corrects IS NULL), 0)::int"
            " AS waiting_minutes,"
            " count(*) FILTER (WHERE status = 'logged')::int AS waiting_count,"
            " coalesce(sum(minutes) FILTER (WHERE status = 'approved'), 0)::int AS approved_minutes,"
            " count(*) FILTER (WHERE status = 'approved' AND NOT is_void)::int AS approved_count,"
            " count(*)::int AS records"
            " FROM visit WHERE contract = $1 AND day BETWEEN $2 AND $3",
            contract_id, month, last_day(month),
        ),
        fetchrow(
            "SELECT own_minutes, adjustment_minutes, visit_count, closed_at FROM month_close WHERE"
            " contract = $1 AND month = $2",
            contract_id, month,
        ),
    )  # fmt: skip
    assert row is not None
    return {**row, "close": dict(closed) if closed else None}


_UNCOUNTED = """
WITH unlike AS MATERIALIZED (
  SELECT g.month FROM (SELECT date_trunc('month', day::timestamp)::date AS month, count(*) AS records FROM visit
                       WHERE contract = $1 AND day <= $2 GROUP BY 1) g
  LEFT JOIN month_close m ON m.contract = $1 AND m.month = g.month WHERE m.visit_count IS DISTINCT FROM g.records)
SELECT v.id, v.person, v.day, v.minutes, e.is_correction, e.counted FROM unlike u
CROSS JOIN LATERAL (
  SELECT * FROM visit v WHERE v.contract = $1 AND v.day BETWEEN u.month AND (u.month + interval '1 month')::date - 1
    AND v.status = 'approved' AND NOT EXISTS (SELECT 1 FROM month_line l WHERE l.visit = v.id) OFFSET 0) v
CROSS JOIN LATERAL (
  SELECT count(*) > 0 AS is_correction, coalesce(sum(l.minutes), 0)::int AS counted FROM visit f
  JOIN month_line l ON l.visit = f.id WHERE f.chain = v.chain) e
ORDER BY v.day, v.begins_at, v.id
"""


async def uncounted_visits(contract_id: UUID, until: date) -> list[CountedVisit]:
    """Approved visits up to the last day of a month that no close holds, with what earlier rows of their chain counted.

    A closed month that has as many records as its close holds of its own visits has all of them in it, and is not read;
    OFFSET keeps it so: each month that differs is asked for by itself.
    """
    rows = await fetch(_UNCOUNTED, contract_id, until)
    return [CountedVisit(r["id"], r["person"], r["day"], r["minutes"], r["is_correction"], r["counted"]) for r in rows]


async def months_with_visits(person_id: UUID) -> list[date]:
    """The months in which a worker logged anything, newest first."""
    rows = await fetch(
        "SELECT DISTINCT date_trunc('month', day)::date AS month FROM visit WHERE person = $1 ORDER BY 1 DESC",
        person_id,
    )
    return [r["month"] for r in rows]


async def draft_of(draft_id: UUID, person_id: UUID) -> Row | None:
    """A worker's own draft, or None."""
    row = await fetchrow("SELECT * FROM visit_draft WHERE id = $1 AND person = $2", draft_id, person_id)
    return dict(row) if row else None


async def count_drafts(person_id: UUID) -> int:
    """How many visits this worker began and did not record."""
    count: int = await fetchval("SELECT count(*) FROM visit_draft WHERE person = $1", person_id)
    return count


async def drafts_of(person_id: UUID) -> list[Row]:
    """Visits begun and not recorded, newest first."""
    rows = await fetch("SELECT * FROM visit_draft WHERE person = $1 ORDER BY saved_at DESC LIMIT 20", person_id)
    return [dict(r) for r in rows]


async def chain_of(chain: UUID) -> list[Row]:
    """A visit and its corrections, the oldest first."""
    rows = await fetch(VISIT + " WHERE v.chain = $1 ORDER BY v.entered_at", chain)
    return [dict(r) for r in rows]


async def towns_of_contracts(contracts: list[Row]) -> dict[UUID, list[Row]]:
    """The towns each contract serves, the buyer itself where its listing names none; one question for all."""
    rows = await fetch(
        "SELECT c.id AS contract, o.id, o.name, o.name_en FROM contract c JOIN organisation o"
        " ON o.id IN (SELECT town FROM listing_town WHERE listing = c.listing)"
        " OR (o.id = c.buyer AND NOT EXISTS (SELECT 1 FROM listing_town WHERE listing = c.listing))"
        " WHERE c.id = ANY($1) ORDER BY o.sort_key",
        [each["id"] for each in contracts],
    )
    found: dict[UUID, list[Row]] = {each["id"]: [] for each in contracts}
    for row in rows:
        found[row["contract"]].append(dict(row))
    return found


async def employers_of(person_id: UUID) -> list[UUID]:
    """The organisations on whose rosters a person stands or stood."""
    rows = await fetch(
        "SELECT DISTINCT coalesce(p.organisation, w.town) AS employer FROM worker w"
        " LEFT JOIN provider p ON p.id = w.provider WHERE w.person = $1",
        person_id,
    )
    return [r["employer"] for r in rows]


async def residents_of(person_id: UUID, since: date, on: date) -> list[Row]:
    """Whom a worker served since a day, with the place of the last visit; who waits longest stands first."""
    rows = await fetch(
        "SELECT * FROM (SELECT DISTINCT ON (v.contract, v.recipient_code) v.contract, v.recipient_code, v.town,"
        " v.village, v.day FROM visit v JOIN contract c ON c.id = v.contract WHERE v.person = $1"
        " AND v.day BETWEEN $2 AND $3 AND v.status IN ('logged', 'approved') AND NOT v.is_void"
        " AND c.status = 'in_force' ORDER BY v.contract, v.recipient_code, v.day DESC, v.begins_at DESC) s"
        " ORDER BY s.day, s.recipient_code LIMIT 60",
        person_id, since, on,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def colleagues_of(person_id: UUID, employer: UUID, on: date) -> list[Row]:
    """Who else of an employer has an account and is on its roster on a day."""
    rows = await fetch(
        "SELECT DISTINCT w.person AS id, w.name FROM worker w JOIN provider p ON p.id = w.provider"
        " WHERE p.organisation = $2 AND w.person IS NOT NULL AND w.person <> $1 AND w.employed_from <= $3"
        " AND (w.employed_to IS NULL OR w.employed_to >= $3) ORDER BY w.name LIMIT 60",
        person_id, employer, on,
    )  # fmt: skip
    return [dict(row) for row in rows]
