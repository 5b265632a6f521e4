"""The opening: who released which part of the key, and what came out of the sealed bids."""

from __future__ import annotations

from decimal import Decimal

from piccolo.columns import (
    UUID,
    Boolean,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    Numeric,
    OnDelete,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.listings.tables import Listing, ListingLot
from marketplace.accounts.documents.tables import Document
from marketplace.accounts.people.tables import Person
from vendors.bids.tables import Bid
from vendors.providers.tables import Provider


class KeyRelease(Table):
    """One opener released a part of the key for one stage of a listing. The identity itself is never kept."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    stage = Varchar(10, default=None, null=False)
    opener = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    released_at = Timestamptz(default=None, null=False)

    key_release_once = Unique(["listing", "stage", "opener"])
    key_release_stage_known = Check("stage IN ('first', 'final')")


class HalfOpened(Table):
    """What one opener's release left of a bid's key: still locked for the next opener."""

    id = UUID(primary_key=True, default=UUID4())
    bid = ForeignKey(Bid, null=False, on_delete=OnDelete.restrict, index=True)
    name = Varchar(200, default=None, null=False)
    wrapped = Bytea(default=b"", null=False)

    half_opened_once = Unique(["bid", "name"])


class OpeningStatement(Table):
    """What a bidder says to the record of its own bid: that it is right, or what is not (R-BID-03)."""

    id = UUID(primary_key=True, default=UUID4())
    bid = ForeignKey(Bid, null=False, on_delete=OnDelete.restrict, unique=True)
    confirms = Boolean(default=False, null=False)
    words = Text(default="", null=False)
    said_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    said_at = Timestamptz(default=None, null=False)

    opening_objection_has_words = Check("confirms OR words <> ''")


class VoidedRelease(Table):
    """A release whose layer of a bid did not open for the next opener, and which therefore was asked for again."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    stage = Varchar(10, default=None, null=False)
    opener = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    bid = ForeignKey(Bid, null=False, on_delete=OnDelete.restrict, index=True)
    voided_at = Timestamptz(default=None, null=False)

    voided_release_stage_known = Check("stage IN ('first', 'final')")


class OpenedBid(Table):
    """What a sealed bid said once it was open. Price in yuan; None where none was asked or it could not be read."""

    id = UUID(primary_key=True, default=UUID4())
    bid = ForeignKey(Bid, null=False, on_delete=OnDelete.restrict, unique=True)
    lot = ForeignKey(ListingLot, null=False, on_delete=OnDelete.restrict, index=True)
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    qualification_text = Text(default="", null=False)
    technical_text = Text(default="", null=False)
    annual_hours = Integer(default=None, null=True)
    service_staff = Integer(default=None, null=True)
    price = Numeric((14, 2), default=None, null=True)
    final_price = Numeric((14, 2), default=None, null=True)
    # what else the price part states, for the panel to compare (R-EVAL-08); yuan
    price_words = Varchar(80, default="", null=False)
    unit_price = Numeric((14, 4), default=None, null=True)
    body_total = Numeric((14, 2), default=None, null=True)
    is_small_micro = Boolean(default=False, null=False)
    past_grade = Varchar(10, default="none", null=False)
    past_buyer = Varchar(200, default="", null=False)
    past_evaluated_on = Date(default=None, null=True)
    past_evidence = Varchar(200, default="", null=False)
    past_from_record = Boolean(default=False, null=False)
    # the name of the agreement among the attachments, where a consortium bids (R-ROLE-12)
    consortium_agreement = Varchar(200, default="", null=False)
    # of a consortium of enterprises: the share of the small and micro ones in percent, as declared when it was opened
    small_share = Numeric((5, 2), default=Decimal(0), null=False)
    # whom a share would be subcontracted to, in percent, and what of it counts: of an enterprise alone, to a small one
    subcontract_code = Varchar(18, default="", null=False)
    subcontract_name = Varchar(200, default="", null=False)
    subcontract_share = Numeric((5, 2), default=Decimal(0), null=False)
    small_subcontract = Numeric((5, 2), default=Decimal(0), null=False)
    # which paper the bid says carries the organisation's seal or electronic signature (R-RECORD-01); null where the
    # file could not be taken out
    seal_kind = Varchar(10, default="", null=False)
    seal_paper = Varchar(200, default="", null=False)
    seal_document = ForeignKey(Document, null=True, on_delete=OnDelete.restrict, index=True)
    fault = Text(default="", null=False)
    opened_at = Timestamptz(default=None, null=False)

    opened_bid_seal_whole = Check(
        "(seal_kind = '' AND seal_paper = '' AND seal_document IS NULL)"
        " OR (seal_kind IN ('stamped', 'signed') AND seal_paper <> '')"
    )
    opened_bid_hours_positive = Check("annual_hours IS NULL OR annual_hours > 0")
    opened_bid_subcontract_counts = Check("small_subcontract IN (0, subcontract_share)")
    opened_bid_staff_positive = Check("service_staff IS NULL OR service_staff > 0")
    opened_bid_grade_known = Check("past_grade IN ('excellent', 'good', 'fair', 'poor', 'none')")


class ConsortiumMember(Table):
    """Another member of the consortium that the bid's provider leads, as the sealed bid named it; share in percent.

    `provider` is null where nobody is registered under that code: credit then has to be asked for by hand.
    """

    id = UUID(primary_key=True, default=UUID4())
    opened_bid = ForeignKey(OpenedBid, null=False, on_delete=OnDelete.restrict, index=True)
    provider = ForeignKey(Provider, null=True, on_delete=OnDelete.restrict, index=True)
    credit_code = Varchar(18, default=None, null=False)
    name = Varchar(200, default=None, null=False)
    share = Numeric((5, 2), default=None, null=False)

    consortium_member_once = Unique(["opened_bid", "credit_code"])
    consortium_share_is_a_part = Check("share > 0 AND share < 100")


class OpenedAttachment(Table):
    """A paper that came out of a sealed bid."""

    id = UUID(primary_key=True, default=UUID4())
    opened_bid = ForeignKey(OpenedBid, null=False, on_delete=OnDelete.restrict, index=True)
    document = ForeignKey(Document, null=False, on_delete=OnDelete.restrict, index=True)


class Recording(Table):
    """Hash and place of a recording in sound and picture; a later entry corrects an earlier one (R-RECORD-01)."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    scene = Varchar(12, default=None, null=False)
    sha256 = Varchar(64, default=None, null=False)
    place = Varchar(200, default=None, null=False)
    entered_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    entered_at = Timestamptz(default=None, null=False)

    recording_scene_known = Check("scene IN ('opening', 'evaluation')")
    recording_hash_whole = Check("sha256 ~ '^[0-9a-f]{64}$'")
    recording_has_place = Check("place <> ''")


class RecordingAbsence(Table):
    """Why a scene was not recorded, as the person in charge put it on record once; it never changes (R-RECORD-01)."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=False)  # the unique one serves
    scene = Varchar(12, default=None, null=False)
    reason = Text(default=None, null=False)
    stated_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    stated_at = Timestamptz(default=None, null=False)

    recording_absence_once = Unique(["listing", "scene"])
    recording_absence_scene = Check("scene IN ('opening', 'evaluation')")
    recording_absence_has_reason = Check("reason <> ''")


class EndedLot(Table):
    """A lot with too few bids left to go on: it is not scored and not awarded (R-BID-04, R-BID-08).

    `stage`: what left too few. A lot ended by the panel's findings stands again when these are taken back (R-COM-08).
    """

    id = UUID(primary_key=True, default=UUID4())
    lot = ForeignKey(ListingLot, null=False, on_delete=OnDelete.restrict, unique=True)
    stage = Varchar(12, default=None, null=False)
    least = Integer(default=None, null=False)
    left = Integer(default=None, null=False)
    clause = Varchar(20, default=None, null=False)
    ended_at = Timestamptz(default=None, null=False)

    ended_lot_stage_known = Check("stage IN ('qualified', 'conforming', 'valid')")
    ended_lot_has_too_few = Check('"left" < least')


class QualificationDecision(Table):
    """The buyer's decision whether a bid's provider is qualified, with the reason and clause when not."""

    id = UUID(primary_key=True, default=UUID4())
    opened_bid = ForeignKey(OpenedBid, null=False, on_delete=OnDelete.restrict, unique=True)
    is_qualified = Boolean(default=False, null=False)
    reason = Text(default="", null=False)
    clause = Varchar(20, default="", null=False)
    decided_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    decided_at = Timestamptz(default=None, null=False)


class QualificationFinding(Table):
    """What the review found of one item: met or not, the reason, and the paper of the bid that shows it."""

    id = UUID(primary_key=True, default=UUID4())
    opened_bid = ForeignKey(OpenedBid, null=False, on_delete=OnDelete.restrict, index=False)  # the unique one serves
    position = Integer(default=None, null=False)
    item = Varchar(400, default=None, null=False)
    clause = Varchar(20, default=None, null=False)
    passes = Boolean(default=False, null=False)
    reason = Text(default="", null=False)
    evidence = ForeignKey(Document, null=True, on_delete=OnDelete.restrict, index=True)
    place = Varchar(120, default="", null=False)

    qualification_finding_once = Unique(["opened_bid", "position"])
    qualification_finding_has_reason = Check("passes OR reason <> ''")


class ConformityDecision(Table):
    """What the majority of the panel decided: whether a bid answers all that may not be deviated from (R-COM-06)."""

    id = UUID(primary_key=True, default=UUID4())
    opened_bid = ForeignKey(OpenedBid, null=False, on_delete=OnDelete.restrict, unique=True)
    passes = Boolean(default=False, null=False)
    reason = Text(default="", null=False)
    clause = Varchar(20, default="", null=False)
    members = Integer(default=None, null=False)
    decided_at = Timestamptz(default=None, null=False)

    conformity_refusal_has_reason = Check("passes OR (reason <> '' AND clause <> '')")
    conformity_decided_by_somebody = Check("members > 0")
