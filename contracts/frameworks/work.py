"""What waits around frameworks: agreements to sign and to file."""

from __future__ import annotations

from datetime import datetime

from contracts.frameworks.rules import FILE_BY
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch
from marketplace.kernel.deadlines import compute
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem

_WAITING = """
SELECT s.id, s.sign_by, s.signed_at, f.reference, l.title, l.title_en, u.name AS unit_name, u.name_en AS unit_name_en,
       o.name AS provider_name, o.name_en AS provider_name_en, o.id AS organisation, l.procuring_unit,
       array(SELECT g.side FROM place_signature g WHERE g.place = s.id) AS sides
FROM framework_place s JOIN framework f ON f.id = s.framework JOIN listing l ON l.id = f.listing
JOIN organisation u ON u.id = l.procuring_unit JOIN provider p ON p.id = s.provider
JOIN organisation o ON o.id = p.organisation
WHERE (l.procuring_unit = $1 OR o.id = $1) AND f.kind = 'closed'
  AND (s.status = 'admitted' OR (s.status = 'agreed' AND s.filed_at IS NULL))
ORDER BY s.letter_at, s.turn
"""


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Agreements this person's side has not signed yet, and signed ones whose copy finance has not got (R-TIME-30)."""
    signs_for_unit, signs_for_provider = (
        actor.may(Permission.SIGN_FOR_BUYER), actor.may(Permission.SIGN_FOR_PROVIDER),
    )  # fmt: skip
    if not (signs_for_unit or signs_for_provider):
        return []
    items = []
    for r in await fetch(_WAITING, actor.organisation_id):
        runs = r["procuring_unit"] == actor.organisation_id and signs_for_unit
        own = r["organisation"] == actor.organisation_id and signs_for_provider
        side = "buyer" if runs else "provider"
        asks = Name.of(r, "provider_name") if runs else Name.of(r, "unit_name")
        if r["signed_at"] is None and (runs or own) and side not in r["sides"]:
            items.append(
                WorkItem(
                    r["sign_by"], asks, say(N_("签订框架协议：{title}"), title=Name.of(r)),
                    f"/frameworks/{r['reference']}/places/{r['id']}/sign", "R-TIME-30",
                )
            )  # fmt: skip
        elif r["signed_at"] is not None and runs:
            due = compute(FILE_BY, county_day(r["signed_at"])).date
            words = say(N_("把框架协议副本报财政备案：{title}"), title=Name.of(r))
            items.append(WorkItem(due, asks, words, f"/frameworks/{r['reference']}", "R-TIME-30"))
    return items
