"""What drafting added to a listing: the parts of its requirement, its terms, and the version of each section."""

from __future__ import annotations

from decimal import Decimal

from piccolo.columns import UUID, Boolean, ForeignKey, Integer, Numeric, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.listings.tables import Listing
from marketplace.accounts.people.tables import Person


class ListingNeed(Table):
    """The requirement in its parts; the listing's own `requirement` is the same as one text."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, unique=True)
    problem = Text(default="", null=False)
    users = Text(default="", null=False)
    services = Text(default=None, null=False)
    standard = Text(default="", null=False)
    evidence = Text(default="", null=False)
    acceptance = Text(default="", null=False)


class ListingQuantity(Table):
    """How much of one thing; the ceiling unit price in yuan where one is set."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=0, null=False)
    what = Varchar(200, default=None, null=False)
    quantity = Numeric((12, 2), default=None, null=False)
    unit = Varchar(40, default=None, null=False)
    times = Varchar(40, default="", null=False)
    unit_price = Numeric((14, 2), default=None, null=True)

    quantity_position_once = Unique(["listing", "position"])
    quantity_positive = Check("quantity > 0")
    quantity_price_positive = Check("unit_price IS NULL OR unit_price > 0")


class ListingIndicator(Table):
    """One line of the indicators printed for the later evaluation; points total 100."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=0, null=False)
    title = Varchar(120, default=None, null=False)
    target = Varchar(300, default=None, null=False)
    points = Numeric((5, 2), default=None, null=False)
    source = Varchar(300, default="", null=False)
    # empty in listings of before: then by title and target
    group = Varchar(12, default="", null=False)
    way = Varchar(16, default="", null=False)

    listing_indicator_position_once = Unique(["listing", "position"])
    listing_indicator_points_percent = Check("points > 0 AND points <= 100")
    listing_indicator_group_known = Check(
        "\"group\" IN ('', 'decision', 'process', 'execution', 'output', 'benefit', 'satisfaction')"
    )
    listing_indicator_way_known = Check(
        "way IN ('', 'quantitative', 'qualitative', 'execution_rate', 'approval_rate', 'timeliness', 'coverage',"
        " 'hours_kept', 'corrections', 'complaints', 'turnover')"
    )


class ListingSource(Table):
    """Whose judgement counts in the later evaluation, in percent; the weights of a listing total 100."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=0, null=False)
    source = Varchar(20, default=None, null=False)
    weight = Numeric((5, 2), default=None, null=False)

    listing_source_once = Unique(["listing", "source"])
    listing_source_known = Check(
        "source IN ('third_party', 'third_party_finance', 'town', 'village', 'civil_affairs', 'recipients')"
    )
    listing_source_weight_percent = Check("weight > 0 AND weight <= 100")


class ListingTerms(Table):
    """Who may join how, what is deposited, the panel, the low-price limits; a listing without a row has the defaults.

    Money in yuan, shares in percent; null limits are those of R-LOW-01.
    """

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, unique=True)
    admits_consortium = Boolean(default=True, null=False)
    subcontract_share = Numeric((5, 2), default=Decimal(0), null=False)
    subcontract_parts = Text(default="", null=False)
    bid_deposit = Numeric((14, 2), default=Decimal(0), null=False)
    performance_bond = Numeric((5, 2), default=Decimal(0), null=False)
    advance_payment = Numeric((5, 2), default=Decimal(0), null=False)
    # agreed days to pay from acceptance and late interest in percent a year; open: those of R-PAY-01 and R-PAY-02
    payment_days = Integer(default=None, null=True)
    late_rate = Numeric((5, 2), default=None, null=True)
    # days from the deadline; open: the usual ones of R-BID-02
    bid_validity = Integer(default=None, null=True)
    panel_members = Integer(default=None, null=True)
    low_mean = Numeric((5, 2), default=None, null=True)
    low_next_lowest = Numeric((5, 2), default=None, null=True)
    low_ceiling = Numeric((5, 2), default=None, null=True)
    handover = Text(default="", null=False)
    # percent of the last payment that may wait until the residents are handed over; open: nothing waits (R-CON-06)
    handover_share = Numeric((5, 2), default=None, null=True)
    # the programme the project is a part of: who prepared it may not take part, where the listing says so (R-ROLE-08)
    programme = Varchar(200, default="", null=False)
    # how many more years may be agreed without a new competition, and from which grade of the year's evaluation on
    renewal_years = Integer(default=None, null=True)
    renewal_grade = Varchar(10, default="", null=False)
    # score sheets show codes instead of bidders' names until all members have locked
    hides_names = Boolean(default=False, null=False)

    terms_renewal_whole = Check(
        "(renewal_years IS NULL AND renewal_grade = '') OR (renewal_years > 0 AND renewal_grade IN"
        " ('excellent', 'good', 'fair'))"
    )
    terms_shares_percent = Check(
        "subcontract_share BETWEEN 0 AND 100 AND performance_bond BETWEEN 0 AND 100"
        " AND advance_payment BETWEEN 0 AND 100"
    )
    terms_deposit_not_negative = Check("bid_deposit >= 0")
    terms_payment_positive = Check(
        "(payment_days IS NULL OR payment_days > 0) AND (late_rate IS NULL OR late_rate > 0)"
    )
    terms_handover_share_percent = Check("handover_share IS NULL OR (handover_share > 0 AND handover_share <= 100)")
    terms_validity_positive = Check("bid_validity IS NULL OR bid_validity > 0")
    terms_panel_odd = Check("panel_members IS NULL OR (panel_members > 0 AND panel_members % 2 = 1)")


class PaymentDeduction(Table):
    """A failing and what it costs at acceptance: percent of the milestone's price, each time it happens."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=0, null=False)
    condition = Varchar(300, default=None, null=False)
    percent = Numeric((5, 2), default=None, null=False)

    payment_deduction_position_once = Unique(["listing", "position"])
    payment_deduction_percent = Check("percent > 0 AND percent <= 100")


class DraftSection(Table):
    """The version of one section of a draft, who saved it and when; a section never saved has version 1."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    subject = Varchar(20, default=None, null=False)
    version = Integer(default=1, null=False)
    saved_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    saved_at = Timestamptz(default=None, null=False)

    draft_section_once = Unique(["listing", "subject"])
