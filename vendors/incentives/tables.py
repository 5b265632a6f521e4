"""What the county grants to draw providers in: recorded with its document, never deleted."""

from __future__ import annotations

from piccolo.columns import UUID, Date, ForeignKey, Numeric, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from marketplace.accounts.documents.tables import Document
from marketplace.accounts.people.tables import Person
from vendors.providers.tables import Provider


class Incentive(Table):
    """One grant. `legal_form` is that of its day, so that totals stay; one taken back stays with the reason."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    legal_form = Varchar(40, default=None, null=False)
    kind = Varchar(20, default=None, null=False)
    # yuan; empty where nothing is paid or waived, as in training
    amount = Numeric((14, 2), default=None, null=True)
    starts_on = Date(default=None, null=False, index=True)
    ends_on = Date(default=None, null=True)
    document = Varchar(120, default=None, null=False)
    # the paper itself; grants of before papers were kept have none
    paper = ForeignKey(Document, null=True, on_delete=OnDelete.restrict, index=True)
    reason = Varchar(500, default=None, null=False)
    granted_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    granted_at = Timestamptz(default=None, null=False)
    withdrawn_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    withdrawn_at = Timestamptz(default=None, null=True)
    withdraw_reason = Varchar(300, default="", null=False)

    incentive_kind_known = Check("kind IN ('subsidy', 'tax_relief', 'fee_waiver', 'training', 'other')")
    incentive_amount_positive = Check("amount > 0")
    incentive_money_has_amount = Check("amount IS NOT NULL OR kind IN ('training', 'other')")
    incentive_runs_forward = Check("ends_on IS NULL OR ends_on >= starts_on")
    incentive_withdrawal_has_reason = Check("(withdrawn_at IS NOT NULL) = (withdraw_reason <> '')")
