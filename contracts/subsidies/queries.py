"""Schemes, runs and lines; a worker sees own lines only."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from contracts.subsidies.explaining import amount_in_words, explain
from contracts.subsidies.rules import CONDITION_CLAUSES, Condition, conditions_of, facts_of_line
from contracts.subsidies.scheme_rules import NewScheme, SchemeFacts
from marketplace.kernel.db import fetch, fetchrow, fetchval, together
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]
PAGE_SIZE = 100

_SCHEME = """
SELECT s.*, d.name AS drafted_by_name, c.name AS decided_by_name,
  (SELECT array_agg(l.level ORDER BY l.level) FROM scheme_level l WHERE l.scheme = s.id) AS paid_levels,
  (SELECT array_agg(l.amount ORDER BY l.level) FROM scheme_level l WHERE l.scheme = s.id) AS paid_amounts
FROM scheme s JOIN person d ON d.id = s.drafted_by LEFT JOIN person c ON c.id = s.decided_by
"""


def _scheme(row: Any) -> Row:
    return {**row, "amounts": dict(zip(row["paid_levels"] or [], row["paid_amounts"] or [], strict=True))}


async def list_schemes() -> list[Row]:
    """All schemes with their amounts, the newest first."""
    rows = await fetch(_SCHEME + " ORDER BY s.effective_from DESC, s.drafted_at DESC")
    return [_scheme(row) for row in rows]


async def scheme_page(scheme_id: UUID) -> Row:
    """One scheme with its amounts. Raises NotFound."""
    row = await fetchrow(_SCHEME + " WHERE s.id = $1", scheme_id)
    if row is None:
        raise NotFound()
    return _scheme(row)


def facts_of(scheme: Row) -> SchemeFacts:
    """A scheme as the rules read it."""
    names = (
        "amounts", "min_minutes", "kind", "min_days", "min_months", "proof", "stacking", "excludes_establishment",
        "forbids_double", "effective_from",
    )  # fmt: skip
    return SchemeFacts(**{name: scheme[name] for name in names})


async def schemes_without_run(month: date, last: date) -> list[Row]:
    """Monthly schemes in force through a month that nobody has computed."""
    rows = await fetch(
        "SELECT s.id, s.name FROM scheme s WHERE s.status = 'in_force' AND s.kind = 'monthly'"
        " AND s.effective_from <= $1 AND (s.effective_to IS NULL OR s.effective_to >= $2) AND NOT EXISTS ("
        " SELECT 1 FROM subsidy_run r WHERE r.scheme = s.id AND r.status <> 'superseded'"
        " AND $1 >= r.month AND $1 < r.month + make_interval(months => r.months)) ORDER BY s.effective_from, s.name",
        month, last,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def open_contracts(first: date, last: date) -> list[str]:
    """Contracts that logged visits in these months which they have not closed."""
    rows = await fetch(
        "SELECT c.reference FROM contract c WHERE EXISTS (SELECT 1 FROM generate_series($1::date::timestamp,"
        " $2::date::timestamp, interval '1 month') m WHERE NOT EXISTS"
        " (SELECT 1 FROM month_close k WHERE k.contract = c.id AND k.month = m::date)"
        " AND EXISTS (SELECT 1 FROM visit v WHERE v.contract = c.id AND v.day >= m::date"
        "  AND v.day < (m + interval '1 month')::date AND v.status IN ('logged', 'approved'))) ORDER BY 1",
        first, last,
    )  # fmt: skip
    return [r["reference"] for r in rows]


# the office of who computed a run: it issues the papers
OFFICE = """coalesce((SELECT o.name FROM membership m JOIN organisation o ON o.id = m.organisation
  WHERE m.person = r.run_by ORDER BY o.kind, o.name LIMIT 1), '') AS office"""
_RUN = f"""
SELECT r.*, {OFFICE},
  s.name AS scheme_name, s.kind AS scheme_kind, s.document_number, s.min_minutes, s.status AS scheme_status,
  s.effective_from AS scheme_from, rb.name AS run_by_name, ab.name AS approved_by_name, pb.name AS published_by_name,
  f.number AS voucher_number, f.sha256 AS voucher_sha256, f.size AS voucher_size, f.name AS voucher_name
FROM subsidy_run r JOIN scheme s ON s.id = r.scheme JOIN person rb ON rb.id = r.run_by
LEFT JOIN person ab ON ab.id = r.approved_by LEFT JOIN person pb ON pb.id = r.published_by
LEFT JOIN voucher_file f ON f.id = r.voucher_file
"""


async def run_over(scheme_id: UUID, first: date, last: date) -> Row | None:
    """The run of a scheme that stands for any of these months, or None."""
    row = await fetchrow(
        _RUN + " WHERE r.scheme = $1 AND r.status <> 'superseded' AND r.month <= $3"
        " AND r.month + make_interval(months => r.months) > $2::date ORDER BY r.month LIMIT 1",
        scheme_id, first, last,
    )  # fmt: skip
    return dict(row) if row else None


async def run_page(reference: str) -> Row:
    """One run. Raises NotFound."""
    row = await fetchrow(_RUN + " WHERE r.reference = $1", reference)
    if row is None:
        raise NotFound()
    return dict(row)


async def list_runs() -> list[Row]:
    """All runs, the newest month first."""
    rows = await fetch(_RUN + " ORDER BY r.month DESC, r.run_at DESC LIMIT 200")
    return [dict(r) for r in rows]


async def public_runs() -> list[Row]:
    """Runs whose list stands in public or stood there, without those computed anew."""
    rows = await fetch(
        _RUN + " WHERE r.published_at IS NOT NULL AND r.status <> 'superseded' ORDER BY r.published_at DESC LIMIT 60"
    )
    return [dict(r) for r in rows]


# a line with what its page and lists say besides; the scheme beside it is what its conditions rest on
LINE = f"""
SELECT l.*, {OFFICE}, coalesce(l.month, r.month) AS of_month, r.status AS run_status, r.reference AS run_reference,
  r.month AS run_month, r.paid_at, r.run_by, r.scheme,
  coalesce(l.person, w.person) AS of_person, s.kind AS scheme_kind, s.name AS scheme_name, s.document_number,
  s.effective_from AS scheme_from, y.status AS payment_status, y.reason AS payment_reason,
  (SELECT b.status FROM subsidy_objection b WHERE b.line = l.id ORDER BY b.raised_at DESC LIMIT 1) AS objection,
  (SELECT v.status FROM subsidy_recovery v WHERE v.line = l.id ORDER BY v.proposed_at DESC LIMIT 1) AS recovery
FROM subsidy_line l JOIN subsidy_run r ON r.id = l.run JOIN scheme s ON s.id = r.scheme JOIN worker w ON w.id = l.worker
LEFT JOIN subsidy_payment y ON y.run = l.run AND y.worker_key = l.worker_key
"""


async def line_by(line_id: UUID) -> Row | None:
    """One line with everything in words, whoever asks."""
    row = await fetchrow(LINE + " WHERE l.id = $1", line_id)
    return (await conditions_in_words([_of_month(row)]))[0] if row else None


async def lines_of_run(run_id: UUID, number: int = 0) -> list[Row]:
    """The lines of a run with their conditions in words: one page, or all of them without a number."""
    cut = f" LIMIT {PAGE_SIZE} OFFSET {(number - 1) * PAGE_SIZE}" if number else ""
    lines = await fetch(LINE + " WHERE l.run = $1 ORDER BY l.name, l.worker_key, l.month, l.kind DESC" + cut, run_id)
    return await conditions_in_words([_of_month(line) for line in lines])


async def public_lines(run_id: UUID, number: int) -> list[Row]:
    """One page of who gets what from a run, one row a person; those who get nothing are not shown in public."""
    rows = await fetch(
        "SELECT min(name) AS name, min(employer) AS employer, min(level) AS level, sum(amount) AS amount"
        " FROM subsidy_line WHERE run = $1 GROUP BY worker_key HAVING sum(amount) > 0 ORDER BY 1, worker_key"
        f" LIMIT {PAGE_SIZE} OFFSET $2",
        run_id, (number - 1) * PAGE_SIZE,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def bare_lines(run_id: UUID) -> list[Row]:
    """The lines of a run as they are kept."""
    rows = await fetch("SELECT * FROM subsidy_line WHERE run = $1 ORDER BY name, worker_key, month, kind DESC", run_id)
    return [dict(row) for row in rows]


async def lines_of_person(person_id: UUID) -> list[Row]:
    """A worker's own lines with their months, the newest first; superseded runs are left out."""
    lines = await fetch(
        LINE + " WHERE (l.person = $1 OR l.worker IN (SELECT id FROM worker WHERE person = $1))"
        " AND r.status <> 'superseded' ORDER BY r.month DESC, l.month DESC, l.kind DESC",
        person_id,
    )
    return await conditions_in_words([_of_month(line) for line in lines])


def _of_month(line: Any) -> Row:
    return {**line, "month": line["of_month"], "has_facts": line["month"] is not None}


async def conditions_in_words(lines: list[Row]) -> list[Row]:
    """The lines, each with its conditions and its amount in words."""
    conditions, of_lines = await together(
        fetch(
            "SELECT * FROM subsidy_condition WHERE line = ANY($1::uuid[]) ORDER BY line, position",
            [each["id"] for each in lines if not each["has_facts"]],
        ),
        fetch(_SCHEME + " WHERE s.id = ANY($1::uuid[])", list({each["scheme"] for each in lines})),
    )
    kept: dict[UUID, list[Row]] = {}
    for row in conditions:
        kept.setdefault(row["line"], []).append(dict(row))
    schemes = {row["id"]: facts_of(_scheme(row)) for row in of_lines}
    for line in lines:
        found = kept.get(line["id"], [])
        if line["has_facts"]:
            found = [vars(each) for each in conditions_of(facts_of_line(line), schemes[line["scheme"]])]
        line["conditions"] = [
            {
                **row,
                "sentence": explain(row["rule"], row["found"], row["needed"], row["is_met"]),
                "clause": CONDITION_CLAUSES[Condition(row["rule"])],
            }
            for row in found
        ]
        line["why"] = amount_in_words(line)
    return lines


async def run_sums(run_id: UUID) -> Row:
    """How many lines and people a run has, how many get something, and what is own and what adjusted, in yuan."""
    row = await fetchrow(
        "SELECT count(*)::int AS lines, count(DISTINCT worker_key)::int AS people,"
        " count(DISTINCT worker_key) FILTER (WHERE amount > 0)::int AS paid_people,"
        " coalesce(sum(amount) FILTER (WHERE kind = 'own'), 0) AS own,"
        " coalesce(sum(amount) FILTER (WHERE kind = 'adjustment'), 0) AS adjusted,"
        " coalesce(sum(carried), 0) AS carried FROM subsidy_line WHERE run = $1",
        run_id,
    )
    assert row is not None
    return dict(row)


async def differences(run: Row) -> list[Row]:
    """Who gets another amount than in the scheme's run before, in yuan: `before` and `here`, None where not in it."""
    rows = await fetch(
        "WITH earlier AS (SELECT id FROM subsidy_run WHERE scheme = $1 AND month < $2 AND status <> 'superseded'"
        " ORDER BY month DESC LIMIT 1),"
        " b AS (SELECT worker_key, min(name) AS name, sum(amount) AS amount FROM subsidy_line"
        " WHERE run = (SELECT id FROM earlier) GROUP BY 1),"
        " h AS (SELECT worker_key, min(name) AS name, sum(amount) AS amount FROM subsidy_line"
        " WHERE run = $3 GROUP BY 1)"
        " SELECT coalesce(h.name, b.name) AS name, b.amount AS before, h.amount AS here FROM b FULL JOIN h"
        " USING (worker_key) WHERE EXISTS (SELECT 1 FROM earlier)"
        " AND coalesce(b.amount, 0) <> coalesce(h.amount, 0)"
        " ORDER BY coalesce(h.amount, 0) - coalesce(b.amount, 0), 1 LIMIT 200",
        run["scheme"], run["month"], run["id"],
    )  # fmt: skip
    return [dict(row) for row in rows]


async def payments_of(run_id: UUID) -> list[Row]:
    """What the pay file gives each person, in the order of the file."""
    rows = await fetch(
        "SELECT y.*, l.name, l.employer FROM subsidy_payment y JOIN LATERAL (SELECT name, employer FROM subsidy_line o"
        " WHERE o.run = y.run AND o.worker_key = y.worker_key ORDER BY o.kind DESC, o.month DESC LIMIT 1) l ON true"
        " WHERE y.run = $1 ORDER BY y.number",
        run_id,
    )
    return [dict(row) for row in rows]


async def results_of(run_id: UUID) -> list[Row]:
    """The lines of the run's result files that need a person, the newest file first."""
    rows = await fetch(
        "SELECT f.name, f.taken_at, l.* FROM subsidy_result f JOIN subsidy_result_line l ON l.result = f.id"
        " WHERE f.run = $1 AND l.finding NOT IN ('paid', 'returned', 'settled') ORDER BY f.taken_at DESC, l.row LIMIT"
        " 200",
        run_id,
    )
    return [dict(row) for row in rows]


async def paid_since(run_id: UUID) -> list[str]:
    """Who got the same from another run that was frozen after this one was computed: the first few names."""
    rows = await fetch(
        "SELECT DISTINCT l.name FROM subsidy_run r JOIN scheme s ON s.id = r.scheme JOIN subsidy_line l ON l.run = r.id"
        " AND l.amount > 0 JOIN subsidy_line o ON o.worker_key = l.worker_key AND o.amount > 0 AND o.run <> r.id"
        " JOIN subsidy_run x ON x.id = o.run AND x.status IN ('approved', 'sent', 'paid') AND x.approved_at > r.run_at"
        " JOIN scheme t ON t.id = x.scheme AND t.kind = s.kind WHERE r.id = $1 AND (s.kind <> 'monthly'"
        " OR (s.forbids_double AND t.id <> s.id AND coalesce(o.month, x.month) = coalesce(l.month, r.month)))"
        " ORDER BY 1 LIMIT 5",
        run_id,
    )
    return [row["name"] for row in rows]


async def scheme_alike(scheme: NewScheme) -> UUID | None:
    """A scheme that says the same in everything and was not dropped."""
    found: UUID | None = await fetchval(
        "SELECT s.id FROM scheme s WHERE s.name = $1 AND s.effective_from = $2"
        " AND s.effective_to IS NOT DISTINCT FROM $3 AND s.min_minutes = $4 AND s.kind = $8 AND s.status <> 'dropped'"
        " AND (s.proof, s.employers, s.stacking, s.excludes_establishment, s.forbids_double, s.forbids_priced,"
        " s.min_months) = ($9, $10, $11, $12, $13, $14, $15) AND s.min_days IS NOT DISTINCT FROM $16"
        " AND (SELECT jsonb_object_agg(l.level, l.amount) FROM scheme_level l WHERE l.scheme = s.id)"
        " = (SELECT jsonb_object_agg(level, amount) FROM unnest($5::text[], $6::numeric[]) AS a(level, amount))"
        " AND ($7 = '' OR s.document_number = $7) LIMIT 1",
        scheme.name, scheme.effective_from, scheme.effective_to, scheme.min_minutes, list(scheme.amounts),
        list(scheme.amounts.values()), scheme.document_number, scheme.kind, scheme.proof, scheme.employers,
        scheme.stacking, scheme.excludes_establishment, scheme.forbids_double, scheme.forbids_priced,
        scheme.min_months, scheme.min_days,
    )  # fmt: skip
    return found
