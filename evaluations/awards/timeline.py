"""What scoring and award add to a listing's story: that it happened, and the winner once it is announced."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from evaluations.awards.queries import awards_of
from marketplace.kernel.db import fetchval
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
        events.append(TimelineEvent(award["determined_at"], say(N_("确定了成交供应商")), None, "R-TIME-14"))
        if award["announced_at"]:
            basis = Sentence("{name}。{basis}", {"name": Name.of(award, "provider_name"), "basis": _basis(award)})
            events.append(TimelineEvent(award["announced_at"], say(N_("公告了结果")), basis, "R-TIME-15"))
    return events


class _Both(Sentence):
    """A sentence that was stored in both languages."""

    def text(self, language: str | None = None) -> str:
        from_store = self.values
        return str(from_store["en" if _language(language) == "en" else "zh"])


def _basis(award: dict[str, object]) -> Sentence:
    return _Both("", {"zh": award["basis"], "en": award["basis_en"]})


def _language(language: str | None) -> str:
    return language or current_language.get()
