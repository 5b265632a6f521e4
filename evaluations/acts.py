"""What the evaluations offer to do on a listing's page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from evaluations.awards.acts import award_acts
from evaluations.challenges.acts import challenge_acts
from evaluations.opening.acts import listing_acts as opening_acts
from evaluations.papers.acts import paper_acts
from evaluations.records.acts import record_acts
from marketplace.accounts.actor import Actor
from marketplace.kernel.db import together
from marketplace.kernel.timeline import PageAct


async def listing_acts(listing: dict[str, Any], actor: Actor | None, now: datetime) -> list[PageAct]:
    """Opening and review, then panel, scoring and award, then the ways to be heard."""
    opening, awards = await together(opening_acts(listing, actor, now), award_acts(listing, actor, now))
    papers = paper_acts(listing, actor, now)
    return [*opening, *record_acts(listing, actor, now), *awards, *papers, *challenge_acts(listing, actor)]
