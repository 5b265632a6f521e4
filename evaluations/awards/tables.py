"""Awards: who won a lot, why, and when it was told."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Date, ForeignKey, Numeric, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from catalogue.listings.tables import Listing, ListingLot
from evaluations.opening.tables import OpenedBid
from marketplace.accounts.documents.tables import Document
from marketplace.accounts.people.tables import Person
from vendors.providers.tables import Provider


class PassedOver(Table):
    """A ranked bid that the check before the award found barred: it stays ranked and cannot win (R-CRED-03)."""

    id = UUID(primary_key=True, default=UUID4())
    lot = ForeignKey(ListingLot, null=False, on_delete=OnDelete.restrict, index=True)
    opened_bid = ForeignKey(OpenedBid, null=False, on_delete=OnDelete.restrict, unique=True)
    reason = Text(default=None, null=False)
    clause = Varchar(20, default=None, null=False)
    # none where the system looked, before an award that was deemed determined
    passed_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    passed_at = Timestamptz(default=None, null=False)


class Award(Table):
    """A lot's award. `basis` says in a sentence what decided; amount in yuan, undeducted (R-EVAL-04)."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    lot = ForeignKey(ListingLot, null=False, on_delete=OnDelete.restrict, unique=True)
    # none where the result was recorded: nothing was opened here
    opened_bid = ForeignKey(OpenedBid, null=True, on_delete=OnDelete.restrict, unique=True)
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    status = Varchar(20, default="determined", null=False)
    amount = Numeric((14, 2), default=None, null=False)
    total_score = Numeric((9, 6), default=None, null=True)
    basis = Text(default="", null=False)
    basis_en = Text(default="", null=False)
    tie_note = Text(default="", null=False)
    # for the debrief of those who lost: no points by factor and no trade secret of the winner (R-PUBL-01)
    strengths = Text(default="", null=False)
    standing_evaluation = Varchar(40, default="", null=False)
    # none where the buyer let its days pass and the first ranked is deemed determined (R-TIME-14)
    determined_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    is_deemed = Boolean(default=False, null=False)
    determined_at = Timestamptz(default=None, null=False)
    announced_at = Timestamptz(default=None, null=True)

    award_determined_or_deemed = Check("is_deemed = (determined_by IS NULL)")
    award_status_known = Check("status IN ('determined', 'announced', 'refused')")
    award_amount_positive = Check("amount > 0")


class ReportObjection(Table):
    """Why a buyer does not follow the report within its days: with it on record nobody is deemed determined."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, unique=True)
    reason = Text(default=None, null=False)
    stated_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    stated_at = Timestamptz(default=None, null=False)

    report_objection_has_reason = Check("reason <> ''")


class DecisionMinutes(Table):
    """The minutes of the collective decision that an award under the limit rests on (R-METH-12)."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, unique=True)
    number = Varchar(80, default=None, null=False)
    held_on = Date(default=None, null=False)
    people = Text(default=None, null=False)
    decision = Text(default=None, null=False)
    document = ForeignKey(Document, null=False, on_delete=OnDelete.restrict, index=True)
    recorded_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    recorded_at = Timestamptz(default=None, null=False)


class VoidAward(Table):
    """An award that stands no more, void (R-DISP-04) or refused by its winner (R-AWD-03): kept whole, out of the way.

    `root` is the root of the lot as it was announced with this award, where one was.
    """

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    lot = ForeignKey(ListingLot, null=False, on_delete=OnDelete.restrict, index=True)
    opened_bid = ForeignKey(OpenedBid, null=True, on_delete=OnDelete.restrict, index=True)
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    amount = Numeric((14, 2), default=None, null=False)
    total_score = Numeric((9, 6), default=None, null=True)
    basis = Text(default="", null=False)
    basis_en = Text(default="", null=False)
    tie_note = Text(default="", null=False)
    standing_evaluation = Varchar(40, default="", null=False)
    root = Varchar(64, default="", null=False)
    determined_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    is_deemed = Boolean(default=False, null=False)
    determined_at = Timestamptz(default=None, null=False)
    announced_at = Timestamptz(default=None, null=True)
    decision = Varchar(40, default=None, null=False)
    clause = Varchar(20, default="R-DISP-04", null=False)
    voided_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    voided_at = Timestamptz(default=None, null=False)

    void_award_amount_positive = Check("amount > 0")
