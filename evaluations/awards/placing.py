"""Under the limit nobody scores: the county's own standing (R-PERF-08) or the lowest price (R-METH-12) decides."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from catalogue.listings.methods import lowest_price_wins
from catalogue.listings.queries import lots
from catalogue.scoring.ranking import REASON_WORDS, reason_against
from evaluations.scoring.queries import bid_facts, lot_terms, opened_bids
from evaluations.scoring.results import NOT_QUALIFIED, TOO_FEW, results_of_lot
from evaluations.scoring.services import store_result
from evaluations.scoring.standing import StandingOffer, orders_by_weight, place_by_standing, weighted_offers
from evaluations.scoring.tables import BidResult
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import insert
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_
from vendors.standing.queries import figures_at, standing_of
from vendors.standing.rules import method_on

Row = dict[str, Any]


async def place_without_panel(row: Row, now: datetime) -> None:
    """Store the places of every lot by what the listing printed. Raises DomainError before the review is done."""
    if lowest_price_wins(row):
        await place_by_lowest_price(row, now)
    else:
        await place_by_county_standing(row, now)


async def place_by_lowest_price(row: Row, now: datetime) -> None:
    """The lowest price among those that meet the need stands first; equal prices share the place (R-TIE-01)."""
    facts = await bid_facts(row)
    if any(bid["is_qualified"] is None for bid in await opened_bids(row["id"])):
        raise DomainError(N_("资格审查还没有全部做完，不能确定供应商。"), clause="R-COM-05")
    for lot in await lots(row["id"]):
        for outcome in results_of_lot(await lot_terms(row, lot), facts.get(lot["id"], [])):
            await store_result(lot["id"], outcome, now)


async def place_by_county_standing(row: Row, now: datetime) -> None:
    """Under the limit the county's own standing on the closing day orders the qualified offers (R-PERF-08)."""
    bids = await opened_bids(row["id"])
    if any(bid["is_qualified"] is None for bid in bids):
        raise DomainError(N_("资格审查还没有全部做完，不能确定供应商。"), clause="R-COM-05")
    closed_on = county_day(row["closes_at"])
    is_weighted = orders_by_weight(row)
    for lot in await lots(row["id"]):
        full, own = await lot_terms(row, lot), [b for b in bids if b["lot"] == lot["id"]]
        terms, offers = full.scoring, list[StandingOffer]()
        # too few were left after the review: nobody is placed (R-BID-04)
        is_over = sum(bool(b["is_qualified"]) for b in own) < full.least
        for bid in own:
            price: Decimal | None = bid["price"]
            against = reason_against(price, terms)
            if not bid["is_qualified"] or is_over or against is not None or price is None:
                refusal = bid["qualification_reason"] or bid["fault"] or NOT_QUALIFIED
                if bid["is_qualified"] and (is_over or against):
                    refusal = TOO_FEW if is_over or not against else REASON_WORDS[against]
                await insert(
                    BidResult, lot=lot["id"], opened_bid=bid["id"], status="invalid", reason=refusal[:300],
                    quoted_price=price, computed_at=now,
                )  # fmt: skip
                continue
            standing = await standing_of(bid["provider"], lot["category"], closed_on, row["closes_at"])
            offers.append(
                StandingOffer(bid["id"], price, standing.grade, standing.score, standing.evaluation_reference)
                if standing
                else StandingOffer(bid["id"], price)
            )
        if is_weighted:
            providers = {b["id"]: b["provider"] for b in own}
            keys = [(providers[offer.opened_bid], lot["category"], closed_on) for offer in offers]
            found = await figures_at(keys, method_on(closed_on), [row["closes_at"]] * len(keys))
            offers = weighted_offers(offers, found, closed_on)
        for placed in place_by_standing(offers):
            offer = placed.offer
            await insert(
                BidResult, lot=lot["id"], opened_bid=offer.opened_bid, status="valid", quoted_price=offer.price,
                rank=placed.rank, standing_grade=offer.grade, standing_score=offer.score,
                standing_evaluation=offer.evaluation, computed_at=now,
            )  # fmt: skip
