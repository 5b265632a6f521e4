"""Prices that were mended because a bid stated them twice and differently, and what the bidder said."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, ForeignKey, Integer, Numeric, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from evaluations.opening.tables import OpenedBid
from evaluations.panel.tables import PanelMember
from marketplace.accounts.people.tables import Person


class PriceCorrection(Table):
    """One correction of a bid's price with the figures it came from (R-EVAL-08). Amounts in yuan.

    `steps`: the ways of 87 Art 59 that were applied, in order; `place`: where in the papers a member read a figure.
    """

    id = UUID(primary_key=True, default=UUID4())
    opened_bid = ForeignKey(OpenedBid, null=False, on_delete=OnDelete.restrict, unique=True)
    opened_total = Numeric((14, 2), default=None, null=False)
    quantity = Numeric((12, 2), default=None, null=False)
    price_words = Varchar(80, default="", null=False)
    unit_price = Numeric((14, 4), default=None, null=True)
    body_total = Numeric((14, 2), default=None, null=True)
    is_held_slipped = Boolean(default=False, null=False)
    place = Varchar(200, default="", null=False)
    steps = Varchar(4, default=None, null=False)
    total = Numeric((14, 2), default=None, null=False)
    mended_unit_price = Numeric((14, 4), default=None, null=True)
    asked_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    asked_at = Timestamptz(default=None, null=False)
    answer_by = Timestamptz(default=None, null=False)
    is_confirmed = Boolean(default=None, null=True)
    reason = Text(default="", null=False)
    answered_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    answered_at = Timestamptz(default=None, null=True)

    price_correction_has_steps = Check("steps ~ '^[1-4]+$'")
    price_correction_time_forward = Check("answer_by > asked_at")
    price_correction_answer_whole = Check(
        "(answered_at IS NULL) = (is_confirmed IS NULL) AND (answered_at IS NULL) = (answered_by IS NULL)"
    )
    price_correction_answer_in_time = Check("answered_at IS NULL OR answered_at < answer_by")


class PriceOpinion(Table):
    """What one member holds of a bid's price: the majority asks, and takes a wrong question back (R-EVAL-08, R-COM-06).

    `act`: `ask` with what it read in the papers, or `withdraw` with its reason. Amounts in yuan.
    """

    id = UUID(primary_key=True, default=UUID4())
    opened_bid = ForeignKey(OpenedBid, null=False, on_delete=OnDelete.restrict, index=True)
    member = ForeignKey(PanelMember, null=False, on_delete=OnDelete.restrict, index=False)  # the unique one serves
    act = Varchar(10, default=None, null=False)
    price_words = Varchar(80, default="", null=False)
    unit_price = Numeric((14, 4), default=None, null=True)
    body_total = Numeric((14, 2), default=None, null=True)
    is_held_slipped = Boolean(default=False, null=False)
    place = Varchar(200, default="", null=False)
    minutes = Integer(default=0, null=False)
    reason = Text(default="", null=False)
    said_at = Timestamptz(default=None, null=False)

    price_opinion_once = Unique(["member", "opened_bid", "act"])
    price_opinion_act = Check("(act = 'ask' AND minutes > 0) OR (act = 'withdraw' AND reason <> '')")
