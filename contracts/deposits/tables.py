"""Bid deposits and performance bonds: what was asked, how it was given, and every movement of it (R-DOC-05)."""

from __future__ import annotations

from decimal import Decimal

from piccolo.columns import (
    UUID,
    BigSerial,
    Boolean,
    Bytea,
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

from catalogue.listings.tables import Listing
from contracts.agreements.tables import Contract
from marketplace.accounts.people.tables import Person
from vendors.providers.tables import Provider


class Deposit(Table):
    """One deposit or bond in yuan. `received = held + returned + forfeited`, moved by its movements alone.

    The reference is random: a running number would tell a bidder how many others there are.
    """

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(30, default=None, null=False, unique=True)
    kind = Varchar(12, default=None, null=False)
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    contract = ForeignKey(Contract, null=True, on_delete=OnDelete.restrict, index=True)
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    way = Varchar(10, default=None, null=False)
    status = Varchar(10, default=None, null=False, index=True)
    amount = Numeric((14, 2), default=None, null=False)
    received = Numeric((14, 2), default=Decimal(0), null=False)
    held = Numeric((14, 2), default=Decimal(0), null=False)
    returned = Numeric((14, 2), default=Decimal(0), null=False)
    forfeited = Numeric((14, 2), default=Decimal(0), null=False)
    # of a guarantee
    issuer = Varchar(120, default="", null=False)
    guarantee_number = Varchar(60, default="", null=False)
    valid_until = Date(default=None, null=True)
    reminded_at = Timestamptz(default=None, null=True)
    # the paper stands here, not among the documents: those would tell of a bidder before the deadline (R-DOC-08)
    paper_name = Varchar(120, default="", null=False)
    paper_key = Varchar(200, default="", null=False)
    paper_sha256 = Varchar(64, default="", null=False)
    paper_size = Integer(default=0, null=False)
    paper_type = Varchar(100, default="", null=False)
    # of a bond that was held before its contract was brought in: where its paper or money lies
    kept_at = Varchar(200, default="", null=False)
    entered_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    entered_at = Timestamptz(default=None, null=False)
    # when the money or the guarantee was there; only an arrival before the deadline counts (R-DOC-05)
    arrived_at = Timestamptz(default=None, null=True)
    arrival_proof = Varchar(200, default="", null=False)
    # the account that paid, as a keyed hash: one account for several bidders is a sign of collusion (R-COLL-01)
    payer_mark = Bytea(default=None, null=True)
    # online: each attempt is one page of the payment service
    attempt = Integer(default=0, null=False)
    checkout = Varchar(120, default="", null=False, index=True)
    checkout_url = Varchar(2000, default="", null=False)
    intent = Varchar(120, default="", null=False, index=True)
    # on its way back
    return_ground = Varchar(12, default="", null=False)
    return_from = Date(default=None, null=True)
    return_due = Date(default=None, null=True)
    is_provisional = Boolean(default=False, null=False)
    interest = Numeric((14, 2), default=Decimal(0), null=False)
    interest_proof = Varchar(200, default="", null=False)
    refund = Varchar(120, default="", null=False)
    refund_failed = Boolean(default=False, null=False)
    return_proof = Varchar(200, default="", null=False)
    # of a forfeited guarantee: the bank's slip by which its issuer paid
    claim_proof = Varchar(200, default="", null=False)
    ended_at = Timestamptz(default=None, null=True)
    end_reason = Varchar(300, default="", null=False)

    deposit_kind_known = Check("kind IN ('bid', 'performance') AND (kind = 'performance') = (contract IS NOT NULL)")
    deposit_way_known = Check("way IN ('guarantee', 'transfer', 'online')")
    deposit_status_known = Check(
        "status IN ('asked', 'declared', 'held', 'returning', 'returned', 'forfeited', 'dropped')"
    )
    deposit_amount_positive = Check("amount > 0")
    deposit_identity_holds = Check("received = held + returned + forfeited")
    deposit_parts_not_negative = Check("held >= 0 AND returned >= 0 AND forfeited >= 0 AND interest >= 0")
    deposit_guarantee_whole = Check(
        "way <> 'guarantee' OR (issuer <> '' AND guarantee_number <> '' AND valid_until IS NOT NULL"
        " AND (paper_key <> '' OR kept_at <> ''))"
    )
    deposit_held_arrived = Check("status IN ('asked', 'declared', 'dropped') OR arrived_at IS NOT NULL")
    deposit_returning_dated = Check("status NOT IN ('returning', 'returned') OR return_due IS NOT NULL")
    deposit_forfeit_reasoned = Check("status <> 'forfeited' OR end_reason <> ''")


class DepositMovement(Table):
    """Money of a deposit in, back or forfeited; never changed, and the only thing that moves a deposit's parts.

    `interest` is owed beside a late return and `interest_paid` settles it; neither is part of the deposit. Of what was
    forfeited, `claim_paid` came from the issuer of a guarantee, and `remit` went to the treasury.
    """

    id = BigSerial(primary_key=True)
    deposit = ForeignKey(Deposit, null=False, on_delete=OnDelete.restrict, index=True)
    kind = Varchar(14, default=None, null=False)
    amount = Numeric((14, 2), default=None, null=False)
    moved_at = Timestamptz(default=None, null=False)

    deposit_movement_kinds_known = Check(
        "kind IN ('receive', 'return', 'forfeit', 'interest', 'interest_paid', 'claim_paid', 'remit')"
    )
    deposit_movement_positive = Check("amount > 0")


class DepositRemittance(Table):
    """Forfeited money on its way to the treasury: one of finance enters the slip, another confirms it (R-ROLE-03)."""

    id = UUID(primary_key=True, default=UUID4())
    deposit = ForeignKey(Deposit, null=False, on_delete=OnDelete.restrict, index=True)
    amount = Numeric((14, 2), default=None, null=False)
    remitted_on = Date(default=None, null=False)
    proof = Varchar(120, default=None, null=False)
    entered_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    entered_at = Timestamptz(default=None, null=False)
    is_confirmed = Boolean(default=None, null=True)
    decided_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    decided_at = Timestamptz(default=None, null=True)

    deposit_remittance_positive = Check("amount > 0")
    deposit_remittance_decided_whole = Check(
        "(is_confirmed IS NULL) = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)"
    )
    deposit_remittance_two_people = Check("decided_by IS NULL OR decided_by <> entered_by")


class DepositNews(Table):
    """One piece of news of the payment service, kept once however often it comes."""

    id = UUID(primary_key=True, default=UUID4())
    event = Varchar(120, default=None, null=False, unique=True)
    kind = Varchar(80, default=None, null=False)
    deposit = ForeignKey(Deposit, null=True, on_delete=OnDelete.restrict, index=True)
    came_at = Timestamptz(default=None, null=False)
