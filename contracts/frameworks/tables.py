"""Frameworks, the places their providers hold, and the orders given under them. Money in yuan."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Date, ForeignKey, Integer, Numeric, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.listings.tables import Listing, ListingLot
from contracts.agreements.tables import Contract
from marketplace.accounts.people.tables import Organisation, Person
from vendors.providers.tables import Provider


class Framework(Table):
    """A framework that providers came into; its terms are those its listing printed."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, unique=True)
    kind = Varchar(10, default=None, null=False)
    way = Varchar(20, default=None, null=False)
    starts_on = Date(default=None, null=False)
    ends_on = Date(default=None, null=False)
    announced_at = Timestamptz(default=None, null=False)

    framework_kind_known = Check("kind IN ('closed', 'open')")
    framework_way_known = Check("way IN ('direct', 'mini_bid', 'rotation')")
    framework_term_forward = Check("ends_on >= starts_on")


class FrameworkPlace(Table):
    """A provider's place for one lot: its unit price caps every order (R-FRM-04), its turn never changes (R-FRM-05)."""

    id = UUID(primary_key=True, default=UUID4())
    framework = ForeignKey(Framework, null=False, on_delete=OnDelete.restrict, index=True)
    lot = ForeignKey(ListingLot, null=False, on_delete=OnDelete.restrict, index=True)
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    status = Varchar(20, default="admitted", null=False)
    turn = Integer(default=None, null=False)
    unit_price = Numeric((14, 2), default=None, null=False)
    letter_at = Timestamptz(default=None, null=False)
    sign_by = Date(default=None, null=False)
    is_provisional = Boolean(default=False, null=False)
    terms = Text(default=None, null=False)
    terms_sha256 = Varchar(64, default=None, null=False)
    signed_at = Timestamptz(default=None, null=True)
    filed_at = Timestamptz(default=None, null=True)
    filed_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    users_told_at = Timestamptz(default=None, null=True)
    ended_at = Timestamptz(default=None, null=True)
    ended_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    end_ground = Varchar(30, default="", null=False)
    end_reason = Varchar(500, default="", null=False)

    place_once = Unique(["framework", "lot", "provider"])
    place_turn_once = Unique(["framework", "lot", "turn"])
    place_status_known = Check("status IN ('admitted', 'agreed', 'removed', 'left')")
    place_price_positive = Check("unit_price > 0")
    place_ended_whole = Check("(status IN ('removed', 'left')) = (ended_at IS NOT NULL)")


class PlaceSignature(Table):
    """One side's signature under the exact text of a place's agreement."""

    id = UUID(primary_key=True, default=UUID4())
    place = ForeignKey(FrameworkPlace, null=False, on_delete=OnDelete.restrict, index=True)
    side = Varchar(10, default=None, null=False)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    typed_name = Varchar(80, default=None, null=False)
    terms_sha256 = Varchar(64, default=None, null=False)
    signed_at = Timestamptz(default=None, null=False)

    place_signature_once = Unique(["place", "side"])
    place_signature_side_known = Check("side IN ('buyer', 'provider')")


class PlaceRefusal(Table):
    """A provider that was admitted and does not sign: stated by itself, or recorded once its days were over (R-AWD-03).

    `step` is what the unit decided: the next by rank comes in where the elimination still holds, or nobody.
    """

    id = UUID(primary_key=True, default=UUID4())
    place = ForeignKey(FrameworkPlace, null=False, on_delete=OnDelete.restrict, unique=True)
    is_own_statement = Boolean(default=None, null=False)
    reason = Text(default=None, null=False)
    stated_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    stated_at = Timestamptz(default=None, null=False)
    step = Varchar(20, default="", null=False)
    is_excused = Boolean(default=False, null=False)
    finding = Text(default="", null=False)
    next_place = ForeignKey(FrameworkPlace, null=True, on_delete=OnDelete.restrict, index=True)
    decided_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    decided_at = Timestamptz(default=None, null=True)

    place_refusal_step_known = Check("step IN ('', 'next', 'nobody')")
    place_refusal_decided_whole = Check(
        "(step <> '') = (decided_at IS NOT NULL AND decided_by IS NOT NULL AND finding <> '')"
    )


class FrameworkTopUp(Table):
    """Another round in which providers are sought for a closed framework that has too few left (R-FRM-07)."""

    id = UUID(primary_key=True, default=UUID4())
    framework = ForeignKey(Framework, null=False, on_delete=OnDelete.restrict, index=True)
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, unique=True)
    # how so few disturb the execution, and how many came in and were left on that day
    reason = Varchar(500, default=None, null=False)
    admitted = Integer(default=None, null=False)
    remaining = Integer(default=None, null=False)
    started_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    started_at = Timestamptz(default=None, null=False)

    top_up_fewer_left = Check("remaining >= 0 AND remaining < admitted AND reason <> ''")


class CallOff(Table):
    """An order to a provider of a framework; its contract carries the work, the hours and the money."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    framework = ForeignKey(Framework, null=False, on_delete=OnDelete.restrict, index=True)
    place = ForeignKey(FrameworkPlace, null=False, on_delete=OnDelete.restrict, index=True)
    buyer = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    way = Varchar(20, default=None, null=False)
    # the round of the rotation it was given in
    round = Integer(default=None, null=True)
    quantity = Numeric((12, 2), default=None, null=False)
    unit_price = Numeric((14, 2), default=None, null=False)
    amount = Numeric((14, 2), default=None, null=False)
    reason = Varchar(500, default="", null=False)
    contract = ForeignKey(Contract, null=False, on_delete=OnDelete.restrict, unique=True)
    given_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    given_at = Timestamptz(default=None, null=False, index=True)

    # each provider once a round, kept by the database too (R-FRM-05)
    call_off_once_a_round = Unique(["place", "round"])
    call_off_way_known = Check("way IN ('direct', 'mini_bid', 'rotation', 'recipient')")
    call_off_round_of_rotation = Check("(way = 'rotation') = (round IS NOT NULL)")
    call_off_positive = Check("quantity > 0 AND unit_price > 0 AND amount > 0")
