"""What the report is made of, read at one moment; the caller holds the listing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from catalogue.listings.content import rules_day
from catalogue.listings.methods import row_of
from catalogue.listings.queries import criteria, listing_by_id
from catalogue.listings.rules_kept import kept_rules
from catalogue.listings.tie_rules import tie_rule
from evaluations.arithmetic.queries import statements_of
from evaluations.conformity.queries import by_item
from evaluations.conformity.queries import votes_of as conformity_votes
from evaluations.consultations.queries import changes_of, meetings_of
from evaluations.opening import queries as opening
from evaluations.opening.rules import Sight
from evaluations.panel.chair import chair_of
from evaluations.panel.queries import members
from evaluations.reports import queries
from evaluations.reports.content import Found
from evaluations.scoring.lookback import leniency_of, working_of_listing
from evaluations.scoring.queries import low_price_requests, result_rows
from evaluations.signs.queries import signs_on

Row = dict[str, Any]


async def gather(row: Row, remarks: str, now: datetime) -> Found:
    """Everything recorded of the evaluation of a listing."""
    listing = await listing_by_id(row["id"])
    state = await opening.opening_state(row["id"], now)
    first = state.releases[opening.FIRST]
    tie = tie_rule(row_of(listing), listing, rules_day(listing), await kept_rules(row["id"]))
    chair = await chair_of(row["id"])
    votes = await conformity_votes(row["id"])
    return Found(
        listing=listing, is_tender=row_of(listing).reads_prices, is_local=row_of(listing).is_local,
        openers=[o["name"] for o in state.openers], opened_at=first[-1]["released_at"] if first else None,
        record=await opening.opening_record(state, Sight(names=True, prices=row_of(listing).reads_prices)),
        window=state.window, corrigenda=await queries.published_corrigenda(row["id"]),
        members=await members(row["id"]), chair=chair["id"] if chair else None,
        criteria=await criteria(row["id"]), tie=tie.words.text("zh") if tie.words else "",
        bids=await opening.opened_bids(row["id"]), votes={bid: by_item(said) for bid, said in votes.items()},
        marks=await queries.marks_by_bid(row["id"]), working=await working_of_listing(row),
        leniency=[(m["name"], each) for m, each in await leniency_of(row)],
        results=await result_rows(row["id"]), low_prices=await low_price_requests(row["id"]),
        mended=[each.row for each in await statements_of(listing) if each.state],
        ended=await opening.lots_ended(row["id"]), signs=await signs_on(row["id"]),
        corrections=[c for c in await queries.corrections_of(row["id"]) if c["outcome"] == "made"],
        again=await queries.open_re_evaluation(row["id"]), remarks=remarks,
        meetings=await meetings_of(row["id"]), changes=await changes_of(row["id"]),
    )  # fmt: skip
