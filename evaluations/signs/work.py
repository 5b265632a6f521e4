"""Signs that wait for a person to look at them."""

from __future__ import annotations

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetch
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem


async def waiting_for(actor: Actor) -> list[WorkItem]:
    """Listings of the unit with unanswered signs, for its buyers who did not draft them."""
    if not actor.may(Permission.REVIEW_QUALIFICATION):
        return []
    rows = await fetch(
        "SELECT l.reference, l.title, l.title_en, u.name AS unit, u.name_en AS unit_en FROM listing l"
        " JOIN organisation u ON u.id = l.procuring_unit"
        " WHERE l.procuring_unit = $1 AND l.drafted_by <> $2 AND l.status IN ('opened', 'evaluated')"
        " AND (EXISTS (SELECT FROM collusion_sign s WHERE s.listing = l.id AND s.answered_at IS NULL)"
        " OR EXISTS (SELECT FROM sign_search_failure f WHERE f.listing = l.id AND f.looked_at IS NULL))"
        " ORDER BY l.reference",
        actor.organisation_id, actor.person_id,
    )  # fmt: skip
    return [
        WorkItem(
            None, Name.of(r, "unit"), say(N_("核查“{title}”的串通线索"), title=Name.of(r)),
            f"/listings/{r['reference']}/signs", "R-COLL-05",
        )
        for r in rows
    ]  # fmt: skip
