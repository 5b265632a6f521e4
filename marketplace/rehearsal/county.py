"""The county in which people practise: its people, keys and providers with their papers, and no past."""

from __future__ import annotations

from datetime import date, datetime

from marketplace.demo.county.chronicle import PEOPLE, Step
from marketplace.demo.county.people import enter_contact, hand_in_file
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.settings import Settings
from marketplace.rehearsal.playing import begin_round
from marketplace.rehearsal.rules import BIDDER, OTHER_BIDDERS

PAPERS_AT = at_county_time(date(2026, 2, 16), 10)
BEGINS_AT = at_county_time(date(2026, 3, 2), 9)  # a Monday of a year whose holidays are known
PAPERS_UNTIL = date(2027, 3, 31)


async def hand_in_papers(now: datetime, settings: Settings) -> None:
    """The three who will bid have handed in their papers."""
    for username in (BIDDER, *OTHER_BIDDERS):
        await hand_in_file(username, now, settings, PAPERS_UNTIL)


async def begin(now: datetime, _: Settings) -> None:
    """The first round waits for whoever comes."""
    await begin_round(now)


STEPS = (
    *PEOPLE,
    Step("how the buyer is reached", at_county_time(date(2026, 2, 16), 9), enter_contact),
    Step("papers of the bidders", PAPERS_AT, hand_in_papers),
    Step("the first round", BEGINS_AT, begin),
)
