"""Find work that seems to be paid twice across contracts, subsidies and items; an officer decides with a reason."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from contracts.subsidies.computing import KEY
from contracts.subsidies.double_rules import DOUBLE_TRANSITIONS, DoubleStatus
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, transaction
from marketplace.kernel.errors import NotFound
from marketplace.kernel.states import move

Row = dict[str, Any]

# whatever is approved and counts; $1 and $2 are the first and the last day looked at, $3 the moment
_COUNTS = "v.day BETWEEN $1 AND $2 AND v.status = 'approved' AND NOT v.is_void"
_OVERLAP = "extract(epoch FROM least(a.ends_at, b.ends_at) - greatest(a.begins_at, b.begins_at)) / 60"
_PAIRS = f"""
SELECT 'same_minute' AS kind, 'minute ' || a.id || ' ' || b.id AS mark, a.day, {KEY} AS worker_key,
  '' AS recipient_code, ({_OVERLAP})::int AS minutes, ARRAY[a.id, b.id] AS visits, NULL::uuid AS line,
  NULL::uuid AS contract
FROM counted a JOIN worker w ON w.id = a.worker JOIN worker x ON x.file = w.file AND x.person <> w.person
JOIN counted b ON b.worker = x.id AND b.day = a.day AND b.id > a.id AND b.person <> a.person
  AND tstzrange(a.begins_at, a.ends_at) && tstzrange(b.begins_at, b.ends_at)
UNION ALL
SELECT 'same_minute', 'minute ' || a.id || ' ' || b.id, a.day, '', a.recipient_code, ({_OVERLAP})::int,
  ARRAY[a.id, b.id], NULL, NULL
FROM counted a JOIN counted b ON b.recipient_code = a.recipient_code AND b.day = a.day AND b.id > a.id
  AND b.item_code <> a.item_code AND NOT a.is_group AND NOT b.is_group
  AND tstzrange(a.begins_at, a.ends_at) && tstzrange(b.begins_at, b.ends_at)
"""
_DAYS = f"""
SELECT 'two_providers', 'providers ' || v.recipient_code || ' ' || v.day, v.day, '', v.recipient_code,
  sum(v.minutes)::int, array_agg(v.id ORDER BY v.begins_at, v.id), NULL::uuid, NULL::uuid
FROM counted v JOIN contract c ON c.id = v.contract GROUP BY v.recipient_code, v.day
HAVING count(DISTINCT c.provider) > 1
UNION ALL
SELECT 'long_day', 'day ' || d.key || ' ' || d.day, d.day, d.key, '', sum(d.minutes)::int,
  array_agg(d.id) FILTER (WHERE d.id IS NOT NULL), NULL, NULL
FROM (
  SELECT {KEY} AS key, v.day, v.minutes, v.id FROM counted v JOIN worker w ON w.id = v.worker
  UNION ALL
  SELECT coalesce((SELECT {KEY} FROM worker w WHERE w.person = s.person ORDER BY w.employed_from DESC LIMIT 1),
    'person ' || s.person), s.day, s.minutes, NULL
  FROM side_work s WHERE s.day BETWEEN $1 AND $2 AND s.cancelled_at IS NULL
) d GROUP BY d.key, d.day HAVING sum(d.minutes) > 1440 AND count(d.id) > 0
UNION ALL
SELECT 'long_day', 'day ' || v.recipient_code || ' ' || v.day, v.day, '', v.recipient_code, sum(v.minutes)::int,
  array_agg(v.id ORDER BY v.begins_at, v.id), NULL, NULL
FROM counted v WHERE NOT v.is_group GROUP BY v.recipient_code, v.day HAVING sum(v.minutes) > 1440
"""
# $4 is a run, or nothing for every run that stands
_PRICED = f"""
SELECT 'price_subsidy', 'priced ' || md5(concat_ws(' ', r.scheme, l.worker_key, l.month, m.contract)), l.month,
  l.worker_key, '', sum(k.minutes)::int, array_agg(v.id ORDER BY v.begins_at, v.id), l.id, m.contract
FROM subsidy_run r JOIN scheme s ON s.id = r.scheme AND s.forbids_priced AND s.proof <> 'duty'
JOIN subsidy_line l ON l.run = r.id AND l.kind = 'own' AND l.amount > 0 AND l.month BETWEEN $1 AND $2
JOIN worker w ON {KEY} = l.worker_key
JOIN visit v ON v.worker = w.id AND v.day >= l.month AND v.day < l.month + interval '1 month'
  AND v.day BETWEEN $1 AND $2
JOIN month_line k ON k.visit = v.id JOIN month_close m ON m.id = k.month_close
WHERE r.status <> 'superseded' AND ($4::uuid IS NULL OR r.id = $4)
GROUP BY r.scheme, l.id, l.worker_key, l.month, m.contract
"""
_FIND = f"""
WITH counted AS (
  SELECT v.id, v.worker, v.person, v.contract, v.item_code, v.recipient_code, v.day, v.begins_at, v.ends_at, v.minutes,
    v.is_group FROM visit v WHERE {_COUNTS}
), found AS ({_PAIRS} UNION ALL {_DAYS} UNION ALL {_PRICED})
INSERT INTO double_finding (id, kind, mark, status, day, worker_key, recipient_code, minutes, visits, line, contract,
  found_at, decision)
SELECT DISTINCT ON (mark) gen_random_uuid(), kind, left(mark, 120), 'open', day, worker_key, recipient_code, minutes,
  coalesce(visits, '{{}}'), line, contract, $3, '' FROM found
ON CONFLICT (mark) DO UPDATE SET line = excluded.line WHERE double_finding.line <> excluded.line
"""


async def find_doubles(run: UUID | None, first: date, last: date, now: datetime) -> None:
    """Look through these days; what was found before is found once. One statement, however many visits."""
    await execute(_FIND, first, last, now, run)


async def look_for_doubles(first: date, last: date, actor: Actor, now: datetime) -> int:
    """An officer looks through a month; gives how many new findings there are."""
    actor.check_may(Permission.RUN_SUBSIDIES)
    async with transaction():
        before = await fetchval("SELECT count(*) FROM double_finding")
        await find_doubles(None, first, last, now)
        found = int(await fetchval("SELECT count(*) FROM double_finding") - before)
        detail = {"month": f"{first:%Y-%m}", "count": str(found)}
        await record("subsidy.doubles_looked_for", ("double_finding", f"{first:%Y-%m}"), actor, detail, now)
    return found


async def decide_double(finding: UUID, is_double: bool, words: str, actor: Actor, now: datetime) -> None:
    """Say whether it is paid twice, and why. Raises NotFound, IllegalMove when it was decided."""
    actor.check_may(Permission.RUN_SUBSIDIES)
    async with transaction():
        row = await fetchrow("SELECT id, status, kind FROM double_finding WHERE id = $1 FOR UPDATE", finding)
        if row is None:
            raise NotFound()
        status = move(DOUBLE_TRANSITIONS, row["status"], to=DoubleStatus.DOUBLE if is_double else DoubleStatus.SINGLE)
        await execute(
            "UPDATE double_finding SET status = $2, decision = $3, decided_by = $4, decided_at = $5 WHERE id = $1",
            finding, status.value, words, actor.person_id, now,
        )  # fmt: skip
        detail = {"outcome": status.value, "reason": words}
        await record("subsidy.double_decided", ("double_finding", str(finding)), actor, detail, now)


_LIST = """
SELECT d.*, n.name, c.reference AS contract_reference, p.name AS decided_by_name
FROM double_finding d LEFT JOIN contract c ON c.id = d.contract LEFT JOIN person p ON p.id = d.decided_by
LEFT JOIN LATERAL (SELECT w.name FROM visit v JOIN worker w ON w.id = v.worker
  WHERE d.worker_key <> '' AND v.id = d.visits[1]) n ON true
"""


async def list_doubles(status: str = "") -> list[Row]:
    """Findings, those to be decided first, then the newest days."""
    rows = await fetch(
        _LIST + " WHERE $1 = '' OR d.status = $1 ORDER BY d.status <> 'open', d.day DESC, d.mark LIMIT 200", status
    )
    return [dict(row) for row in rows]


async def double_page(finding: UUID) -> Row:
    """One finding. Raises NotFound."""
    row = await fetchrow(_LIST + " WHERE d.id = $1", finding)
    if row is None:
        raise NotFound()
    return dict(row)


async def evidence_of(finding: Row) -> list[Row]:
    """The visits behind a finding, by time, with who served under which contract; residents by code alone."""
    rows = await fetch(
        "SELECT v.id, v.day, v.begins_at, v.ends_at, v.minutes, i.name AS item_name, i.name_en AS item_name_en,"
        " v.recipient_code, w.name, o.name AS employer, c.reference AS contract FROM visit v"
        " JOIN worker w ON w.id = v.worker JOIN contract c"
        " ON c.id = v.contract JOIN provider p ON p.id = c.provider JOIN organisation o ON o.id = p.organisation"
        " JOIN listing_lot n ON n.id = c.lot JOIN item i ON i.id = n.item"
        " WHERE v.id = ANY($1::uuid[]) ORDER BY v.begins_at, v.id LIMIT 200",
        finding["visits"],
    )
    return [dict(row) for row in rows]


async def open_doubles() -> int:
    """How many findings wait for a decision."""
    return int(await fetchval("SELECT count(*) FROM double_finding WHERE status = 'open'"))
