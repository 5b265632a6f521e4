"""Schemes, runs and lines; a worker sees own lines only."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from contracts.subsidies.rules import CONDITION_CLAUSES, Condition, SchemeFacts, WorkerFacts, explain
from contracts.visits.rules import last_day
from marketplace.kernel.db import fetch, fetchrow
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]


async def list_schemes() -> list[Row]:
    """All schemes with their amounts, the newest first."""
    rows = await fetch("SELECT * FROM scheme ORDER BY effective_from DESC, drafted_at DESC")
    levels = await fetch("SELECT scheme, level, amount FROM scheme_level")
    amounts: dict[UUID, dict[str, Any]] = {}
    for each in levels:
        amounts.setdefault(each["scheme"], {})[each["level"]] = each["amount"]
    return [{**row, "amounts": amounts.get(row["id"], {})} for row in rows]


async def scheme_page(scheme_id: UUID) -> Row:
    """One scheme with its amounts. Raises NotFound."""
    for scheme in await list_schemes():
        if scheme["id"] == scheme_id:
            return scheme
    raise NotFound()


async def scheme_on(month: date) -> Row | None:
    """The scheme in force through a whole month; of several the one that began last."""
    for scheme in await list_schemes():
        if scheme["effective_from"] <= month and (
            scheme["effective_to"] is None or scheme["effective_to"] >= last_day(month)
        ):
            return scheme
    return None


def facts_of(scheme: Row) -> SchemeFacts:
    """A scheme as the rules read it."""
    return SchemeFacts(scheme["amounts"], scheme["min_minutes"])


async def open_contracts(month: date) -> list[str]:
    """Contracts that logged visits in a month which they have not closed."""
    rows = await fetch(
        "SELECT DISTINCT c.reference FROM visit v JOIN contract c ON c.id = v.contract"
        " WHERE v.day BETWEEN $1 AND $2 AND v.status IN ('logged', 'approved')"
        " AND NOT EXISTS (SELECT 1 FROM month_close m WHERE m.contract = c.id AND m.month = $1) ORDER BY 1",
        month, last_day(month),
    )  # fmt: skip
    return [r["reference"] for r in rows]


# what held on the first day of the month that the worker was in post; a renewal within the month carries on
_WORKERS = """
SELECT w.id, w.person, w.file, f.name, f.certificate_level, f.certificate_number, f.registered_on, l.certificate_until,
  o.name AS employer,
  coalesce((SELECT sum(line.minutes) FROM month_line line JOIN month_close m ON m.id = line.month_close
            JOIN visit v ON v.id = line.visit WHERE m.month = $1 AND v.worker = w.id), 0)::int AS minutes
FROM worker w JOIN provider p ON p.id = w.provider JOIN organisation o ON o.id = p.organisation
CROSS JOIN LATERAL worker_as_of(w.id, greatest(w.employed_from, $1)) f
CROSS JOIN LATERAL worker_as_of(w.id, least(w.employed_to, $2)) l
WHERE w.employed_from <= $2 AND (w.employed_to IS NULL OR w.employed_to >= $1) ORDER BY f.name, w.id
"""


async def workers_of_month(month: date) -> list[tuple[WorkerFacts, UUID, UUID | None]]:
    """Everybody on a provider's roster in a month with the minutes that closed months of that month hold for them.

    Name and certificate are those of the month (R-SOCW-05), whatever the roster says today.
    """
    return [
        (
            WorkerFacts(
                _key(r), r["name"], r["employer"], r["certificate_level"], r["registered_on"],
                r["certificate_until"], r["minutes"],
            ),
            r["id"], r["person"],
        )
        for r in await fetch(_WORKERS, month, last_day(month))
    ]  # fmt: skip


def _key(row: Any) -> str:
    """What tells people apart: the file across employers, which outlives a certificate's number."""
    if row["file"]:
        return f"file {row['file']}"
    if row["certificate_number"]:
        return f"certificate {row['certificate_number']}"
    return f"person {row['person'] or row['id']}"


_RUN = """
SELECT r.*, s.name AS scheme_name, s.document_number, s.min_minutes, rb.name AS run_by_name,
       ab.name AS approved_by_name,
       f.number AS voucher_number, f.sha256 AS voucher_sha256, f.size AS voucher_size, f.name AS voucher_name
FROM subsidy_run r JOIN scheme s ON s.id = r.scheme JOIN person rb ON rb.id = r.run_by
LEFT JOIN person ab ON ab.id = r.approved_by LEFT JOIN voucher_file f ON f.id = r.voucher_file
"""


async def run_of_month(month: date) -> Row | None:
    """The run that stands for a month, or None."""
    row = await fetchrow(_RUN + " WHERE r.month = $1 AND r.status <> 'superseded'", month)
    return dict(row) if row else None


async def run_page(reference: str) -> Row:
    """One run. Raises NotFound."""
    row = await fetchrow(_RUN + " WHERE r.reference = $1", reference)
    if row is None:
        raise NotFound()
    return dict(row)


async def list_runs() -> list[Row]:
    """All runs, the newest month first."""
    rows = await fetch(_RUN + " ORDER BY r.month DESC, r.run_at DESC")
    return [dict(r) for r in rows]


async def lines_of_run(run_id: UUID) -> list[Row]:
    """Every line of a run with its conditions in words."""
    lines = await fetch(
        "SELECT l.*, (SELECT b.status FROM subsidy_objection b WHERE b.line = l.id"
        " ORDER BY b.raised_at DESC LIMIT 1) AS objection,"
        " (SELECT v.status FROM subsidy_recovery v WHERE v.line = l.id"
        " ORDER BY v.proposed_at DESC LIMIT 1) AS recovery"
        " FROM subsidy_line l WHERE l.run = $1 ORDER BY l.name, l.worker_key",
        run_id,
    )
    return await conditions_in_words([dict(line) for line in lines])


async def lines_of_person(person_id: UUID) -> list[Row]:
    """A worker's own lines with their months, the newest first; superseded runs are left out."""
    lines = await fetch(
        "SELECT l.*, r.month, r.status AS run_status, r.reference AS run_reference, r.paid_at, s.name AS scheme_name,"
        " s.document_number, (SELECT b.status FROM subsidy_objection b WHERE b.line = l.id"
        " ORDER BY b.raised_at DESC LIMIT 1) AS objection,"
        " (SELECT v.status FROM subsidy_recovery v WHERE v.line = l.id"
        " ORDER BY v.proposed_at DESC LIMIT 1) AS recovery"
        " FROM subsidy_line l JOIN subsidy_run r ON r.id = l.run JOIN scheme s ON s.id = r.scheme"
        " WHERE (l.person = $1 OR l.worker IN (SELECT id FROM worker WHERE person = $1)) AND r.status <> 'superseded'"
        " ORDER BY r.month DESC",
        person_id,
    )
    return await conditions_in_words([dict(line) for line in lines])


async def conditions_in_words(lines: list[Row]) -> list[Row]:
    """The lines, each with its conditions in words."""
    rows = await fetch(
        "SELECT * FROM subsidy_condition WHERE line = ANY($1::uuid[]) ORDER BY line, position",
        [each["id"] for each in lines],
    )
    for line in lines:
        line["conditions"] = [
            {
                **row,
                "sentence": explain(row["rule"], row["found"], row["needed"], row["is_met"]),
                "clause": CONDITION_CLAUSES[Condition(row["rule"])],
            }
            for row in rows
            if row["line"] == line["id"]
        ]
    return lines


async def scheme_alike(values: dict[str, Any]) -> UUID | None:
    """A scheme with the same name, term, hours and amounts."""
    row = await fetchrow(
        "SELECT s.id FROM scheme s WHERE s.name = $1 AND s.effective_from = $2"
        " AND s.effective_to IS NOT DISTINCT FROM $3 AND s.min_minutes = $4"
        " AND (SELECT jsonb_object_agg(l.level, l.amount) FROM scheme_level l WHERE l.scheme = s.id)"
        " = (SELECT jsonb_object_agg(level, amount) FROM unnest($5::text[], $6::numeric[]) AS a(level, amount))"
        " AND ($7 = '' OR s.document_number = $7)",
        values["name"], values["effective_from"], values["effective_to"], values["min_minutes"],
        list(values["amounts"]), list(values["amounts"].values()), values["document_number"],
    )  # fmt: skip
    return row["id"] if row else None
