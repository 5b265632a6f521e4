"""What is kept of checking and reviewing a draft."""

from __future__ import annotations

from piccolo.columns import UUID, Date, ForeignKey, Integer, Numeric, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.listings.tables import Listing
from marketplace.accounts.documents.tables import Document
from marketplace.accounts.people.tables import Organisation, Person


class FindingReason(Table):
    """Why words that the fairness check found stay as they are; for exactly these words, and never changed."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    finding_key = Varchar(16, default=None, null=False)
    check_id = Varchar(40, default=None, null=False)
    words = Text(default="", null=False)
    reason = Text(default=None, null=False)
    recorded_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    recorded_at = Timestamptz(default=None, null=False)

    finding_reason_said = Check("length(trim(reason)) > 0")


class DraftWriter(Table):
    """Somebody who wrote a part of a draft, and therefore does not review it (R-ROLE-03)."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)

    draft_writer_once = Unique(["listing", "person"])


class ReviewComment(Table):
    """A remark on one section of a draft, or an answer to one (`thread`); a thread ends when it is resolved."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    section = Varchar(40, default=None, null=False)
    thread = ForeignKey("self", null=True, on_delete=OnDelete.restrict, index=True)
    text = Text(default=None, null=False)
    written_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    written_at = Timestamptz(default=None, null=False)
    resolved_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    resolved_at = Timestamptz(default=None, null=True)

    review_comment_said = Check("length(trim(text)) > 0")


class ReviewChain(Table):
    """Who of a buyer approves a listing in which order, by a document; in force once a second person confirmed it."""

    id = UUID(primary_key=True, default=UUID4())
    buyer = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    number = Integer(default=None, null=False)
    document = Varchar(120, default=None, null=False)
    minutes_from = Numeric((14, 2), default=None, null=True)
    proposed_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    proposed_at = Timestamptz(default=None, null=False)
    confirmed_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    confirmed_at = Timestamptz(default=None, null=True)

    review_chain_number_once = Unique(["buyer", "number"])
    review_chain_by_two = Check("confirmed_by IS NULL OR confirmed_by <> proposed_by")


class ReviewChainStep(Table):
    """One step of a chain; without a named person anybody of the unit who may approve."""

    id = UUID(primary_key=True, default=UUID4())
    chain = ForeignKey(ReviewChain, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=None, null=False)
    duty = Varchar(20, default=None, null=False)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)

    review_chain_step_once = Unique(["chain", "position"])
    review_chain_duty_known = Check("duty IN ('reviewer', 'section', 'finance', 'deputy', 'head')")


class ReviewRound(Table):
    """One handing-over of a draft, with the chain in force that day; none means a single reviewer."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    number = Integer(default=None, null=False)
    chain = ForeignKey(ReviewChain, null=True, on_delete=OnDelete.restrict, index=True)
    submitted_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    submitted_at = Timestamptz(default=None, null=False)

    review_round_once = Unique(["listing", "number"])


class ReviewDecision(Table):
    """What one person decided at one step, and which step comes next; 0 is the drafter."""

    id = UUID(primary_key=True, default=UUID4())
    round = ForeignKey(ReviewRound, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=None, null=False)
    next_position = Integer(default=None, null=False)
    outcome = Varchar(20, default=None, null=False)
    opinion = Text(default="", null=False)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    decided_at = Timestamptz(default=None, null=False)

    review_decision_known = Check("outcome IN ('approved', 'returned')")
    review_decision_moves = Check(
        "(outcome = 'approved' AND next_position = position + 1)"
        " OR (outcome = 'returned' AND next_position >= 0 AND next_position < position)"
    )


class MeetingMinutes(Table):
    """The collective decision on a listing: its minutes with their paper."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    number = Varchar(80, default=None, null=False)
    held_on = Date(default=None, null=False)
    decision = Text(default=None, null=False)
    document = ForeignKey(Document, null=False, on_delete=OnDelete.restrict, index=True)
    recorded_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    recorded_at = Timestamptz(default=None, null=False)
