"""What waits around a panel: seats to fill, declarations to make."""

from __future__ import annotations

from datetime import datetime

from catalogue.listings.methods import codes_of_lowest_price
from evaluations.panel.rules import check_whole, panel_size
from marketplace.accounts.actor import Actor
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import all_together, fetch
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Panels that the unit still has to fill, and my own declarations."""
    return await all_together(_panels(actor), _declarations(actor))


async def _panels(actor: Actor) -> list[WorkItem]:
    if not actor.may(Permission.APPOINT_PANEL):
        return []
    rows = await fetch(
        "SELECT l.reference, l.title, l.title_en, l.method, l.rules_on, l.budget, t.panel_members,"
        " ARRAY(SELECT m.kind FROM panel_member m WHERE m.listing = l.id AND m.has_interest IS NOT TRUE) AS judging"
        " FROM listing l LEFT JOIN listing_terms t ON t.listing = l.id"
        " WHERE (procuring_unit = $1 OR agency_agreement = ANY($2)) AND status IN ('closed', 'opened')"
        " AND past_performance_form <> 'county_standing' AND NOT method = ANY($3)",
        actor.organisation_id, actor.agreements_for(Entrusted.PANEL), codes_of_lowest_price(),
    )  # fmt: skip
    items = []
    for r in rows:
        try:
            check_whole(r["judging"], panel_size(r, r["panel_members"]))
        except DomainError:
            what = say(N_("登记“{title}”的评审小组"), title=Name.of(r))
            items.append(WorkItem(None, "", what, f"/listings/{r['reference']}/panel", "R-COM-02"))
    return items


async def _declarations(actor: Actor) -> list[WorkItem]:
    rows = await fetch(
        "SELECT l.reference, l.title, l.title_en, u.name AS unit, u.name_en AS unit_en"
        " FROM panel_member m JOIN listing l ON l.id = m.listing"
        " JOIN organisation u ON u.id = l.procuring_unit"
        " WHERE m.person = $1 AND m.declared_at IS NULL AND l.status = 'opened'",
        actor.person_id,
    )
    return [
        WorkItem(
            None, Name.of(r, "unit"), say(N_("声明和“{title}”的供应商有没有利害关系"), title=Name.of(r)),
            f"/listings/{r['reference']}/panel", "R-ROLE-06",
        )
        for r in rows
    ]  # fmt: skip
