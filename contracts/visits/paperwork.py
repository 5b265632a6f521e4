"""How long recording takes beside the service it records, and which fields nobody fills or nobody reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from contracts.agreements.names import TITLE_EN
from contracts.visits.rules import last_day
from marketplace.kernel.db import fetch, fetchrow
from marketplace.kernel.i18n import N_

Row = dict[str, Any]

FIELD_LABELS: dict[str, str] = {
    "note": N_("做了什么"), "tasks": N_("做了哪些"), "confirmed_by": N_("谁来确认"), "latitude": N_("位置"),
    "exception": N_("有什么不一样"), "joint": N_("一起去的同事"),
}  # fmt: skip
_FILLED = {
    "note": "v.note <> ''", "tasks": "cardinality(r.tasks) > 0", "confirmed_by": "r.confirmed_by <> ''",
    "latitude": "r.latitude IS NOT NULL", "exception": "r.exception <> ''",
    "joint": "EXISTS (SELECT 1 FROM visit_record j WHERE j.joint = v.id)",
}  # fmt: skip


def per_hour(seconds: int, service_minutes: int) -> Decimal | None:
    """Minutes of recording for each hour of service, to one decimal; None where nothing was measured."""
    if not service_minutes:
        return None
    return (Decimal(seconds) / service_minutes).quantize(Decimal("0.1"))


@dataclass(frozen=True)
class FieldUse:
    """How many of a month's measured visits have a field filled, and how many of those a reviewer ever looked at."""

    name: str
    filled: int
    of: int
    read: int = 0

    @property
    def is_never_filled(self) -> bool:
        """Whether nobody used it: a field to take away."""
        return self.of > 0 and self.filled == 0

    @property
    def is_never_read(self) -> bool:
        """Whether it was filled for nobody: the month was approved without its rows being looked at, or not at all."""
        return self.filled > 0 and self.read == 0


async def recording_by_contract(month: date) -> list[Row]:
    """Contracts with visits recorded on a phone in a month: seconds of recording and minutes of their service."""
    rows = await fetch(
        f"SELECT c.reference, c.title, {TITLE_EN} AS title_en, count(*)::int AS visits, sum(r.seconds)::int AS seconds,"
        " sum(v.minutes)::int AS minutes FROM visit v JOIN visit_record r ON r.visit = v.id AND r.seconds IS NOT NULL"
        " JOIN contract c ON c.id = v.contract WHERE v.day BETWEEN $1 AND $2 AND NOT v.is_void"
        " AND v.status IN ('logged', 'approved') GROUP BY c.id ORDER BY sum(r.seconds)::float / sum(v.minutes) DESC"
        " LIMIT 200",
        month, last_day(month),
    )  # fmt: skip
    return [dict(row) | {"per_hour": per_hour(row["seconds"], row["minutes"])} for row in rows]


async def field_use(month: date) -> list[FieldUse]:
    """How often each optional field of a month's visits from phones is filled, and read where it is."""
    counts = ", ".join(
        f"count(*) FILTER (WHERE {filled})::int AS {name},"
        f" count(*) FILTER (WHERE {filled} AND g.visit IS NOT NULL)::int AS {name}_read"
        for name, filled in _FILLED.items()
    )
    row = await fetchrow(
        f"SELECT count(*)::int AS visits, {counts} FROM visit v JOIN visit_record r ON r.visit = v.id"
        " AND r.joint IS NULL LEFT JOIN visit_reading g ON g.visit = v.id WHERE v.day BETWEEN $1 AND $2",
        month, last_day(month),
    )  # fmt: skip
    assert row is not None
    return [FieldUse(name, row[name], row["visits"], row[f"{name}_read"]) for name in _FILLED]
