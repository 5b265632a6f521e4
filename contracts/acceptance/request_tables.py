"""How a milestone comes to its certificate: asked for, sent back to be mended, and what was deducted."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Date, ForeignKey, Integer, Numeric, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from contracts.acceptance.tables import Acceptance
from contracts.agreements.tables import ContractMilestone
from marketplace.accounts.people.tables import Person


class AcceptanceRequest(Table):
    """The provider says the work of a milestone is done; the buyer decides until `decide_by` (R-ACC-04)."""

    id = UUID(primary_key=True, default=UUID4())
    milestone = ForeignKey(ContractMilestone, null=False, on_delete=OnDelete.restrict, index=True)
    round = Integer(default=None, null=False)
    statement = Text(default=None, null=False)
    requested_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    requested_at = Timestamptz(default=None, null=False)
    decide_by = Date(default=None, null=False)
    is_provisional = Boolean(default=False, null=False)

    acceptance_request_round_once = Unique(["milestone", "round"])


class AcceptanceRejection(Table):
    """A milestone sent back: what is to be mended, by when; the certificate follows once it is."""

    id = UUID(primary_key=True, default=UUID4())
    milestone = ForeignKey(ContractMilestone, null=False, on_delete=OnDelete.restrict, index=True)
    mend_by = Date(default=None, null=False)
    remarks = Text(default="", null=False)
    rejected_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    rejected_at = Timestamptz(default=None, null=False)


class RejectionItem(Table):
    """One requirement that is not met and what has to be done about it."""

    id = UUID(primary_key=True, default=UUID4())
    rejection = ForeignKey(AcceptanceRejection, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=0, null=False)
    requirement = Text(default=None, null=False)
    to_mend = Varchar(300, default=None, null=False)

    rejection_item_once = Unique(["rejection", "position"])


class AcceptanceDeduction(Table):
    """Money not paid (yuan) for a failing that the listing printed: percent of the milestone each time, with proof."""

    id = UUID(primary_key=True, default=UUID4())
    acceptance = ForeignKey(Acceptance, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=0, null=False)
    condition = Varchar(300, default=None, null=False)
    percent = Numeric((5, 2), default=None, null=False)
    times = Integer(default=None, null=False)
    amount = Numeric((14, 2), default=None, null=False)
    proof = Varchar(300, default=None, null=False)

    acceptance_deduction_once = Unique(["acceptance", "position"])
    acceptance_deduction_positive = Check("percent > 0 AND times > 0 AND amount >= 0")
