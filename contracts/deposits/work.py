"""What waits for somebody about deposits: a bond to give, a transfer to look for, money to send back."""

from __future__ import annotations

from datetime import datetime

from contracts.agreements.names import TITLE_EN
from contracts.deposits.remitting import waiting_for_treasury
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetch
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem

_WAITING = """
SELECT d.reference, d.status, d.return_due, d.kind, o.name AS provider_name, o.name_en AS provider_name_en
FROM deposit d JOIN listing l ON l.id = d.listing JOIN provider p ON p.id = d.provider
JOIN organisation o ON o.id = p.organisation
WHERE (d.status = 'declared' OR (d.status = 'returning' AND (d.way = 'transfer' OR d.refund_failed))
       OR (d.status = 'returned' AND d.interest > 0 AND d.way = 'online' AND NOT d.refund_failed
           AND d.interest_proof = ''))
  AND (d.kind = 'performance' OR l.closes_at <= $1 OR l.ended_at IS NOT NULL)
  AND ($2::uuid IS NULL OR l.procuring_unit = $2)
"""
_WORDS = {
    "declared": N_("核对保证金到账：{reference}"), "returning": N_("退还保证金：{reference}"),
    "returned": N_("付逾期退还的资金占用费：{reference}"),
}


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """For those who keep deposits and for providers whose contract asks a bond."""
    items: list[WorkItem] = []
    if actor.may(Permission.APPROVE_PAYMENT) or actor.may(Permission.REVIEW_QUALIFICATION):
        office = None if actor.may(Permission.APPROVE_PAYMENT) else actor.organisation_id
        items += [
            WorkItem(
                r["return_due"], Name.of(r, "provider_name"), say(_WORDS[r["status"]], reference=r["reference"]),
                f"/deposits/{r['reference']}", "R-DOC-05" if r["status"] == "declared" else "R-TIME-20",
            )
            for r in await fetch(_WAITING, now, office)
        ]  # fmt: skip
    if actor.may(Permission.APPROVE_PAYMENT):
        items += await _of_breaches()
        items += await _for_treasury(actor)
    if actor.may(Permission.SIGN_FOR_PROVIDER):
        items += await _bonds(actor)
    return items


async def _of_breaches() -> list[WorkItem]:
    """Bonds of contracts that ended by the provider's breach: finance says whether they are kept (R-CON-03)."""
    rows = await fetch(
        "SELECT d.reference, o.name AS provider_name, o.name_en AS provider_name_en FROM deposit d"
        " JOIN contract_amendment z ON z.contract = d.contract AND z.kind = 'termination' AND z.status = 'in_force'"
        " AND z.ground = 'breach' JOIN provider p ON p.id = d.provider JOIN organisation o ON o.id = p.organisation"
        " WHERE d.kind = 'performance' AND d.status = 'held' ORDER BY z.decided_at"
    )
    words = N_("合同因违约终止，决定履约保证金退还还是不予退还：{reference}")
    return [
        WorkItem(
            None, Name.of(r, "provider_name"), say(words, reference=r["reference"]), f"/deposits/{r['reference']}",
            "R-CON-03",
        )
        for r in rows
    ]  # fmt: skip


async def _for_treasury(actor: Actor) -> list[WorkItem]:
    """Forfeited money that is not the treasury's yet: to be claimed, handed over, or confirmed by somebody else."""
    items = []
    for row in await waiting_for_treasury():
        if row["entered_by"] == actor.person_id:
            continue
        if row["entered_by"]:
            words = N_("复核不予退还的保证金的上缴：{reference}")
        elif row["way"] == "guarantee" and not row["claim_proof"]:
            words = N_("向保函的开立机构索赔，登记到账：{reference}")
        else:
            words = N_("上缴不予退还的保证金：{reference}")
        path = f"/deposits/{row['reference']}"
        items.append(
            WorkItem(None, Name.of(row, "provider_name"), say(words, reference=row["reference"]), path, "R-DOC-05")
        )
    return items


async def _bonds(actor: Actor) -> list[WorkItem]:
    rows = await fetch(
        f"SELECT c.reference, c.title, {TITLE_EN} AS title_en, b.name AS buyer_name, b.name_en AS buyer_name_en"
        " FROM contract c JOIN provider p ON p.id = c.provider JOIN organisation b ON b.id = c.buyer"
        " JOIN listing l ON l.id = c.listing JOIN listing_terms t ON t.listing = c.listing"
        " WHERE p.organisation = $1 AND t.performance_bond > 0"
        " AND c.status IN ('drawn_up', 'signed_by_one', 'in_force')"
        " AND NOT EXISTS (SELECT 1 FROM deposit d WHERE d.contract = c.id AND d.status <> 'dropped')",
        actor.organisation_id,
    )
    return [
        WorkItem(
            None, Name.of(r, "buyer_name"), say(N_("交履约保证金：{title}"), title=Name.of(r)),
            f"/contracts/{r['reference']}/bond", "R-DOC-05",
        )
        for r in rows
    ]  # fmt: skip
