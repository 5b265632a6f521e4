"""What buyers agreed with agencies in writing (R-ROLE-05)."""

from __future__ import annotations

from piccolo.columns import UUID, Date, ForeignKey, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from marketplace.accounts.documents.tables import Document
from marketplace.accounts.people.tables import Organisation, Person


class AgencyAgreement(Table):
    """A buyer's written agreement with an agency; it counts once a second person of the buyer approved it."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    buyer = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    agency = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    document_number = Varchar(80, default=None, null=False)
    matter = Text(default=None, null=False)
    valid_from = Date(default=None, null=False)
    valid_to = Date(default=None, null=False)
    fee = Varchar(300, default=None, null=False)
    fee_payer = Varchar(10, default=None, null=False)
    document = ForeignKey(Document, null=True, on_delete=OnDelete.restrict, index=True)
    status = Varchar(12, default="recorded", null=False)
    recorded_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    recorded_at = Timestamptz(default=None, null=False)
    decided_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    decided_at = Timestamptz(default=None, null=True)
    return_reason = Text(default="", null=False)
    ended_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    ended_at = Timestamptz(default=None, null=True)
    end_reason = Text(default="", null=False)

    agency_agreement_status_known = Check("status IN ('recorded', 'approved', 'returned', 'ended')")
    agency_agreement_payer_known = Check("fee_payer IN ('buyer', 'winner', 'none')")
    agency_agreement_two_parties = Check("buyer <> agency")
    agency_agreement_forward = Check("valid_to >= valid_from")
    agency_agreement_by_two = Check("decided_by IS NULL OR decided_by <> recorded_by")
    agency_agreement_decided_whole = Check("(status = 'recorded') = (decided_at IS NULL)")
    agency_agreement_ended_whole = Check("(status = 'ended') = (ended_at IS NOT NULL)")


class AgencyAgreementAct(Table):
    """One kind of act that an agreement hands over."""

    id = UUID(primary_key=True, default=UUID4())
    agreement = ForeignKey(AgencyAgreement, null=False, on_delete=OnDelete.restrict, index=True)
    act = Varchar(12, default=None, null=False)

    agency_agreement_act_once = Unique(["agreement", "act"])
    agency_agreement_act_known = Check(
        "act IN ('draft', 'publish', 'answer', 'change', 'opening', 'panel', 'result')"
    )
