"""Scoring: what members mark, what is stored, and the same result computed again from the stored rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.holds.queries import answer_clock
from catalogue.listings import queries as listings
from catalogue.listings.drafting_queries import terms_of
from catalogue.listings.drafts import Terms
from catalogue.listings.frameworks.queries import price_ceiling
from catalogue.listings.limits import CONSORTIUM_SHARE, HOURS_PER_PERSON
from catalogue.listings.methods import is_framework, judged_without_panel, lowest_price_wins, row_of
from catalogue.listings.tie_rules import ranking_order
from catalogue.scoring.bands import HOURS, Band
from catalogue.scoring.price import LowPriceLimits, low_price_limits
from catalogue.scoring.ranking import Method, ScoringTerms
from evaluations.arithmetic import queries as corrections
from evaluations.arithmetic.rules import FAILED, UNCONFIRMED, State
from evaluations.opening.rules import least_bids
from evaluations.panel.queries import judging_members
from evaluations.scoring.results import BidFacts, BidOutcome, LotTerms, ScoredCriterion, results_of_lot
from evaluations.scoring.rules import PastPerformanceTable
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchrow, fetchval, read_ahead, together
from marketplace.kernel.rulebook import number

Row = dict[str, Any]
REASON_MOST = 300

_BIDS = f"""
SELECT b.*, l.listing, l.number AS lot_number, l.quantity, o.name AS provider_name,
       o.name_en AS provider_name_en, o.id AS organisation,
       p.reference AS provider_reference,
       q.is_qualified, q.reason AS qualification_reason, q.clause AS qualification_clause,
       f.passes AS is_conforming, f.reason AS conformity_reason, f.clause AS conformity_clause,
       EXISTS (SELECT FROM ended_lot e WHERE e.lot = b.lot) AS lot_has_ended,
       r.is_accepted AS low_price_accepted, r.explanation, r.opinion, {corrections.COLUMNS}
FROM opened_bid b JOIN listing_lot l ON l.id = b.lot JOIN provider p ON p.id = b.provider
JOIN organisation o ON o.id = p.organisation LEFT JOIN qualification_decision q ON q.opened_bid = b.id
LEFT JOIN conformity_decision f ON f.opened_bid = b.id
LEFT JOIN low_price_review r ON r.opened_bid = b.id {corrections.JOIN}
"""


async def opened_bids(listing: UUID) -> list[Row]:
    """Every opened bid with its qualification decision and low-price review, lot by lot."""
    rows = await fetch(_BIDS + " WHERE l.listing = $1 ORDER BY l.number, o.sort_key, b.id", listing)
    found = await listings.listing_by_id(listing) if rows else {}
    return [_with_price(found, dict(r)) for r in rows]


def _with_price(listing: Row, bid: Row) -> Row:
    """A bid with what its own figures say against it (R-EVAL-08)."""
    stands = corrections.statement_of(listing, {**bid, "state": bid["correction_state"]})
    return {**bid, "price_fault": stands.against if stands else ""}


async def opened_bid_of(opened_bid: UUID) -> Row | None:
    """One opened bid with its decisions."""
    row = await fetchrow(_BIDS + " WHERE b.id = $1", opened_bid)
    return _with_price(await listings.listing_by_id(row["listing"]), dict(row)) if row else None


async def marked_criteria(listing: UUID) -> list[Row]:
    """The factors that members mark; past performance and service hours are read from printed bands instead."""
    return [c for c in await listings.criteria(listing) if c["kind"] not in ("past_performance", HOURS)]


async def printed_bands(listing: UUID) -> dict[UUID, list[Band]]:
    """Factor -> its printed bands, from the most points down; none where they were printed as words."""
    rows = await fetch(
        "SELECT criterion, points, condition FROM criterion_band WHERE listing = $1 AND hours_from IS NULL"
        " AND condition <> '' ORDER BY criterion, points DESC, position",
        listing,
    )
    found: dict[UUID, list[Band]] = defaultdict(list)
    for row in rows:
        found[row["criterion"]].append(Band(row["points"], row["condition"]))
    return found


async def own_marks(member: UUID) -> dict[tuple[UUID, UUID], Row]:
    """One member's own marks by (opened bid, criterion)."""
    rows = await fetch("SELECT opened_bid, criterion, points, comment FROM mark WHERE member = $1", member)
    return {(r["opened_bid"], r["criterion"]): dict(r) for r in rows}


async def counting_marks(listing: UUID) -> dict[UUID, dict[str, dict[str, Decimal]]]:
    """Opened bid -> criterion -> member -> points, of members without an interest."""
    found: dict[UUID, dict[str, dict[str, Decimal]]] = defaultdict(lambda: defaultdict(dict))
    counting = [m["id"] for m in await judging_members(listing)]
    rows = await fetch("SELECT member, opened_bid, criterion, points FROM mark WHERE member = ANY($1)", counting)
    for r in rows:
        found[r["opened_bid"]][str(r["criterion"])][str(r["member"])] = r["points"]
    return found


def takes_part(bid: Row, by_panel: bool) -> bool:
    """Qualified, found to conform where a panel judges, its mended price confirmed and one that can be: only such bids.

    R-COM-05, R-EVAL-08.
    """
    conforms = not by_panel or bool(bid["is_conforming"])
    return bool(bid["is_qualified"]) and conforms and bid["correction_state"] not in FAILED and not bid["price_fault"]


def is_scored(bid: Row) -> bool:
    """A bid that takes part in a lot that goes on: members mark it (R-BID-04)."""
    return takes_part(bid, True) and not bid["lot_has_ended"]


def waits_for_conformity(bid: Row) -> bool:
    """Qualified, not judged by the panel yet, and in a lot that goes on."""
    return bool(bid["is_qualified"]) and bid["is_conforming"] is None and not bid["lot_has_ended"]


def price_that_counts(listing: Row, bid: Row) -> Decimal | None:
    """The final price in a consultation, the opened price otherwise (R-CONS-01); as mended where it was (R-EVAL-08)."""
    if bid["correction_state"] == State.CONFIRMED:
        mended: Decimal = bid["corrected_total"]
        return mended
    price: Decimal | None = bid["final_price"] if row_of(listing).final_price else bid["price"]
    return price


async def lot_terms(listing: Row, lot: Row) -> LotTerms:
    """What was printed for this lot."""
    day = listing["rules_on"] or county_day(listing["published_at"])
    await read_ahead(
        listings.criteria(listing["id"]), price_ceiling(listing, lot), terms_of(listing["id"]),
        listings.bands(listing["id"]), listings.band_rows(listing["id"]), least_valid(listing, lot, day),
    )  # fmt: skip
    rows = await listings.criteria(listing["id"])
    criteria = [ScoredCriterion(str(c["id"]), c["kind"], c["title"], c["points"], c["is_objective"]) for c in rows]
    ceiling = await price_ceiling(listing, lot)
    statutory = low_price_limits(day)
    scoring = ScoringTerms(
        method=Method.CONSULTATION if row_of(listing).final_price else Method.TENDER,
        order=ranking_order(row_of(listing), day),
        price_weight=listing["price_weight"],
        rounding=listing["rounding"],
        # inside a reserved package nothing is deducted (R-SME-04)
        deduction=Decimal(0) if lot["is_reserved"] else listing["small_micro_deduction"],
        consortium_deduction=Decimal(0) if lot["is_reserved"] else listing["consortium_deduction"],
        ceiling=lot["budget"] if ceiling is None else min(ceiling, lot["budget"]),
        budget=lot["budget"],
        # quotes under the limit lie outside the rule of low prices: the buyer's review of the need decides
        limits=None if lowest_price_wins(listing) else printed_limits(statutory, await terms_of(listing["id"])),
    )
    hours = next((c for c in rows if c["kind"] == HOURS), None)
    return LotTerms(
        scoring, criteria, await _printed_table(listing, criteria), county_day(listing["closes_at"]),
        (await listings.band_rows(listing["id"])).get(hours["id"], ()) if hours else (),
        number(HOURS_PER_PERSON, listing["rules_on"]) if hours else Decimal(0),
        await least_valid(listing, lot, day),
    )  # fmt: skip


async def least_valid(listing: Row, lot: Row, on: date) -> int:
    """How many valid bids this lot needs (R-BID-04, R-BID-08); 0 where nothing is counted after the review.

    A framework counts when providers are admitted (R-FRM-02); under the limit one quote within the budget is enough.
    """
    counts = not judged_without_panel(listing) and not is_framework(listing)
    if counts or await fetchval("SELECT 1 FROM ended_lot WHERE lot = $1", lot["id"]):
        return least_bids(listing["method"], on).count
    return 0


def printed_limits(statutory: LowPriceLimits | None, terms: Terms | None) -> LowPriceLimits | None:
    """The percentages the listing printed; those it left open are the statutory ones (R-LOW-02)."""
    if statutory is None or terms is None:
        return statutory
    return LowPriceLimits(
        statutory.mean if terms.low_mean is None else terms.low_mean,
        statutory.next_lowest if terms.low_next_lowest is None else terms.low_next_lowest,
        statutory.ceiling if terms.low_ceiling is None else terms.low_ceiling,
    )


async def _printed_table(listing: Row, criteria: list[ScoredCriterion]) -> PastPerformanceTable | None:
    past = next((c for c in criteria if c.kind == "past_performance"), None)
    if past is None or listing["past_performance_form"] != "printed_table":
        return None
    points = await listings.bands(listing["id"])
    neutral = points.pop("none")
    return PastPerformanceTable(points, neutral, past.points)


async def bid_facts(listing: Row) -> dict[UUID, list[BidFacts]]:
    """Lot -> its bids as the computation reads them."""
    marks, bids = await together(counting_marks(listing["id"]), opened_bids(listing["id"]))
    by_panel = not judged_without_panel(listing)
    found: dict[UUID, list[BidFacts]] = defaultdict(list)
    is_printed = bool(listing["consortium_deduction"])
    least = number(CONSORTIUM_SHARE, listing["rules_on"]) if is_printed else Decimal(0)
    for bid in bids:
        found[bid["lot"]].append(
            BidFacts(
                str(bid["id"]), takes_part(bid, by_panel), price_that_counts(listing, bid),
                bid["is_small_micro"], bid["past_grade"], bid["past_evaluated_on"], marks.get(bid["id"], {}),
                bid["low_price_accepted"],
                # as long as the result keeps it, so that both are the same when computed again
                _refusal(bid)[:REASON_MOST],
                bid["annual_hours"], bid["service_staff"], is_printed and bid["small_share"] >= least,
                # of a bid that fails otherwise it decides nothing, and would change with the clock alone
                corrections.corrected_of(bid) if bid["is_qualified"] and bid["is_conforming"] else None,
                is_printed and bid["small_subcontract"] >= least,
            )
        )  # fmt: skip
    return found


def _refusal(bid: Row) -> str:
    decided = bid["qualification_reason"] or bid["conformity_reason"]
    if not decided and bid["correction_state"] in FAILED:
        return UNCONFIRMED
    return decided or bid["fault"] or bid["price_fault"] or ""


async def recompute(listing: UUID) -> dict[UUID, list[BidOutcome]]:
    """Lot -> outcomes, computed again from marks, prices and the printed terms."""
    row = await listings.listing_by_id(listing)
    facts = await bid_facts(row)
    return {
        lot["id"]: sorted(results_of_lot(await lot_terms(row, lot), facts[lot["id"]]), key=lambda o: o.opened_bid)
        for lot in await listings.lots(listing)
        if lot["id"] in facts
    }


async def stored_results(listing: UUID) -> dict[UUID, list[BidOutcome]]:
    """Lot -> outcomes as they were stored; equal to `recompute` as long as nobody touched a row."""
    rows = await fetch(
        "SELECT r.* FROM bid_result r JOIN listing_lot l ON l.id = r.lot WHERE l.listing = $1"
        " ORDER BY r.opened_bid::text",
        listing,
    )
    points = await fetch(
        "SELECT c.result, c.criterion, c.points FROM criterion_result c JOIN criterion k ON k.id = c.criterion"
        " WHERE k.listing = $1 ORDER BY k.position",
        listing,
    )
    by_result: dict[UUID, list[tuple[str, Decimal]]] = defaultdict(list)
    for p in points:
        by_result[p["result"]].append((str(p["criterion"]), p["points"]))
    found: dict[UUID, list[BidOutcome]] = defaultdict(list)
    for r in rows:
        found[r["lot"]].append(
            BidOutcome(
                str(r["opened_bid"]), r["status"], r["reason"], r["quoted_price"], r["evaluated_price"],
                r["price_score"], r["other_score"], r["technical_score"], r["past_performance_score"], r["total"],
                r["rank"], r["low_price_reasons"], tuple(by_result[r["id"]]),
            )
        )  # fmt: skip
    return dict(found)


async def result_rows(listing: UUID) -> list[Row]:
    """The full table for the buyer and the supervisors: results with names, best first."""
    rows = await fetch(
        "SELECT r.*, l.number AS lot_number, o.name AS provider_name, o.name_en AS provider_name_en,"
        " p.organisation, b.past_grade, b.past_evidence,"
        " c.opened_total AS opened_price, coalesce(c.is_confirmed, false) AS is_mended,"
        " b.past_from_record FROM bid_result r JOIN listing_lot l ON l.id = r.lot"
        " JOIN opened_bid b ON b.id = r.opened_bid LEFT JOIN price_correction c ON c.opened_bid = b.id"
        " JOIN provider p ON p.id = b.provider JOIN organisation o ON o.id = p.organisation"
        " WHERE l.listing = $1 ORDER BY l.number, r.rank NULLS LAST, o.sort_key",
        listing,
    )
    return [dict(r) for r in rows]


async def criterion_points(results: Iterable[UUID]) -> dict[UUID, list[Row]]:
    """The points for each factor by bid result, in the listing's order; a result without points has an empty list."""
    found: dict[UUID, list[Row]] = {result: [] for result in results}
    rows = await fetch(
        "SELECT c.result, k.title, k.kind, k.points AS highest, c.points FROM criterion_result c"
        " JOIN criterion k ON k.id = c.criterion WHERE c.result = ANY($1) ORDER BY k.position",
        list(found),
    )
    for row in rows:
        found[row["result"]].append(dict(row))
    return found


_DUE = "coalesce(clk.due, q.answer_by)"
_REQUEST = f"""
SELECT q.id, q.opened_bid, q.reasons, q.judgement, q.asked_by, q.asked_at, {_DUE} AS answer_by, q.explanation,
       q.evidence, q.answered_by, q.answered_at, county_now() >= {_DUE} AS is_over, clk.stands_until,
       greatest(0, ceil(extract(epoch FROM {_DUE} - coalesce(clk.stands_until, county_now())) / 60))::int
           AS minutes_left, l.number AS lot_number, l.title AS lot_title, o.id AS organisation, o.name AS provider_name,
       o.name_en AS provider_name_en, d.name AS paper, r.is_accepted, r.opinion
FROM low_price_request q JOIN opened_bid b ON b.id = q.opened_bid JOIN listing_lot l ON l.id = b.lot
JOIN provider p ON p.id = b.provider JOIN organisation o ON o.id = p.organisation
LEFT JOIN document d ON d.id = q.evidence LEFT JOIN low_price_review r ON r.opened_bid = q.opened_bid
{answer_clock('l.listing', 'q.asked_at', 'q.answer_by', 'q.answered_at')}
"""


async def low_price_request(opened_bid: UUID) -> Row | None:
    """What a bidder was asked about its price."""
    row = await fetchrow(_REQUEST + " WHERE q.opened_bid = $1", opened_bid)
    return dict(row) if row else None


async def low_price_requests(listing: UUID, organisation: UUID | None = None) -> list[Row]:
    """Every price that was asked about, or one bidder's own."""
    rows = await fetch(
        _REQUEST + " WHERE l.listing = $1 AND ($2::uuid IS NULL OR o.id = $2) ORDER BY l.number, o.sort_key",
        listing, organisation,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def low_price_votes(opened_bid: UUID) -> list[Row]:
    """What the members without an interest said of an explained price."""
    rows = await fetch(
        "SELECT v.* FROM low_price_vote v JOIN panel_member m ON m.id = v.member"
        " WHERE v.opened_bid = $1 AND NOT m.has_interest ORDER BY v.voted_at",
        opened_bid,
    )
    return [dict(r) for r in rows]


async def waits_for_low_price(listing: UUID) -> bool:
    """Whether a price was asked about and nothing decided of it yet."""
    return any(asked["is_accepted"] is None for asked in await low_price_requests(listing))


async def addresses_of(organisation: UUID) -> list[str]:
    """Where the people of a bidder read their mail."""
    rows = await fetch(
        "SELECT DISTINCT p.email FROM membership m JOIN person p ON p.id = m.person"
        " WHERE m.organisation = $1 AND m.role = 'provider' AND p.is_active AND p.email <> ''",
        organisation,
    )
    return [r["email"] for r in rows]
