"""Marks of each member, the low-price review, and the computed result of each bid."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, ForeignKey, Integer, Numeric, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.listings.tables import Criterion, ListingLot
from evaluations.opening.tables import OpenedBid
from evaluations.panel.tables import PanelMember
from marketplace.accounts.documents.tables import Document
from marketplace.accounts.people.tables import Person


class Mark(Table):
    """One member's points for one bid by one criterion."""

    id = UUID(primary_key=True, default=UUID4())
    member = ForeignKey(PanelMember, null=False, on_delete=OnDelete.restrict, index=True)
    opened_bid = ForeignKey(OpenedBid, null=False, on_delete=OnDelete.restrict, index=True)
    criterion = ForeignKey(Criterion, null=False, on_delete=OnDelete.restrict, index=True)
    points = Numeric((5, 2), default=None, null=False)
    comment = Text(default="", null=False)
    marked_at = Timestamptz(default=None, null=False)

    mark_once = Unique(["member", "opened_bid", "criterion"])
    mark_points_not_negative = Check("points >= 0")


class LowPriceReview(Table):
    """What the panel decided about a price that looked too low, after the bidder's explanation (R-LOW-04)."""

    id = UUID(primary_key=True, default=UUID4())
    opened_bid = ForeignKey(OpenedBid, null=False, on_delete=OnDelete.restrict, unique=True)
    explanation = Text(default="", null=False)
    is_accepted = Boolean(default=False, null=False)
    opinion = Text(default="", null=False)
    decided_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    decided_at = Timestamptz(default=None, null=False)


class LowPriceVote(Table):
    """One member's opinion of an explained price; the majority decides (R-LOW-04, R-COM-06)."""

    id = UUID(primary_key=True, default=UUID4())
    opened_bid = ForeignKey(OpenedBid, null=False, on_delete=OnDelete.restrict, index=True)
    member = ForeignKey(PanelMember, null=False, on_delete=OnDelete.restrict, index=False)  # the unique one serves
    accepts = Boolean(default=False, null=False)
    opinion = Text(default=None, null=False)
    voted_at = Timestamptz(default=None, null=False)

    low_price_vote_once = Unique(["member", "opened_bid"])


class LowPriceRequest(Table):
    """The panel asks a bidder to explain a low price in writing until a moment, and what it answered (R-LOW-04).

    `reasons`: the parts of R-LOW-01 that started it; `judgement`: the panel's own reason where no figure did.
    """

    id = UUID(primary_key=True, default=UUID4())
    opened_bid = ForeignKey(OpenedBid, null=False, on_delete=OnDelete.restrict, unique=True)
    reasons = Varchar(200, default="", null=False)
    judgement = Text(default="", null=False)
    asked_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    asked_at = Timestamptz(default=None, null=False)
    answer_by = Timestamptz(default=None, null=False)
    explanation = Text(default="", null=False)
    evidence = ForeignKey(Document, null=True, on_delete=OnDelete.restrict, index=True)
    answered_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    answered_at = Timestamptz(default=None, null=True)

    low_price_asked_for_a_reason = Check("reasons <> '' OR judgement <> ''")
    low_price_time_forward = Check("answer_by > asked_at")
    low_price_answer_whole = Check("(answered_at IS NULL) = (explanation = '')")
    low_price_answer_in_time = Check("answered_at IS NULL OR answered_at < answer_by")


class BidResult(Table):
    """The computed result of a bid: what the award rests on. Scores in points of 100, prices in yuan."""

    id = UUID(primary_key=True, default=UUID4())
    lot = ForeignKey(ListingLot, null=False, on_delete=OnDelete.restrict, index=True)
    opened_bid = ForeignKey(OpenedBid, null=False, on_delete=OnDelete.restrict, unique=True)
    status = Varchar(10, default="valid", null=False)
    reason = Varchar(300, default="", null=False)
    quoted_price = Numeric((14, 2), default=None, null=True)
    evaluated_price = Numeric((20, 8), default=None, null=True)
    price_score = Numeric((9, 6), default=None, null=True)
    other_score = Numeric((9, 6), default=None, null=True)
    technical_score = Numeric((9, 6), default=None, null=True)
    past_performance_score = Numeric((9, 6), default=None, null=True)
    total = Numeric((9, 6), default=None, null=True)
    rank = Integer(default=None, null=True)
    low_price_reasons = Varchar(200, default="", null=False)
    # only where the county's own standing decides
    standing_grade = Varchar(10, default="", null=False)
    standing_score = Numeric((5, 2), default=None, null=True)
    standing_evaluation = Varchar(40, default="", null=False)
    computed_at = Timestamptz(default=None, null=False)

    bid_result_status_known = Check("status IN ('valid', 'invalid')")


class CriterionResult(Table):
    """A bid's points for one criterion: the mean of the members' marks, or the printed table's row."""

    id = UUID(primary_key=True, default=UUID4())
    result = ForeignKey(BidResult, null=False, on_delete=OnDelete.restrict, index=True)
    criterion = ForeignKey(Criterion, null=False, on_delete=OnDelete.restrict, index=True)
    points = Numeric((9, 6), default=None, null=False)

    criterion_result_once = Unique(["result", "criterion"])
