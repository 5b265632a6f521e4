"""Steps 5 to 7: sealed bids, their opening, scoring and the award."""

from __future__ import annotations

from datetime import timedelta

from marketplace.demo.notices import CRITERIA
from marketplace.demo.story.awarding import (
    appoint,
    ask_final_prices,
    conform,
    determine_and_announce,
    release,
    review,
    score,
)  # fmt: skip
from marketplace.demo.story.bidding import PLAN, seal, seal_final_price
from marketplace.demo.story.browser import StoryBroken
from marketplace.demo.story.by_hand import seal_by_hand, seal_final_price_by_hand
from marketplace.demo.story.county import County

THIRD = "tongxin"
FINAL_PRICES = ("420000.00", "498000.00", "490000.00")


def bids(county: County) -> str:
    """Three providers seal, one replaces, one by age alone; receipts say number and hash, nobody sees who is there."""
    listing = county.needed("listing")
    excluded = county.person("fuli")
    excluded.get(f"/listings/{listing}/lots/1/bid")
    excluded.must_say("公益一类")
    first = county.person(county.provider(0).username)
    seal(first, listing)
    receipt = seal(first, listing, f"{PLAN}另设投诉电话，24 小时内回复。")
    first.must_say(receipt)
    seal(county.person(county.provider(1).username), listing)
    seal_by_hand(county.person(THIRD), listing, PLAN)
    for reader in (county.visitor(), county.person("ma.chao")):
        page = reader.get(f"/listings/{listing}")
        if any(provider.name in page for provider in county.record.providers):
            raise StoryBroken(f"/listings/{listing} tells before the deadline who bids.")
    return f"/bids/{receipt}"


def opening(county: County) -> str:
    """Two openers release, buyer and panel review, those who pass seal a final price, and these are opened."""
    listing, closes_at = county.needed("listing"), county.record.closes_at
    if closes_at is None:
        raise StoryBroken("Step 4 has not said when the bids close.")
    county.clock(closes_at + timedelta(minutes=5))
    release(county, listing)
    review(county, listing)
    appoint(county, listing)
    conform(county, listing)
    ask_final_prices(county, listing)
    first, second, third = FINAL_PRICES
    seal_final_price(county, county.provider(0).username, listing, first)
    seal_final_price(county, county.provider(1).username, listing, second, is_small=True)
    seal_final_price_by_hand(county.person(THIRD), listing, third)
    county.clock(county.now() + timedelta(days=1, minutes=5))
    release(county, listing)
    return f"/listings/{listing}/opening"


def award(county: County) -> str:
    """Three experts score alone and lock; the buyer determines and announces; each bidder reads its own result."""
    listing = county.needed("listing")
    score(county, listing, [(str(c.points), c.is_objective) for c in CRITERIA])
    county.record.contract = determine_and_announce(county, listing)
    county.visitor().must_say(county.provider(0).name)
    for provider in county.record.providers:
        county.person(provider.username).get(f"/listings/{listing}/debrief")
    return f"/listings/{listing}/award"
