"""Whether the public was told of a purchase early enough: a warning in a draft, never a refusal."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from catalogue.intentions.queries import intention_for
from catalogue.intentions.rules import LEAD, earliest_start
from catalogue.listings.checks import Mistake
from catalogue.listings.methods import standing_row
from marketplace.kernel.clock import county_day
from marketplace.kernel.formats import day
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.rulebook import holds, number


async def intention_findings(method: str, budget_line: UUID, now: datetime) -> list[Mistake]:
    """What to say of the intention if the listing were published now (R-TIME-01).

    Below the limit, and before the rule began, none is asked for.
    """
    today = county_day(now)
    if standing_row(method, today).is_local or not holds(LEAD, today):
        return []
    told = await intention_for(budget_line)
    if told is None:
        words = N_("还没有公开采购意向。意向原则上在采购开始前至少 {days} 天公开；请先公开，或者备好说明。")
        sentence = say(words, days=int(number(LEAD, today)))
        return [Mistake("basics", "budget_line", sentence, LEAD, blocks=False)]
    earliest = earliest_start(county_day(told["published_at"]))
    if today >= earliest:
        return []
    words = N_("采购意向 {reference} 公开未满 {days} 天。最好等到 {earliest}再发布公告。")
    sentence = say(words, reference=told["reference"], days=int(number(LEAD, today)), earliest=day(earliest))
    return [Mistake("basics", "budget_line", sentence, LEAD, blocks=False)]
