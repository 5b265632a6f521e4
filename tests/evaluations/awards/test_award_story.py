"""What a listing's page tells of the award, and offers to whom."""

from __future__ import annotations

from catalogue.listings.queries import listing_page
from evaluations.awards.acts import award_acts
from evaluations.awards.services import determine_award, publish_award_notice
from evaluations.awards.timeline import award_events
from tests.builders_evaluations import a_scored_listing
from tests.conftest import TestClock


async def test_the_winner_is_told_only_with_the_notice(clock: TestClock) -> None:
    opened = await a_scored_listing(await clock.now())
    reference, path = opened.listing.reference, f"/listings/{opened.listing.reference}"
    assert len(await award_events(opened.listing.id, opened.now)) == 2  # and the last day to determine
    urls = [a.url for a in await award_acts(await listing_page(reference), opened.buyer, opened.now)]
    assert f"{path}/award" in urls
    assert await award_acts(await listing_page(reference), None, opened.now) == []
    await determine_award(opened.lot, opened.buyer, opened.now)
    told = await award_events(opened.listing.id, opened.now)
    assert not any("和风" in str(e.body) or "沱江" in str(e.body) for e in told)
    await publish_award_notice(opened.listing.id, opened.buyer, opened.now)
    last = (await award_events(opened.listing.id, opened.now))[-1]
    assert last.body is not None and "沱江" in last.body.text("zh") and "ranked first" in last.body.text("en")
    assert [a.url for a in await award_acts(await listing_page(reference), None, opened.now)] == [f"{path}/award"]
