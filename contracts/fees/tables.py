"""Fees a county asks of a provider, and every movement of their money."""

from __future__ import annotations

from piccolo.columns import (
    UUID,
    BigSerial,
    Boolean,
    Date,
    ForeignKey,
    Integer,
    Numeric,
    OnDelete,
    Timestamptz,
    Varchar,
)
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from contracts.agreements.tables import Contract
from marketplace.accounts.people.tables import Person


class Fee(Table):
    """A fee (yuan) that finance asks of a contract's provider, by the rule that lets it (R-FEE-01)."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(30, default=None, null=False, unique=True)
    contract = ForeignKey(Contract, null=False, on_delete=OnDelete.restrict, index=True)
    title = Varchar(120, default=None, null=False)
    # the document that lets the county take it, with its number
    ground = Varchar(200, default=None, null=False)
    amount = Numeric((14, 2), default=None, null=False)
    due_on = Date(default=None, null=False)
    status = Varchar(10, default="asked", null=False, index=True)
    asked_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    asked_at = Timestamptz(default=None, null=False)
    way = Varchar(10, default="", null=False)
    arrival_proof = Varchar(200, default="", null=False)
    arrived_at = Timestamptz(default=None, null=True)
    # online: each attempt is one page of the payment service
    attempt = Integer(default=0, null=False)
    checkout = Varchar(120, default="", null=False, index=True)
    checkout_url = Varchar(2000, default="", null=False)
    intent = Varchar(120, default="", null=False, index=True)
    # on its way back
    refund_reason = Varchar(300, default="", null=False)
    refund = Varchar(120, default="", null=False)
    refund_failed = Boolean(default=False, null=False)
    refund_proof = Varchar(200, default="", null=False)
    end_reason = Varchar(300, default="", null=False)
    ended_at = Timestamptz(default=None, null=True)
    # on its way to the treasury: one person enters the slip, another confirms it
    remitted_on = Date(default=None, null=True)
    remit_proof = Varchar(120, default="", null=False)
    remit_entered_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    remit_confirmed_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)

    fee_status_known = Check("status IN ('asked', 'declared', 'paid', 'refunding', 'refunded', 'withdrawn')")
    fee_way_known = Check("way IN ('', 'transfer', 'online')")
    fee_amount_positive = Check("amount > 0")
    fee_paid_arrived = Check(
        "status NOT IN ('paid', 'refunding', 'refunded') OR (arrived_at IS NOT NULL AND way <> '')"
    )
    fee_refund_reasoned = Check("status NOT IN ('refunding', 'refunded') OR refund_reason <> ''")
    fee_remit_whole = Check(
        "(remitted_on IS NULL) = (remit_proof = '') AND (remitted_on IS NULL) = (remit_entered_by IS NULL)"
    )
    fee_remit_two_people = Check("remit_confirmed_by IS NULL OR remit_confirmed_by <> remit_entered_by")


class FeeMovement(Table):
    """Money of a fee in, back or on to the treasury; never changed."""

    id = BigSerial(primary_key=True)
    fee = ForeignKey(Fee, null=False, on_delete=OnDelete.restrict, index=True)
    kind = Varchar(10, default=None, null=False)
    amount = Numeric((14, 2), default=None, null=False)
    moved_at = Timestamptz(default=None, null=False)

    fee_movement_kind_known = Check("kind IN ('receive', 'refund', 'remit')")
    fee_movement_positive = Check("amount > 0")
