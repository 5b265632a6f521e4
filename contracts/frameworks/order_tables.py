"""Around orders: what users thought of them, second quotes, and the quantities recipients may use. Money in yuan."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Date, ForeignKey, Integer, Numeric, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.listings.tables import Listing, ListingLot
from catalogue.plans.tables import BudgetLine
from contracts.frameworks.tables import CallOff, Framework, FrameworkPlace
from marketplace.accounts.people.tables import Organisation, Person
from vendors.providers.tables import Provider


class OrderRating(Table):
    """What the buyer or a recipient thought of an order, 1 to 5; recipients are known by their code (R-FRM-06)."""

    id = UUID(primary_key=True, default=UUID4())
    call_off = ForeignKey(CallOff, null=False, on_delete=OnDelete.restrict, index=True)
    rater = Varchar(10, default=None, null=False)
    recipient_code = Varchar(20, default="", null=False)
    stars = Integer(default=None, null=False)
    words = Varchar(300, default="", null=False)
    entered_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    entered_at = Timestamptz(default=None, null=False)

    order_rating_once = Unique(["call_off", "rater", "recipient_code"])
    order_rating_rater_known = Check("rater IN ('buyer', 'recipient')")
    order_rating_recipient_coded = Check("(rater = 'recipient') = (recipient_code <> '')")
    order_rating_stars = Check("stars BETWEEN 1 AND 5")


class MiniBid(Table):
    """A second round of quotes among those who hold a place; nobody sees a quote before it closes (R-FRM-05)."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    framework = ForeignKey(Framework, null=False, on_delete=OnDelete.restrict, index=True)
    lot = ForeignKey(ListingLot, null=False, on_delete=OnDelete.restrict, index=True)
    buyer = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    budget_line = ForeignKey(BudgetLine, null=False, on_delete=OnDelete.restrict, index=True)
    need = Varchar(2000, default=None, null=False)
    quantity = Numeric((12, 2), default=None, null=False)
    service_from = Date(default=None, null=False)
    service_to = Date(default=None, null=False)
    opened_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    opened_at = Timestamptz(default=None, null=False)
    closes_at = Timestamptz(default=None, null=False)
    call_off = ForeignKey(CallOff, null=True, on_delete=OnDelete.restrict, unique=True)
    tie_note = Varchar(1000, default="", null=False)

    mini_bid_quantity_positive = Check("quantity > 0")
    mini_bid_has_time = Check("closes_at > opened_at")


class MiniBidQuote(Table):
    """One provider's quote in a second round; a later one before the deadline replaces it."""

    id = UUID(primary_key=True, default=UUID4())
    mini_bid = ForeignKey(MiniBid, null=False, on_delete=OnDelete.restrict, index=True)
    place = ForeignKey(FrameworkPlace, null=False, on_delete=OnDelete.restrict, index=True)
    unit_price = Numeric((14, 2), default=None, null=False)
    quoted_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    quoted_at = Timestamptz(default=None, null=False)

    mini_bid_quote_once = Unique(["mini_bid", "place"])
    mini_bid_quote_positive = Check("unit_price > 0")


class Voucher(Table):
    """So much of a lot's service for one recipient, who chooses the providers (R-FRM-01)."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    framework = ForeignKey(Framework, null=False, on_delete=OnDelete.restrict, index=True)
    lot = ForeignKey(ListingLot, null=False, on_delete=OnDelete.restrict, index=True)
    buyer = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    budget_line = ForeignKey(BudgetLine, null=False, on_delete=OnDelete.restrict, index=True)
    recipient_code = Varchar(20, default=None, null=False, index=True)
    quantity = Numeric((12, 2), default=None, null=False)
    valid_to = Date(default=None, null=False)
    issued_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    issued_at = Timestamptz(default=None, null=False)

    voucher_quantity_positive = Check("quantity > 0")


class VoucherUse(Table):
    """An order a recipient chose the provider of."""

    id = UUID(primary_key=True, default=UUID4())
    voucher = ForeignKey(Voucher, null=False, on_delete=OnDelete.restrict, index=True)
    call_off = ForeignKey(CallOff, null=False, on_delete=OnDelete.restrict, unique=True)


class FrameworkApplication(Table):
    """A provider's application to join an open framework, and what was decided of it (R-FRM-03)."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    lot = ForeignKey(ListingLot, null=False, on_delete=OnDelete.restrict, index=True)
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    words = Varchar(5000, default=None, null=False)
    applied_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    applied_at = Timestamptz(default=None, null=False)
    review_by = Date(default=None, null=False)
    is_provisional = Boolean(default=False, null=False)
    decided_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    decided_at = Timestamptz(default=None, null=True)
    is_accepted = Boolean(default=None, null=True)
    reason = Varchar(500, default="", null=False)

    application_decided_whole = Check("(decided_at IS NULL) = (is_accepted IS NULL)")
