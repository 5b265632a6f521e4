"""Who would be left without care if a contract ended: served in its last months, and on no finished handover."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetchval
from marketplace.kernel.rulebook import number

RULE_LOOKBACK = "R-CON-06/lookback"

# of a visit `v` and its contract `c`: a finished handover settles a resident up to the day it was done, and only as
# long as the contract that goes on stands; one that ended after it had begun hands over its own residents
IS_SETTLED = (
    "EXISTS (SELECT 1 FROM handover_resident r JOIN handover h ON h.id = r.handover"
    " LEFT JOIN contract n ON n.id = h.next_contract"
    " WHERE h.contract = c.id AND h.status = 'done' AND r.recipient_code = v.recipient_code"
    " AND v.day <= (h.done_at AT TIME ZONE 'Asia/Shanghai')::date"
    " AND NOT (r.outcome = 'next' AND (n.status = 'rescinded' OR n.status = 'terminated' AND NOT EXISTS"
    " (SELECT 1 FROM visit w WHERE w.contract = n.id AND w.recipient_code = r.recipient_code))))"
)
# who goes on under a renewal stays with the same provider, as long as the renewal stands; one that ended after it had
# begun hands over its own residents
STAYS = (
    "EXISTS (SELECT 1 FROM contract n WHERE n.renews = c.id AND n.signed_at IS NOT NULL AND n.status <> 'rescinded'"
    " AND (n.status <> 'terminated' OR EXISTS"
    " (SELECT 1 FROM visit w WHERE w.contract = n.id AND w.recipient_code = v.recipient_code)))"
)
# of a contract `c`: it was paid to its end, and the signed renewal that its residents went on under ended unserved
LOST_RENEWAL = (
    "(c.status = 'completed' AND EXISTS (SELECT 1 FROM contract n WHERE n.renews = c.id AND n.status = 'terminated'"
    " AND NOT EXISTS (SELECT 1 FROM visit w WHERE w.contract = n.id)))"
)
# of a contract `c`; months as a placeholder. OFFSET keeps it a question of its own for each contract, which ends with
# the first visit found; joined, all visits of all contracts are read
HAS_OPEN_RESIDENTS = (
    "EXISTS (SELECT 1 FROM visit v WHERE v.contract = c.id AND v.status IN ('logged', 'approved') AND NOT v.is_void"
    f" AND v.day >= (c.service_to - make_interval(months => {{months}}))::date AND NOT {STAYS} AND NOT {IS_SETTLED}"
    " OFFSET 0)"
)


async def has_open_residents(contract: dict[str, Any]) -> bool:
    """Whether somebody served in the last months is passed on to nobody yet (R-CON-06)."""
    months = int(number(RULE_LOOKBACK, county_day(contract["signed_at"])))
    found: bool = await fetchval(
        f"SELECT {HAS_OPEN_RESIDENTS.format(months='$2::int')} FROM contract c WHERE c.id = $1", contract["id"], months
    )
    return found


async def lost_its_renewal(contract: UUID) -> bool:
    """Whether a contract is completed and the renewal after it was ended: its residents are still handed over."""
    return bool(await fetchval(f"SELECT {LOST_RENEWAL} FROM contract c WHERE c.id = $1", contract))


async def open_orders(contract: UUID) -> int:
    """How many service orders of a contract are neither closed nor taken back: they go to somebody else first."""
    found: int = await fetchval(
        "SELECT count(*) FROM service_order WHERE contract = $1 AND status NOT IN ('closed', 'cancelled')", contract
    )
    return found
