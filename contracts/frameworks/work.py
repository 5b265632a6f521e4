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
  AND NOT EXISTS (SELECT 1 FROM place_refusal r WHERE r.place = s.id)
  AND (s.status = 'admitted' OR (s.status = 'agreed' AND s.filed_at IS NULL))
ORDER BY s.letter_at, s.turn
"""


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Agreements this person's side has not signed yet, and signed ones whose copy finance has not got (R-TIME-30)."""
    items = [*await _applications(actor), *await _rounds(actor, now)]
    signs_for_unit, signs_for_provider = (
        actor.may(Permission.SIGN_FOR_BUYER), actor.may(Permission.SIGN_FOR_PROVIDER),
    )  # fmt: skip
    if not (signs_for_unit or signs_for_provider):
        return items
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


async def _applications(actor: Actor) -> list[WorkItem]:
    if not actor.may(Permission.DETERMINE_AWARD):
        return []
    rows = await fetch(
        "SELECT a.review_by, l.reference, l.title, l.title_en, o.name AS provider_name, o.name_en AS provider_name_en"
        " FROM framework_application a JOIN listing l ON l.id = a.listing JOIN provider p ON p.id = a.provider"
        " JOIN organisation o ON o.id = p.organisation WHERE a.decided_at IS NULL AND l.procuring_unit = $1"
        " ORDER BY a.review_by",
        actor.organisation_id,
    )
    return [
        WorkItem(
            r["review_by"], Name.of(r, "provider_name"), say(N_("审核加入申请：{title}"), title=Name.of(r)),
            f"/listings/{r['reference']}/applications", "R-TIME-30",
        )
        for r in rows
    ]  # fmt: skip


async def _rounds(actor: Actor, now: datetime) -> list[WorkItem]:
    """Second quotes to give, and closed rounds to decide (R-FRM-05)."""
    rows = await fetch(
        "SELECT m.reference, m.closes_at, l.title, l.title_en, b.name AS buyer_name, b.name_en AS buyer_name_en,"
        " m.buyer = $1 AS is_own FROM mini_bid m JOIN framework f ON f.id = m.framework"
        " JOIN listing l ON l.id = f.listing JOIN organisation b ON b.id = m.buyer WHERE m.call_off IS NULL"
        " AND ((m.buyer = $1 AND $3 AND m.closes_at <= $2) OR (m.closes_at > $2 AND $4 AND EXISTS (SELECT 1"
        " FROM framework_place s JOIN provider p ON p.id = s.provider WHERE s.framework = m.framework"
        " AND s.lot = m.lot AND s.status = 'agreed' AND p.organisation = $1 AND NOT EXISTS (SELECT 1"
        " FROM mini_bid_quote q WHERE q.mini_bid = m.id AND q.place = s.id)))) ORDER BY m.closes_at",
        actor.organisation_id, now, actor.may(Permission.CALL_OFF), actor.may(Permission.BID),
    )  # fmt: skip
    words = {True: N_("确定二次竞价的供应商：{title}"), False: N_("参加二次竞价：{title}")}
    return [
        WorkItem(
            None if r["is_own"] else county_day(r["closes_at"]), Name.of(r, "buyer_name"),
            say(words[r["is_own"]], title=Name.of(r)), f"/mini-bids/{r['reference']}", "R-FRM-05",
        )
        for r in rows
    ]  # fmt: skip
