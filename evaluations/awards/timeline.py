"""What scoring and award add to a listing's story: that it happened, and the winner once it is announced."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from catalogue.listings.methods import is_framework
from catalogue.listings.queries import listing_by_id
from evaluations.awards.clock import determination_clock, silence_counts
from evaluations.awards.queries import awards_of
from evaluations.awards.rules import NOTICE_BY
from marketplace.kernel.clock import at_county_time, county_day
from marketplace.kernel.db import fetchval
from marketplace.kernel.deadlines import compute
from marketplace.kernel.i18n import N_, Sentence, current_language, say
from marketplace.kernel.names import Name
from marketplace.kernel.timeline import TimelineEvent


async def award_events(listing_id: UUID, now: datetime) -> list[TimelineEvent]:
    """Results, determination and notice; no name or amount before the notice (R-PUBL-01)."""
    events: list[TimelineEvent] = []
    computed = await fetchval(
        "SELECT max(r.computed_at) FROM bid_result r JOIN listing_lot l ON l.id = r.lot"
        " WHERE l.listing = $1 AND r.total IS NOT NULL",
        listing_id,
    )
    if computed:
        words = say(N_("评审小组已锁定全部评分，按公告的方法汇总。"))
        events.append(TimelineEvent(computed, say(N_("评审结果形成")), words, "R-EVAL-06"))
    for award in await awards_of(listing_id):
        how = N_("视同确定了成交供应商（采购人逾期未确定）") if award["is_deemed"] else N_("确定了成交供应商")
        events.append(TimelineEvent(award["determined_at"], say(how), None, "R-TIME-14"))
        if award["announced_at"]:
            basis = say(N_("{name}。{basis}"), name=Name.of(award, "provider_name"), basis=_basis(award))
            events.append(TimelineEvent(award["announced_at"], say(N_("公告了结果")), basis, "R-TIME-15"))
    return [*events, *await _last_day(listing_id, now)]


async def _last_day(listing_id: UUID, now: datetime) -> list[TimelineEvent]:
    """The day that everybody waits for: to determine, then to announce (R-TIME-14 to R-TIME-15)."""
    listing = await listing_by_id(listing_id)
    if listing["status"] == "evaluated" and not is_framework(listing):
        clock = await determination_clock(listing)
        if clock is None:
            return []
        title, by, clause, words = N_("确定供应商的最后一天"), clock.by, clock.clause, None
        if silence_counts(listing):
            words = say(N_("逾期未确定又没有提出异议的，视同确定排名第一的供应商。"))
    elif listing["status"] == "determined":
        since = await fetchval("SELECT max(determined_at) FROM award WHERE listing = $1", listing_id)
        if since is None:
            return []
        title, by, clause, words = N_("公告结果的最后一天"), compute(NOTICE_BY, county_day(since)), NOTICE_BY, None
    else:
        return []
    state = "next" if county_day(now) <= by.date else "now"
    return [TimelineEvent(at_county_time(by.date, 23, 59), say(title), words, clause, state, by.provisional)]


class _Both(Sentence):
    """A sentence that was stored in both languages."""

    def text(self, language: str | None = None) -> str:
        from_store = self.values
        return str(from_store["en" if _language(language) == "en" else "zh"])


def _basis(award: dict[str, object]) -> Sentence:
    return _Both("", {"zh": award["basis"], "en": award["basis_en"]})


def _language(language: str | None) -> str:
    return language or current_language.get()
