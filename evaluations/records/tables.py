"""A result that was not computed here: from the provincial platform, quotes, a negotiation or a meeting."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Date, ForeignKey, Integer, Numeric, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.listings.tables import Listing, ListingLot
from marketplace.accounts.documents.tables import Document
from marketplace.accounts.people.tables import Person
from vendors.providers.tables import Provider


class ResultRecord(Table):
    """What was decided, when and where. `account`: how it went, in words; nothing changes once it is confirmed.

    The platform's days (notice, opening, result notice) stand only on what ran there; older records have none.
    """

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, unique=True)
    status = Varchar(12, default="recorded", null=False)
    platform_number = Varchar(80, default="", null=False)
    platform_link = Varchar(500, default="", null=False)
    outcome = Varchar(10, default="awarded", null=False)
    failure_ground = Varchar(20, default="", null=False)
    noticed_on = Date(default=None, null=True)
    opened_on = Date(default=None, null=True)
    decided_on = Date(default=None, null=False)
    announced_on = Date(default=None, null=True)
    short_period_reason = Varchar(400, default="", null=False)
    account = Text(default=None, null=False)
    objections = Text(default="", null=False)
    recorded_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    recorded_at = Timestamptz(default=None, null=False)
    return_reason = Text(default="", null=False)
    confirmed_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    confirmed_at = Timestamptz(default=None, null=True)

    result_record_outcome_known = Check("outcome IN ('awarded', 'failed')")
    result_record_failure_grounded = Check("(outcome = 'failed') = (failure_ground <> '')")
    result_record_days_in_order = Check(
        "(noticed_on IS NULL OR noticed_on <= opened_on) AND (opened_on IS NULL OR opened_on <= decided_on)"
        " AND (announced_on IS NULL OR announced_on >= decided_on)"
    )
    result_record_status_known = Check("status IN ('recorded', 'returned', 'confirmed')")
    result_record_by_two = Check("confirmed_by IS NULL OR confirmed_by <> recorded_by")
    result_record_confirmed_whole = Check("(status = 'confirmed') = (confirmed_at IS NOT NULL)")


class RecordedOffer(Table):
    """One provider's offer for a lot as it was recorded. Price in yuan; None where it gave none."""

    id = UUID(primary_key=True, default=UUID4())
    record = ForeignKey(ResultRecord, null=False, on_delete=OnDelete.cascade, index=True)
    position = Integer(default=0, null=False)
    lot = ForeignKey(ListingLot, null=False, on_delete=OnDelete.restrict, index=True)
    provider = ForeignKey(Provider, null=True, on_delete=OnDelete.restrict, index=True)
    name = Varchar(200, default=None, null=False)
    price = Numeric((14, 2), default=None, null=True)
    total_score = Numeric((9, 6), default=None, null=True)
    reason = Varchar(300, default="", null=False)
    is_winner = Boolean(default=False, null=False)

    recorded_offer_once = Unique(["record", "lot", "name"])
    recorded_offer_price_positive = Check("price IS NULL OR price > 0")
    recorded_winner_whole = Check("NOT is_winner OR (provider IS NOT NULL AND price IS NOT NULL AND reason = '')")


class RecordedPerson(Table):
    """Who judged or decided."""

    id = UUID(primary_key=True, default=UUID4())
    record = ForeignKey(ResultRecord, null=False, on_delete=OnDelete.cascade, index=True)
    position = Integer(default=0, null=False)
    name = Varchar(60, default=None, null=False)
    role = Varchar(12, default=None, null=False)

    recorded_person_once = Unique(["record", "name"])
    recorded_person_role_known = Check("role IN ('expert', 'buyer')")


class RecordedPaper(Table):
    """A document that proves the record, kept with its SHA-256."""

    id = UUID(primary_key=True, default=UUID4())
    record = ForeignKey(ResultRecord, null=False, on_delete=OnDelete.cascade, index=True)
    document = ForeignKey(Document, null=False, on_delete=OnDelete.restrict, index=True)
    kind = Varchar(12, default="proof", null=False)

    recorded_paper_kind_known = Check("kind IN ('proof', 'minutes')")
