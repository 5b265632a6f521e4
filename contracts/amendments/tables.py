"""Supplementary contracts, suspensions and endings before time, with the signatures under their exact text."""

from __future__ import annotations

from decimal import Decimal

from piccolo.columns import UUID, Boolean, Date, ForeignKey, Numeric, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from contracts.agreements.tables import Contract
from marketplace.accounts.documents.tables import Document
from marketplace.accounts.people.tables import Person


class ContractAmendment(Table):
    """A change of a contract as it was proposed and what became of it.

    `amount` in yuan: what a supplement adds, or what is still paid for work done when a contract ends. `quantity` in
    the unit of the contract.
    """

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    contract = ForeignKey(Contract, null=False, on_delete=OnDelete.restrict, index=True)
    kind = Varchar(12, default=None, null=False)
    ground = Varchar(20, default=None, null=False)
    reason = Text(default=None, null=False)
    document_number = Varchar(80, default="", null=False)
    quantity = Numeric((12, 2), default=None, null=True)
    amount = Numeric((14, 2), default=Decimal(0), null=False)
    due_on = Date(default=None, null=True)
    # of a suspension: its days and how residents are looked after; of a resumption: the first day served again
    from_on = Date(default=None, null=True)
    to_on = Date(default=None, null=True)
    review_on = Date(default=None, null=True)
    care = Text(default="", null=False)
    visits_go_on = Boolean(default=False, null=False)
    # of an ending: the advance that was not worked off when it was proposed, and what of it comes back; yuan
    advance_left = Numeric((14, 2), default=Decimal(0), null=False)
    claim = Numeric((14, 2), default=Decimal(0), null=False)
    # of `amount`: what accepted work set off against an advance that was never paid
    offset_owed = Numeric((14, 2), default=Decimal(0), null=False)
    text = Text(default=None, null=False)
    text_sha256 = Varchar(64, default=None, null=False)
    status = Varchar(12, default="proposed", null=False, index=True)
    proposed_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    proposed_at = Timestamptz(default=None, null=False)
    # what the provider said before a contract is ended without it (R-CON-05)
    view = Text(default="", null=False)
    view_at = Timestamptz(default=None, null=True)
    decided_at = Timestamptz(default=None, null=True)
    end_reason = Varchar(300, default="", null=False)
    # the last day of service as it was before the contract ended
    service_to_before = Date(default=None, null=True)

    amendment_kind_known = Check("kind IN ('supplement', 'termination', 'suspension', 'resumption')")
    amendment_status_known = Check("status IN ('proposed', 'in_force', 'refused', 'withdrawn')")
    amendment_supplement_whole = Check(
        "kind <> 'supplement' OR (quantity > 0 AND amount > 0 AND due_on IS NOT NULL)"
    )
    amendment_suspension_whole = Check(
        "(kind NOT IN ('suspension', 'resumption') OR (from_on IS NOT NULL AND amount = 0))"
        " AND (kind <> 'suspension' OR care <> '' AND (to_on IS NULL) = (review_on IS NOT NULL))"
    )
    amendment_amount_not_negative = Check("amount >= 0")
    amendment_offset_owed_within = Check("offset_owed >= 0 AND offset_owed <= amount")
    amendment_claim_within = Check("claim >= 0 AND claim <= advance_left")


class AmendmentSignature(Table):
    """One side's signature under the exact text of an amendment."""

    id = UUID(primary_key=True, default=UUID4())
    amendment = ForeignKey(ContractAmendment, null=False, on_delete=OnDelete.restrict, index=True)
    side = Varchar(10, default=None, null=False)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    typed_name = Varchar(80, default=None, null=False)
    text_sha256 = Varchar(64, default=None, null=False)
    signed_at = Timestamptz(default=None, null=False)

    amendment_signature_once = Unique(["amendment", "side"])
    amendment_signature_side_known = Check("side IN ('buyer', 'provider')")


class AmendmentPaper(Table):
    """A document of an amendment: the agreement as it was signed, or the decision. Never changed."""

    id = UUID(primary_key=True, default=UUID4())
    amendment = ForeignKey(ContractAmendment, null=False, on_delete=OnDelete.restrict, index=True)
    document = ForeignKey(Document, null=False, on_delete=OnDelete.restrict, unique=True)
    side = Varchar(10, default=None, null=False)
    added_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    added_at = Timestamptz(default=None, null=False)

    amendment_paper_side_known = Check("side IN ('buyer', 'provider')")


class AdvanceClaim(Table):
    """What of a paid advance comes back when a contract ends (yuan); whole, once, with its proof."""

    id = UUID(primary_key=True, default=UUID4())
    amendment = ForeignKey(ContractAmendment, null=False, on_delete=OnDelete.restrict, unique=True)
    amount = Numeric((14, 2), default=None, null=False)
    claimed_at = Timestamptz(default=None, null=False)
    received_on = Date(default=None, null=True)
    proof = Varchar(120, default="", null=False)
    received_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)

    advance_claim_positive = Check("amount > 0")
    advance_claim_received_whole = Check(
        "(received_on IS NULL) = (proof = '') AND (received_on IS NULL) = (received_by IS NULL)"
    )
