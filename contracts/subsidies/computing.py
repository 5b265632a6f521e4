"""Lines of a run for everybody at once, computed inside the database: facts of each person, then the amount.

The amount is the one of `rules.due_of`; a test feeds both the same cases, and freezing a run computes each line again.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.visits.rules import last_day
from marketplace.kernel.db import execute, fetch, fetchrow

# what tells people apart: the file across employers, which outlives a certificate's number
KEY = (
    "coalesce('file ' || w.file, 'certificate ' || nullif(w.certificate_number, ''),"
    " 'person ' || coalesce(w.person, w.id))"
)
# posts that are on no establishment, whatever nobody said
_OFF = "('social_group', 'private_non_enterprise', 'foundation', 'enterprise')"
FROZEN = "('approved', 'sent', 'paid')"
# by line: `back` was asked back and not refused; `kept` of it is never paid again by itself, unless it is lifted
_BACK = """(SELECT line, sum(amount) FILTER (WHERE status <> 'lifted' OR returned_on IS NOT NULL) AS back,
    sum(amount) FILTER (WHERE status <> 'lifted') AS kept
  FROM subsidy_recovery WHERE status <> 'refused' GROUP BY 1)"""

# $1 scheme, $2 first and $3 last day; a certificate is read as of the first and the last day of the month in post,
# so that a renewal within the month carries on
_SPELLS = f"""
chosen AS (SELECT * FROM scheme WHERE id = $1),
spells AS (
  SELECT w.*, {KEY} AS key, m.first, m.last, w.id IN (SELECT worker FROM worker_change) AS is_changed, s.kind
  FROM chosen s CROSS JOIN (
    SELECT d::date AS first, (d + interval '1 month - 1 day')::date AS last
    FROM generate_series($2::date::timestamp, $3::date::timestamp, interval '1 month') d) m
  JOIN worker w ON w.employed_from <= m.last AND (w.employed_to IS NULL OR w.employed_to >= m.first)
  WHERE (s.employers = 'any' OR (s.employers = 'provider') = (w.provider IS NOT NULL))
    AND ($4::text[] IS NULL OR ({KEY}, m.first) IN (SELECT * FROM unnest($4::text[], $5::date[])))
)"""

# closed minutes of every worker of these months: the lines of their closes, and what later closes added or corrected.
# A close's own visits lie in its month, so that nothing of other months is read
_HOURS = """
hours AS (
  SELECT worker, first, sum(minutes)::int AS minutes FROM (
    SELECT v.worker, c.month AS first, l.minutes FROM month_line l JOIN month_close c ON c.id = l.month_close
    JOIN visit v ON v.id = l.visit AND v.day BETWEEN $2 AND $3
    WHERE l.month_close = ANY(ARRAY(SELECT id FROM month_close WHERE month BETWEEN $2 AND $3)) AND l.kind = 'visit'
    UNION ALL
    SELECT v.worker, date_trunc('month', v.day)::date, l.minutes FROM month_close c
    JOIN month_line l ON l.month_close = c.id AND l.kind <> 'visit'
    JOIN visit v ON v.id = l.visit AND v.day BETWEEN $2 AND $3 WHERE c.month >= $2) h
  GROUP BY 1, 2
)"""
# the same of a few people, found by what each of them did
_HOURS_OF_SOME = """
hours AS (
  SELECT v.worker, date_trunc('month', v.day)::date AS first, sum(l.minutes)::int AS minutes
  FROM visit v JOIN month_line l ON l.visit = v.id
  WHERE v.day BETWEEN $2 AND $3 AND v.worker = ANY(ARRAY(SELECT id FROM spells)) GROUP BY 1, 2
)"""

_PEOPLE = f"""
posts AS (
  SELECT w.id, w.key, w.first, w.last, w.person, w.file, w.employed_to, w.kind,
    CASE WHEN w.is_changed THEN f.name ELSE w.name END AS name,
    CASE WHEN w.is_changed THEN f.certificate_level ELSE w.certificate_level END AS certificate,
    CASE WHEN w.is_changed THEN f.registered_on ELSE w.registered_on END AS registered_on,
    CASE WHEN w.is_changed THEN l.certificate_until ELSE w.certificate_until END AS certificate_until,
    left(CASE WHEN w.community = '' THEN o.name ELSE o.name || ' ' || w.community END, 120) AS employer,
    CASE WHEN w.establishment <> '' THEN w.establishment WHEN p.legal_form IN {_OFF} THEN 'off' ELSE '' END AS est,
    coalesce(h.minutes, 0) AS visited, coalesce(d.minutes, 0) AS duty
  FROM spells w LEFT JOIN provider p ON p.id = w.provider JOIN organisation o ON o.id = coalesce(p.organisation, w.town)
  LEFT JOIN hours h ON h.worker = w.id AND h.first = w.first
  LEFT JOIN duty_certificate d ON d.worker = w.id AND d.month = w.first AND d.status = 'countersigned'
  LEFT JOIN LATERAL worker_as_of(w.id, greatest(w.employed_from, w.first)) f ON w.is_changed
  LEFT JOIN LATERAL worker_as_of(w.id, least(w.employed_to, w.last)) l ON w.is_changed
),
people AS (
  SELECT DISTINCT ON (key, first) *, sum(visited) OVER everywhere AS minutes, sum(duty) OVER everywhere AS duty_minutes,
    CASE WHEN bool_or(est = 'on') OVER everywhere THEN 'on' ELSE est END AS establishment
  FROM posts WINDOW everywhere AS (PARTITION BY key, first)
  ORDER BY key, first, CASE WHEN kind <> 'monthly' THEN coalesce(employed_to, 'infinity') < last END,
    greatest(visited, duty) DESC, employer, id
)"""

# what was received before for the same thing, where the same month is paid already and was not taken back whole, how
# long somebody serves
_BESIDE = f"""
received AS (
  SELECT o.worker_key, o.level, sum(o.amount - coalesce(b.back, 0)) AS amount,
    sum(o.amount - coalesce(b.back, 0) + coalesce(b.kept, 0)) AS with_kept FROM chosen s
  JOIN scheme x ON x.kind = s.kind AND s.kind <> 'monthly'
  JOIN subsidy_run r ON r.scheme = x.id AND r.status IN {FROZEN} JOIN subsidy_line o ON o.run = r.id
  LEFT JOIN subsidy_payment y ON y.run = r.id AND y.worker_key = o.worker_key
  LEFT JOIN {_BACK} b ON b.line = o.id
  WHERE o.amount <> 0 AND coalesce(y.status, '') NOT IN ('returned', 'held') GROUP BY 1, 2
),
elsewhere AS (
  SELECT DISTINCT ON (worker_key, first) worker_key, first, reference FROM (
    SELECT o.worker_key, coalesce(o.month, r.month) AS first, min(r.reference) AS reference FROM chosen s
    JOIN scheme x ON x.kind = 'monthly' AND s.kind = 'monthly' AND s.forbids_double AND x.id <> s.id
    JOIN subsidy_run r ON r.scheme = x.id AND r.status IN ('public', 'approved', 'sent', 'paid')
    JOIN subsidy_line o ON o.run = r.id AND coalesce(o.month, r.month) BETWEEN $2 AND $3
    LEFT JOIN (SELECT line, sum(amount) AS back FROM subsidy_recovery WHERE status IN ('ordered', 'returned')
      GROUP BY 1) b ON b.line = o.id
    GROUP BY x.id, o.worker_key, 2 HAVING sum(o.amount - coalesce(b.back, 0)) > 0) paid
  ORDER BY worker_key, first, reference
),
served AS (
  SELECT {KEY} AS key, range_agg(daterange(w.employed_from, least(w.employed_to, $3::date), '[]')) AS held
  FROM chosen s JOIN worker w ON s.min_months > 0 AND w.employed_from <= $3 GROUP BY 1
),
exams AS (
  SELECT DISTINCT ON (e.file) e.file, e.level, e.fee,
    CASE WHEN e.fee_support IS NULL THEN '' ELSE e.support_document END AS support
  FROM chosen s JOIN worker_exam e ON s.kind = 'exam_fee' AND e.result = 'passed'
    AND e.year BETWEEN extract(year FROM s.effective_from) AND extract(year FROM $3::date)
  ORDER BY e.file, e.year DESC, e.level DESC
),
facts AS (
  SELECT p.*, t.level, t.fee, coalesce(t.support, q.reference, '') AS doubled_by,
    (SELECT lower(r) FROM unnest(v.held) r WHERE r @> $3::date) AS served_since,
    greatest(0, least(p.certificate_until, p.last) - greatest(p.registered_on, p.first) + 1)
      * (p.registered_on IS NOT NULL AND p.certificate_until IS NOT NULL)::int AS certificate_days,
    CASE WHEN s.stacking = 'full' OR s.kind = 'exam_fee'
      THEN coalesce(c.with_kept, 0) ELSE coalesce(a.amount, 0) + coalesce(c.with_kept - c.amount, 0) END AS paid_before
  FROM people p CROSS JOIN chosen s LEFT JOIN exams e ON e.file = p.file LEFT JOIN worker_file i ON i.id = p.file
  CROSS JOIN LATERAL (SELECT
    CASE s.kind WHEN 'exam_fee' THEN coalesce(e.level, 'none')
      WHEN 'degree' THEN CASE WHEN i.graduated_on BETWEEN s.effective_from AND $3 THEN i.degree ELSE 'none' END
      ELSE p.certificate END AS level,
    CASE s.kind WHEN 'exam_fee' THEN e.fee END AS fee, CASE s.kind WHEN 'exam_fee' THEN e.support END AS support) t
  LEFT JOIN elsewhere q ON q.worker_key = p.key AND q.first = p.first
  LEFT JOIN served v ON v.key = p.key
  LEFT JOIN (SELECT worker_key, sum(amount) AS amount FROM received GROUP BY 1) a ON a.worker_key = p.key
  LEFT JOIN received c ON c.worker_key = p.key AND c.level = t.level
)"""

# the same as rules.due_of
_JUDGED = """
judged AS (
  SELECT f.*, CASE WHEN a.amount IS NULL OR f.doubled_by <> ''
      OR (s.excludes_establishment AND f.establishment <> 'off')
      OR (s.min_minutes > 0 AND s.min_minutes > CASE s.proof WHEN 'visits' THEN f.minutes
          WHEN 'duty' THEN f.duty_minutes ELSE greatest(f.minutes, f.duty_minutes) END)
    THEN 0 WHEN s.kind = 'monthly' THEN
      CASE WHEN f.certificate_days >= least(coalesce(s.min_days, 31), f.last - f.first + 1) THEN a.amount ELSE 0 END
    WHEN f.employed_to < f.last
      OR (s.min_months > 0
          AND coalesce(f.served_since, 'infinity') + make_interval(months => s.min_months) > f.last + 1)
      OR (s.kind = 'certificate' AND NOT coalesce(f.registered_on <= f.last AND f.certificate_until >= f.last, false))
      OR (s.kind = 'exam_fee' AND f.fee IS NULL)
    THEN 0 ELSE greatest(least(a.amount, CASE s.kind WHEN 'exam_fee' THEN f.fee END) - f.paid_before, 0) END AS due
  FROM facts f CROSS JOIN chosen s LEFT JOIN scheme_level a ON a.scheme = s.id AND a.level = f.level
)"""

_COLUMNS = """
INSERT INTO subsidy_line (id, run, worker, person, worker_key, month, kind, name, employer, level, registered_on,
  certificate_until, certificate_days, minutes, duty_minutes, served_since, employed_to, establishment, paid_before,
  doubled_by, fee, due, carried, amount)
"""
OWN_LINES = f"""
WITH {_SPELLS}, {_HOURS}, {_PEOPLE}, {_BESIDE}, {_JUDGED}
{_COLUMNS}
SELECT gen_random_uuid(), $6, id, person, key, first, 'own', name, employer, level, registered_on, certificate_until,
  certificate_days, minutes, duty_minutes, served_since, employed_to, establishment, paid_before, doubled_by, fee, due,
  0, due FROM judged
"""

def _standing(people: str, months: str) -> str:
    """What stands for months of people under scheme $1: frozen lines, less what never arrived and was asked back."""
    return f"""
  SELECT o.worker_key, coalesce(o.month, r.month) AS first, (array_agg(o.id ORDER BY r.run_at DESC, o.kind))[1] AS line,
    sum(CASE WHEN y.status IN ('returned', 'held') THEN 0 ELSE o.amount - coalesce(b.back, 0) END) AS amount,
    sum(CASE WHEN y.status IN ('returned', 'held') THEN 0 ELSE coalesce(b.kept, 0) END) AS kept
  FROM subsidy_run r JOIN subsidy_line o ON o.run = r.id AND r.scheme = $1 AND r.status IN {FROZEN}
  LEFT JOIN subsidy_payment y ON y.run = r.id AND y.worker_key = o.worker_key LEFT JOIN {_BACK} b ON b.line = o.id
  WHERE (o.worker_key, coalesce(o.month, r.month)) IN (SELECT * FROM unnest({people}::text[], {months}::date[]))
  GROUP BY 1, 2
"""


# of what is due, what stands already: money asked back is neither deducted twice nor paid again by itself
_STANDS = "least(greatest({due}, coalesce(z.amount, 0)), coalesce(z.amount + z.kept, 0))"
# what each month is worth by what is known now against what stands for it; a deduction never exceeds what the person
# gets in this run, and the rest is carried to the next
ADJUSTMENTS = f"""
WITH {_SPELLS}, {_HOURS_OF_SOME}, {_PEOPLE}, {_BESIDE}, {_JUDGED},
standing AS ({_standing("$4", "$5")}),
apart AS (
  SELECT a.key, a.first, j.id AS judged, z.line, w.due, w.stands, w.due - w.stands AS apart
  FROM unnest($4::text[], $5::date[]) AS a(key, first) LEFT JOIN judged j ON (j.key, j.first) = (a.key, a.first)
  LEFT JOIN standing z ON (z.worker_key, z.first) = (a.key, a.first)
  CROSS JOIN LATERAL (SELECT coalesce(j.due, 0) AS due, {_STANDS.format(due="coalesce(j.due, 0)")} AS stands) w
),
shared AS (
  SELECT x.*, coalesce(g.amount, 0) + sum(greatest(x.apart, 0)) OVER (PARTITION BY x.key) AS gets,
    coalesce(sum(greatest(-x.apart, 0)) OVER (PARTITION BY x.key ORDER BY x.first ROWS BETWEEN UNBOUNDED PRECEDING
      AND 1 PRECEDING), 0) AS taken
  FROM apart x LEFT JOIN (SELECT worker_key, sum(amount) AS amount FROM subsidy_line WHERE run = $6 GROUP BY 1) g
    ON g.worker_key = x.key WHERE x.apart <> 0
),
moved AS (
  SELECT *, CASE WHEN apart > 0 THEN apart ELSE -least(-apart, greatest(gets - taken, 0)) END AS amount FROM shared
)
{_COLUMNS}
SELECT gen_random_uuid(), $6, coalesce(j.id, o.worker), coalesce(j.person, o.person), m.key, m.first, 'adjustment',
  coalesce(j.name, o.name), coalesce(j.employer, o.employer), coalesce(j.level, o.level),
  CASE WHEN j.id IS NULL THEN o.registered_on ELSE j.registered_on END,
  CASE WHEN j.id IS NULL THEN o.certificate_until ELSE j.certificate_until END,
  CASE WHEN j.id IS NULL THEN o.certificate_days ELSE j.certificate_days END,
  coalesce(j.minutes, 0), coalesce(j.duty_minutes, 0), j.served_since, j.employed_to,
  coalesce(j.establishment, ''), m.stands, coalesce(j.doubled_by, ''), j.fee, m.due,
  greatest(-m.apart, 0) - greatest(-m.amount, 0), m.amount
FROM moved m LEFT JOIN judged j ON (j.key, j.first) = (m.key, m.first) LEFT JOIN subsidy_line o ON o.id = m.line
WHERE coalesce(j.id, o.worker) IS NOT NULL
"""

# person and month of earlier frozen runs of which a fact came or changed when they were computed or later
_TOUCHED = f"""
WITH frozen AS (
  SELECT r.id, r.run_at, r.month, (r.month + make_interval(months => r.months))::date AS ends
  FROM subsidy_run r WHERE r.scheme = $1 AND r.status IN {FROZEN} AND r.month < $2
),
months AS (
  SELECT f.*, d::date AS first, (d + interval '1 month - 1 day')::date AS last
  FROM frozen f CROSS JOIN LATERAL generate_series(f.month, f.ends - 1, interval '1 month') d
)
SELECT {KEY} AS key, date_trunc('month', v.day)::date AS first
  FROM frozen f JOIN month_close c ON c.closed_at >= f.run_at
  JOIN month_line l ON l.month_close = c.id AND l.kind <> 'visit'
  JOIN visit v ON v.id = l.visit AND v.day >= f.month AND v.day < f.ends JOIN worker w ON w.id = v.worker
UNION SELECT {KEY}, c.month
  FROM frozen f JOIN month_close c ON c.closed_at >= f.run_at AND c.month >= f.month AND c.month < least(f.ends, $2)
  JOIN month_line l ON l.month_close = c.id AND l.kind = 'visit'
  JOIN visit v ON v.id = l.visit JOIN worker w ON w.id = v.worker
UNION SELECT {KEY}, m.first FROM months m JOIN worker_change h ON h.entered_at >= m.run_at AND h.number > 0
  JOIN worker w ON w.id = h.worker
UNION SELECT {KEY}, m.first FROM months m JOIN duty_certificate d ON d.month = m.first
  AND (d.signed_at >= m.run_at OR d.withdrawn_at >= m.run_at) JOIN worker w ON w.id = d.worker
UNION SELECT {KEY}, m.first FROM months m JOIN worker w ON w.added_at >= m.run_at AND w.employed_from <= m.last
UNION SELECT o.worker_key, coalesce(o.month, f.month) FROM frozen f JOIN subsidy_line o ON o.run = f.id
  LEFT JOIN subsidy_payment y ON y.run = f.id AND y.worker_key = o.worker_key
  LEFT JOIN worker w ON w.id = o.worker
  WHERE o.carried > 0 OR (y.status IN ('returned', 'held') AND o.amount <> 0)
    OR (o.amount > 0 AND w.employed_to < coalesce(o.month, f.month))
    OR (w.establishment <> '' AND w.establishment <> o.establishment)
    OR EXISTS (SELECT 1 FROM subsidy_recovery v WHERE v.line = o.id AND v.status = 'lifted')
"""
# whose adjustment no longer fits what stands: something was asked back, lifted or given back since it was computed
_OVERTAKEN = f"""
SELECT l.name FROM subsidy_line l LEFT JOIN ({_standing("$3", "$4")}) z
  ON (z.worker_key, z.first) = (l.worker_key, l.month)
WHERE l.run = $2 AND l.kind = 'adjustment' AND l.paid_before <> {_STANDS.format(due="l.due")} ORDER BY 1 LIMIT 5
"""
_SUMMED = """
UPDATE subsidy_run SET total = s.total, lines_sha256 = s.hash FROM (
  SELECT coalesce(sum(amount), 0) AS total, encode(sha256(convert_to(coalesce(string_agg(concat_ws('|', worker_key,
    month, kind, level, registered_on, certificate_until, certificate_days, minutes, duty_minutes, served_since,
    employed_to, establishment, paid_before, doubled_by, fee, due, carried, amount), E'\\n'
    ORDER BY worker_key COLLATE "C", month, kind), ''), 'UTF8')), 'hex') AS hash
  FROM subsidy_line WHERE run = $1) s WHERE id = $1
  RETURNING subsidy_run.total, subsidy_run.lines_sha256
"""


async def write_lines(run: UUID, scheme: dict[str, Any], first: date, last: date) -> tuple[Any, str]:
    """Compute and write every line of a run; gives the total in yuan and the hash over all lines.

    `last` is the last day of the run's last month. What is paid once is looked at on that day.
    """
    is_monthly = scheme["kind"] == "monthly"
    begins = first if is_monthly else last.replace(day=1)
    # visits of a month and their lines meet in memory, one run at a time; beyond that PostgreSQL takes to its files
    await execute("SET LOCAL work_mem = '128MB'")
    await execute(OWN_LINES, scheme["id"], begins, last, None, None, run)
    if is_monthly:
        await _write_adjustments(run, scheme["id"], first)
    row = await fetchrow(_SUMMED, run)
    assert row is not None
    return row["total"], row["lines_sha256"]


async def overtaken(run: UUID, scheme: UUID) -> list[str]:
    """Whose adjustment in a run no longer fits what stands for the month: the first few names."""
    lines = await fetch("SELECT worker_key, month FROM subsidy_line WHERE run = $1 AND kind = 'adjustment'", run)
    keys, months = [line["worker_key"] for line in lines], [line["month"] for line in lines]
    return [row["name"] for row in await fetch(_OVERTAKEN, scheme, run, keys, months)] if lines else []


async def stands_for(scheme: UUID, worker_key: str, month: date) -> Decimal:
    """What somebody has of a scheme for a month in yuan, by all that is frozen and was asked back."""
    row = await fetchrow(_standing("$2", "$3"), scheme, [worker_key], [month])
    return row["amount"] if row else Decimal(0)


async def _write_adjustments(run: UUID, scheme: UUID, first: date) -> None:
    touched = await fetch(_TOUCHED, scheme, first)
    if not touched:
        return
    keys, months = [row["key"] for row in touched], [row["first"] for row in touched]
    await execute(ADJUSTMENTS, scheme, min(months), last_day(max(months)), keys, months, run)
