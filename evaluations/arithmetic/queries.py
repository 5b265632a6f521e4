"""What bids state of their prices, and the corrections; callers guard who reads them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.holds.queries import answer_clock
from catalogue.listings.methods import compares_statements, row_of
from catalogue.scoring.arithmetic import Figures, Mended, cannot_be_read, mend
from evaluations.arithmetic.rules import Corrected, FoundInPapers, State, reason_against_total
from marketplace.kernel.db import fetch

Row = dict[str, Any]

# joined as `c` to an opened bid `b`; the time is the county's, so that silence counts by itself
_LISTING = "(SELECT t.listing FROM listing_lot t WHERE t.id = b.lot)"
JOIN = (
    "LEFT JOIN price_correction c ON c.opened_bid = b.id"
    f" {answer_clock(_LISTING, 'c.asked_at', 'c.answer_by', 'c.answered_at')}"
)
DUE = "coalesce(clk.due, c.answer_by)"
STATE = (
    "CASE WHEN c.id IS NULL THEN NULL WHEN c.is_confirmed THEN 'confirmed' WHEN c.is_confirmed IS FALSE THEN 'refused'"
    # a lot that ended meanwhile asks nothing any more: its result must not change when the time runs out
    f" WHEN EXISTS (SELECT FROM ended_lot e WHERE e.lot = b.lot AND e.ended_at < {DUE}) THEN NULL"
    f" WHEN county_now() >= {DUE} THEN 'silent' ELSE 'waiting' END"
)
COLUMNS = (
    f"{STATE} AS correction_state, c.opened_total, c.quantity AS corrected_quantity, c.price_words AS corrected_words,"
    " c.unit_price AS corrected_unit, c.body_total AS corrected_body, c.total AS corrected_total,"
    " c.is_held_slipped AS corrected_slipped"
)

_BIDS = f"""
SELECT b.id, b.price, b.final_price, b.price_words, b.unit_price, b.body_total, l.listing, l.number AS lot_number,
       l.title AS lot_title, l.quantity, l.unit, o.id AS organisation, o.name AS provider_name,
       o.name_en AS provider_name_en, q.is_qualified, f.passes AS is_conforming, {STATE} AS state, c.steps, c.total,
       c.mended_unit_price, c.opened_total, c.price_words AS used_words, c.unit_price AS used_unit,
       c.body_total AS used_body, c.place, c.asked_at, {DUE} AS answer_by, c.answered_at, c.reason,
       clk.stands_until,
       greatest(0, ceil(extract(epoch FROM {DUE} - coalesce(clk.stands_until, county_now())) / 60))::int AS minutes_left
FROM opened_bid b JOIN listing_lot l ON l.id = b.lot JOIN provider p ON p.id = b.provider
JOIN organisation o ON o.id = p.organisation LEFT JOIN qualification_decision q ON q.opened_bid = b.id
LEFT JOIN conformity_decision f ON f.opened_bid = b.id {JOIN}
"""


@dataclass(frozen=True)
class Statement:
    """One bid's price as it stands: the row, its figures, what the law makes of them, and the correction asked."""

    row: Row
    figures: Figures
    mended: Mended
    is_unreadable: bool
    state: State | None

    @property
    def total_if_slipped(self) -> Decimal:
        """What the total would be if the panel holds that the unit price obviously slipped."""
        return mend(replace(self.figures, is_held_slipped=True)).total

    @property
    def against(self) -> str:
        """Why the bid is invalid by its figures alone, whatever the bidder would answer; empty where it is not."""
        return reason_against_total(self.mended) if self.state is None else ""

    @property
    def against_if_slipped(self) -> str:
        """The same if the panel holds that the unit price obviously slipped."""
        return reason_against_total(mend(replace(self.figures, is_held_slipped=True)))

    @property
    def is_to_mend(self) -> bool:
        """It differs from itself, and nobody has asked the bidder yet."""
        return self.state is None and bool(self.mended.steps) and not self.against

    @property
    def waits(self) -> bool:
        """Nobody has asked yet, or the bidder may still answer."""
        return self.state == State.WAITING or self.is_to_mend

    @property
    def price(self) -> Decimal:
        """The price to judge: as mended once the bidder confirmed it, or where no answer could save it. Yuan."""
        if self.state == State.CONFIRMED:
            confirmed: Decimal = self.row["total"]
            return confirmed
        return self.mended.total if self.against else self.figures.total


def statement_of(listing: Row, bid: Row) -> Statement | None:
    """What a bid states; None where no price is out yet or nothing is compared."""
    total = bid["final_price"] if row_of(listing).final_price else bid["price"]
    if total is None or not compares_statements(listing):
        return None
    figures = Figures(total, bid["quantity"], bid["price_words"], bid["unit_price"], bid["body_total"])
    state = State(bid["state"]) if bid["state"] else None
    return Statement(bid, figures, mend(figures), cannot_be_read(figures), state)


async def statements_of(listing: Row, organisation: UUID | None = None) -> list[Statement]:
    """Every price that is out of bids that still take part, lot by lot, or one bidder's own.

    A lot that ended with too few has no price left to mend (R-BID-04).
    """
    rows = await fetch(
        _BIDS + " WHERE l.listing = $1 AND ($2::uuid IS NULL OR o.id = $2) AND q.is_qualified"
        " AND f.passes IS NOT FALSE AND NOT EXISTS (SELECT FROM ended_lot e WHERE e.lot = b.lot)"
        " ORDER BY l.number, o.sort_key, b.id",
        listing["id"], organisation,
    )  # fmt: skip
    found = (statement_of(listing, dict(row)) for row in rows)
    return [each for each in found if each is not None]


async def statement_by(listing: Row, opened_bid: UUID) -> Statement | None:
    """One bid's price."""
    return next((each for each in await statements_of(listing) if each.row["id"] == opened_bid), None)


async def waits_for_correction(listing: Row) -> bool:
    """Whether a price that differs from itself is not mended yet."""
    return any(each.waits for each in await statements_of(listing))


def corrected_of(bid: Row) -> Corrected | None:
    """The correction of a row with `COLUMNS`; None while the bidder may still answer."""
    if bid["correction_state"] in (None, State.WAITING):
        return None
    figures = Figures(
        bid["opened_total"], bid["corrected_quantity"], bid["corrected_words"], bid["corrected_unit"],
        bid["corrected_body"], bid["corrected_slipped"],
    )  # fmt: skip
    return Corrected(figures, bid["correction_state"] == State.CONFIRMED)


async def corrected_prices(listing: UUID) -> dict[UUID, Decimal]:
    """Opened bid -> the price that its bidder confirmed, of whatever became of the bid since."""
    rows = await fetch(
        "SELECT c.opened_bid, c.total FROM price_correction c JOIN opened_bid b ON b.id = c.opened_bid"
        " JOIN listing_lot l ON l.id = b.lot WHERE l.listing = $1 AND c.is_confirmed",
        listing,
    )
    return {row["opened_bid"]: row["total"] for row in rows}


async def opinions_on(listing: UUID) -> dict[UUID, list[Row]]:
    """Opened bid -> what the members without an interest hold of its price, in their order (R-COM-08)."""
    rows = await fetch(
        "SELECT o.* FROM price_opinion o JOIN panel_member m ON m.id = o.member"
        " WHERE m.listing = $1 AND NOT m.has_interest ORDER BY o.said_at, o.id",
        listing,
    )
    found: dict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["opened_bid"]].append({**row, "read": read_of(dict(row))})
    return found


def read_of(opinion: Row) -> FoundInPapers:
    """What a kept opinion says of the papers."""
    return FoundInPapers(
        opinion["price_words"], opinion["unit_price"], opinion["body_total"], opinion["place"],
        opinion["is_held_slipped"],
    )  # fmt: skip
