"""Who would be left without care if a contract ended: served in its last months, and on no finished handover."""

from __future__ import annotations

from typing import Any

from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetchval
from marketplace.kernel.rulebook import number

RULE_LOOKBACK = "R-CON-06/lookback"

# of a contract `c`; months as a placeholder. A handover is done for the codes that stand on it
HAS_OPEN_RESIDENTS = (
    # who goes on under a renewal stays with the same provider
    "NOT EXISTS (SELECT 1 FROM contract n WHERE n.renews = c.id AND n.signed_at IS NOT NULL) AND"
    " EXISTS (SELECT 1 FROM visit v WHERE v.contract = c.id AND v.status IN ('logged', 'approved') AND NOT v.is_void"
    " AND v.day >= (c.service_to - make_interval(months => {months}))::date"
    " AND NOT EXISTS (SELECT 1 FROM handover_resident r JOIN handover h ON h.id = r.handover"
    " WHERE h.contract = c.id AND h.status = 'done' AND r.recipient_code = v.recipient_code))"
)


async def has_open_residents(contract: dict[str, Any]) -> bool:
    """Whether somebody served in the last months is passed on to nobody yet (R-CON-06)."""
    months = int(number(RULE_LOOKBACK, county_day(contract["signed_at"])))
    found: bool = await fetchval(
        f"SELECT {HAS_OPEN_RESIDENTS.format(months='$2::int')} FROM contract c WHERE c.id = $1", contract["id"], months
    )
    return found
