"""What was said to each bidder, what the panel changed, and what each bidder handed in again."""

from __future__ import annotations

from piccolo.columns import UUID, ForeignKey, Integer, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.listings.tables import Listing
from evaluations.opening.tables import OpenedBid
from evaluations.panel.tables import PanelMember
from marketplace.accounts.people.tables import Person


class ConsultationMeeting(Table):
    """The panel met one bidder alone: when, who spoke for it, and what of. The bidder confirms the record."""

    id = UUID(primary_key=True, default=UUID4())
    opened_bid = ForeignKey(OpenedBid, null=False, on_delete=OnDelete.restrict, index=False)  # the unique one serves
    round = Integer(default=None, null=False)
    held_at = Timestamptz(default=None, null=False)
    spoke_for = Varchar(80, default=None, null=False)
    words = Text(default=None, null=False)
    recorded_by = ForeignKey(PanelMember, null=False, on_delete=OnDelete.restrict, index=True)
    recorded_at = Timestamptz(default=None, null=False)
    confirmed_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    confirmed_at = Timestamptz(default=None, null=True)

    consultation_meeting_once = Unique(["opened_bid", "round"])
    consultation_meeting_confirmed_whole = Check("(confirmed_by IS NULL) = (confirmed_at IS NULL)")


class ConsultationChange(Table):
    """What the panel changes of the document; part of it once the purchaser's representative confirmed it."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=False)  # the unique one serves
    number = Integer(default=None, null=False)
    kind = Varchar(10, default=None, null=False)
    words = Text(default=None, null=False)
    proposed_by = ForeignKey(PanelMember, null=False, on_delete=OnDelete.restrict, index=True)
    proposed_at = Timestamptz(default=None, null=False)
    confirmed_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    confirmed_at = Timestamptz(default=None, null=True)

    consultation_change_once = Unique(["listing", "number"])
    consultation_change_kind_known = Check("kind IN ('technical', 'service', 'contract')")
    consultation_change_confirmed_whole = Check("(confirmed_by IS NULL) = (confirmed_at IS NULL)")


class ConsultationAnswer(Table):
    """What a bidder hands in again after a change; the last word counts."""

    id = UUID(primary_key=True, default=UUID4())
    change = ForeignKey(ConsultationChange, null=False, on_delete=OnDelete.restrict, index=False)
    opened_bid = ForeignKey(OpenedBid, null=False, on_delete=OnDelete.restrict, index=True)
    words = Text(default=None, null=False)
    signed_name = Varchar(80, default=None, null=False)
    answered_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    answered_at = Timestamptz(default=None, null=False)

    consultation_answer_once = Unique(["change", "opened_bid"])
