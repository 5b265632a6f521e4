"""A purchase that failed: every bidder is told what became of its own bid, and nothing of the others (87 Art 66)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from catalogue.listings.queries import listing_by_id
from evaluations.opening.queries import Row, opened_bids
from marketplace.kernel.db import fetch
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.outbox.services import post_mail


async def tell_of_failure(listing_id: UUID, now: datetime, reasons: Mapping[UUID, str] | None = None) -> None:
    """One mail a bid to the people of its bidder; `reasons`: opened bid -> why the computation found it invalid."""
    listing = await listing_by_id(listing_id)
    for bid in await opened_bids(listing_id):
        subject = say(N_("采购失败，贵单位响应的结论：{reference}"), reference=listing["reference"])
        body = say(
            N_("采购编号 {reference}，第 {lot} 包。采购失败：{end}{own}详情请登录查看：/listings/{reference}/debrief"),
            reference=listing["reference"], lot=bid["lot_number"], end=say(listing["end_reason"]),
            own=_own_words(bid, (reasons or {}).get(bid["id"], "")),
        )  # fmt: skip
        rows = await fetch(
            "SELECT DISTINCT p.email FROM membership m JOIN person p ON p.id = m.person"
            " WHERE m.organisation = $1 AND m.role = 'provider' AND p.is_active AND p.email <> ''",
            bid["organisation"],
        )
        for each in rows:
            await post_mail(each["email"], subject.text("zh"), f"{body.text('zh')}\n\n{body.text('en')}", now)


def _own_words(bid: Row, computed: str) -> Sentence:
    reason = bid["qualification_reason"] or bid["conformity_reason"] or computed
    if reason:
        return say(N_("贵单位的响应无效：{reason}"), reason=say(reason))
    return say(N_("贵单位的响应没有被认定无效。"))
