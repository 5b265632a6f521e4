"""What a reviewer looks at first: waiting visits with something unusual, each with every reason (R-HOUR-05)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from contracts.visits.company import LONE
from contracts.visits.devices import clock_off_minutes
from contracts.visits.queries import VISIT
from contracts.visits.rules import last_day
from marketplace.kernel.db import fetch
from marketplace.kernel.i18n import N_

Row = dict[str, Any]
EXCEPTIONS_SHOWN = 100

FLAG_LABELS: dict[str, str] = {
    "lone": N_("一个人单独探访未成年人"),
    "voided": N_("撤销"),
    "corrected": N_("事后更正"),
    "late": N_("补录"),
    "term": N_("不在合同的服务期内"),
    "certificate": N_("当天证书已过期"),
    "leave": N_("当天请假"),
    "resident_twice": N_("服务对象同一时间另有服务"),
    "code": N_("短码不对"),
    "absent": N_("服务对象不在"),
    "elsewhere": N_("不在原来的地方服务"),
    "guardian": N_("监护人或者别的成年人一直在场"),
    "clock": N_("手机时钟不准"),
}

# v: the visit, k: its contract as it stands now, r: what came with it, w: its worker as of the day; $4: the seconds by
# which a clock may be off
_FLAGS = f"""
array_remove(ARRAY[
  CASE WHEN {LONE} THEN 'lone' END,
  CASE WHEN v.is_void THEN 'voided' END,
  CASE WHEN v.corrects IS NOT NULL AND NOT v.is_void THEN 'corrected' END,
  CASE WHEN v.is_late_entry THEN 'late' END,
  CASE WHEN v.day NOT BETWEEN coalesce(k.counted_from, k.service_from) AND k.service_to THEN 'term' END,
  CASE WHEN w.certificate_until < v.day THEN 'certificate' END,
  CASE WHEN EXISTS (SELECT 1 FROM worker_leave l WHERE l.person = v.person AND v.day BETWEEN l.from_on AND l.to_on
    AND l.cancelled_at IS NULL)
    THEN 'leave' END,
  CASE WHEN NOT v.is_void AND EXISTS (SELECT 1 FROM visit o WHERE o.recipient_code = v.recipient_code
    AND o.day = v.day AND o.id <> v.id AND o.chain <> v.chain AND o.status IN ('logged', 'approved') AND NOT o.is_void
    AND o.begins_at < v.ends_at AND v.begins_at < o.ends_at AND NOT (v.is_group AND o.is_group
    AND o.contract = v.contract)) THEN 'resident_twice' END,
  CASE WHEN NOT r.code_is_right THEN 'code' END,
  nullif(r.exception, ''),
  CASE WHEN abs(r.clock_off_seconds) > $4 THEN 'clock' END
], NULL)
"""
_WAITING = f"""
SELECT s.* FROM (SELECT v.id, v.day, v.begins_at, v.person, {_FLAGS} AS flags FROM visit v
  JOIN contract k ON k.id = v.contract LEFT JOIN visit_record r ON r.visit = v.id
  CROSS JOIN LATERAL worker_as_of(v.worker, v.day) w
  WHERE v.contract = $1 AND v.day BETWEEN $2 AND $3 AND v.status = 'logged') s
"""


async def exceptions_waiting(contract: UUID, month: date, now: datetime) -> list[Row]:
    """Waiting visits of a contract's month that have something unusual, by day; at most a page of them."""
    unusual = await fetch(
        f"{_WAITING} WHERE cardinality(s.flags) > 0 ORDER BY s.day, s.begins_at, s.id LIMIT {EXCEPTIONS_SHOWN}",
        contract, month, last_day(month), clock_off_minutes(now) * 60,
    )  # fmt: skip
    flags = {row["id"]: list(row["flags"]) for row in unusual}
    named = {row["id"]: dict(row) for row in await fetch(f"{VISIT} WHERE v.id = ANY($1::uuid[])", list(flags))}
    return [{**named[each], "flags": said} for each, said in flags.items()]


async def plain_waiting(contract: UUID, month: date, reviewer: UUID, now: datetime) -> list[UUID]:
    """Waiting visits of a contract's month with nothing unusual that somebody else than the reviewer logged."""
    rows = await fetch(
        f"{_WAITING} WHERE cardinality(s.flags) = 0 AND s.person <> $5",
        contract, month, last_day(month), clock_off_minutes(now) * 60, reviewer,
    )  # fmt: skip
    return [row["id"] for row in rows]
