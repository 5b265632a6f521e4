"""What keeps providers from bidding: cases with evidence and hearing, entries, removals, lists and dated checks."""

from __future__ import annotations

from piccolo.columns import UUID, Bytea, Date, ForeignKey, Integer, Numeric, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.listings.tables import Listing, ListingLot
from marketplace.accounts.documents.tables import Document
from marketplace.accounts.people.tables import Person
from vendors.providers.tables import Provider

_KINDS = "kind IN ('debarment', 'serious_violation', 'major_violation', 'dishonest_debtor', 'tax_violation')"


class CreditEntry(Table):
    """A published decision that keeps a provider from bidding between two days; never changed, only removed."""

    id = UUID(primary_key=True, default=UUID4())
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    kind = Varchar(30, default=None, null=False)
    document_number = Varchar(120, default=None, null=False)
    reason = Text(default="", null=False)
    starts_on = Date(default=None, null=False)
    ends_on = Date(default=None, null=False)
    recorded_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    recorded_at = Timestamptz(default=None, null=False)

    credit_kind_known = Check(_KINDS)
    credit_forward = Check("ends_on >= starts_on")


class CreditCase(Table):
    """What may become an entry: evidence, the provider's hearing, and the decision of a second person."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    status = Varchar(20, default="opened", null=False)
    kind = Varchar(30, default=None, null=False)
    authority = Varchar(120, default=None, null=False)
    document_number = Varchar(120, default=None, null=False)
    decided_on = Date(default=None, null=False)
    fine = Numeric((14, 2), default=None, null=True)
    reason = Text(default=None, null=False)
    starts_on = Date(default=None, null=False)
    ends_on = Date(default=None, null=False)
    evidence = ForeignKey(Document, null=False, on_delete=OnDelete.restrict, index=True)
    hear_until = Date(default=None, null=False)
    opened_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    opened_at = Timestamptz(default=None, null=False)
    statement = Text(default="", null=False)
    stated_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    stated_at = Timestamptz(default=None, null=True)
    hearing = Varchar(20, default=None, null=True)
    hearing_note = Text(default="", null=False)
    heard_on = Date(default=None, null=True)
    decided_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    decided_at = Timestamptz(default=None, null=True)
    decision_note = Text(default="", null=False)
    entry = ForeignKey(CreditEntry, null=True, on_delete=OnDelete.restrict, unique=True)

    credit_case_kind_known = Check(_KINDS)
    credit_case_status_known = Check("status IN ('opened', 'heard', 'published', 'dropped')")
    credit_case_hearing_known = Check("hearing IN ('held', 'waived', 'written', 'elsewhere')")
    credit_case_forward = Check("ends_on >= starts_on")
    credit_case_fine_is_positive = Check("fine > 0")
    # whoever opens a case never decides it
    credit_case_two_people = Check("decided_by <> opened_by")
    credit_case_heard_first = Check("status NOT IN ('heard', 'published') OR hearing IS NOT NULL")


class CreditRemoval(Table):
    """An entry ends before its day: proposed with its paper by one person, confirmed by another."""

    id = UUID(primary_key=True, default=UUID4())
    entry = ForeignKey(CreditEntry, null=False, on_delete=OnDelete.restrict, index=True)
    status = Varchar(20, default="proposed", null=False)
    ground = Varchar(20, default=None, null=False)
    document_number = Varchar(120, default=None, null=False)
    reason = Text(default=None, null=False)
    effective_on = Date(default=None, null=False)
    proposed_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    proposed_at = Timestamptz(default=None, null=False)
    decided_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    decided_at = Timestamptz(default=None, null=True)

    credit_removal_status_known = Check("status IN ('proposed', 'confirmed', 'declined')")
    credit_removal_ground_known = Check("ground IN ('repaired', 'revoked', 'mistaken')")
    credit_removal_two_people = Check("decided_by <> proposed_by")


class CreditList(Table):
    """A list of an authority as it stood on a day, handed in as a file; a second person confirms it."""

    id = UUID(primary_key=True, default=UUID4())
    kind = Varchar(30, default=None, null=False)
    as_of = Date(default=None, null=False)
    status = Varchar(20, default="waiting", null=False)
    file_name = Varchar(160, default=None, null=False)
    content = Bytea(default=None, null=False)
    sha256 = Varchar(64, default=None, null=False)
    uploaded_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    uploaded_at = Timestamptz(default=None, null=False)
    confirmed_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    confirmed_at = Timestamptz(default=None, null=True)

    credit_list_kind_known = Check(_KINDS)
    credit_list_status_known = Check("status IN ('waiting', 'confirmed', 'dropped')")
    credit_list_two_people = Check("confirmed_by <> uploaded_by")


class CreditListRow(Table):
    """One name on a list, and which provider it is: by code, or by name when a person says so."""

    id = UUID(primary_key=True, default=UUID4())
    credit_list = ForeignKey(CreditList, null=False, on_delete=OnDelete.restrict, index=True)
    number = Integer(default=None, null=False)
    name = Varchar(200, default=None, null=False)
    credit_code = Varchar(18, default="", null=False, index=True)
    document_number = Varchar(120, default=None, null=False)
    reason = Text(default="", null=False)
    starts_on = Date(default=None, null=False)
    ends_on = Date(default=None, null=False)
    provider = ForeignKey(Provider, null=True, on_delete=OnDelete.restrict, index=True)
    matched_by = Varchar(10, default="none", null=False)
    is_same = Varchar(10, default="none", null=False)
    decided_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    decided_at = Timestamptz(default=None, null=True)
    entry = ForeignKey(CreditEntry, null=True, on_delete=OnDelete.restrict, index=True)

    credit_list_row_once = Unique(["credit_list", "number"])
    credit_list_row_match_known = Check("matched_by IN ('none', 'code', 'name')")
    credit_list_row_decision_known = Check("is_same IN ('none', 'open', 'yes', 'no')")
    credit_list_row_forward = Check("ends_on >= starts_on")


class CreditListCandidate(Table):
    """A provider that bears, or bore, the name on a row of a list: a person says which one it is, or none."""

    id = UUID(primary_key=True, default=UUID4())
    row = ForeignKey(CreditListRow, null=False, on_delete=OnDelete.restrict, index=True)
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)

    credit_list_candidate_once = Unique(["row", "provider"])


class CreditCheck(Table):
    """The proof of one check: of whom, for what, on which day, by whom or by the system, and the result."""

    id = UUID(primary_key=True, default=UUID4())
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    moment = Varchar(20, default=None, null=False)
    listing = ForeignKey(Listing, null=True, on_delete=OnDelete.restrict, index=True)
    lot = ForeignKey(ListingLot, null=True, on_delete=OnDelete.restrict, index=True)
    as_of = Date(default=None, null=False)
    checked_at = Timestamptz(default=None, null=False)
    checked_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    result = Varchar(10, default=None, null=False)

    credit_check_moment_known = Check("moment IN ('registration', 'sealing', 'cut_off', 'award')")
    credit_check_result_known = Check("result IN ('clear', 'found')")


class CreditCheckLine(Table):
    """What one check looked into: a list with the day it was of, or an entry that it found there."""

    id = UUID(primary_key=True, default=UUID4())
    credit_check = ForeignKey(CreditCheck, null=False, on_delete=OnDelete.restrict, index=True)
    kind = Varchar(30, default=None, null=False)
    credit_list = ForeignKey(CreditList, null=True, on_delete=OnDelete.restrict, index=True)
    list_as_of = Date(default=None, null=True)
    entry = ForeignKey(CreditEntry, null=True, on_delete=OnDelete.restrict, index=True)
