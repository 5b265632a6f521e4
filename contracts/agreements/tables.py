"""Contracts: drawn from an award, signed by both sides, paid by milestones."""

from __future__ import annotations

from decimal import Decimal

from piccolo.columns import UUID, Boolean, Date, ForeignKey, Integer, Numeric, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.listings.tables import Listing, ListingLot
from catalogue.plans.tables import BudgetLine
from marketplace.accounts.people.tables import Organisation, Person
from vendors.providers.tables import Provider


class Contract(Table):
    """What was promised, by whom, for how much (yuan), between which days."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    # an award has one contract per lot, a framework one per order (a partial index keeps the first)
    lot = ForeignKey(ListingLot, null=False, on_delete=OnDelete.restrict, index=True)
    award_reference = Varchar(40, default=None, null=False, unique=True)
    buyer = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    status = Varchar(20, default="drawn_up", null=False, index=True)
    title = Varchar(200, default=None, null=False)
    amount = Numeric((14, 2), default=None, null=False)
    # an order under a framework has its own quantity and budget line; an award has those of its lot and listing
    is_call_off = Boolean(default=False, null=False)
    quantity = Numeric((12, 2), default=None, null=True)
    budget_line = ForeignKey(BudgetLine, null=True, on_delete=OnDelete.restrict, index=True)
    # the contract this one goes on from for another year, by the rule its listing printed (R-PERF-08)
    renews = ForeignKey("self", null=True, on_delete=OnDelete.restrict, index=True)
    # of a running contract that was brought in: the month from which its hours count here; earlier ones stand elsewhere
    counted_from = Date(default=None, null=True)
    # of the listing's terms: days to pay from acceptance, late interest in percent a year; open: the law's (R-PAY-02)
    payment_days = Integer(default=None, null=True)
    late_rate = Numeric((5, 2), default=None, null=True)
    # the class of the provider when the contract was concluded decides its clock (SMEPAY 3); open before that
    payee = Varchar(12, default=None, null=True)
    # promised service hours a year, where the bid was scored on them (R-EVAL-12)
    annual_hours = Integer(default=None, null=True)
    service_from = Date(default=None, null=False)
    service_to = Date(default=None, null=False)
    terms = Text(default="", null=False)
    terms_sha256 = Varchar(64, default=None, null=False)
    sign_by = Date(default=None, null=False)
    is_provisional = Boolean(default=False, null=False)
    drawn_up_at = Timestamptz(default=None, null=False)
    signed_at = Timestamptz(default=None, null=True)
    published_at = Timestamptz(default=None, null=True)

    contract_state_known = Check(
        "status IN ('drawn_up', 'signed_by_one', 'in_force', 'completed', 'terminated', 'rescinded')"
    )
    contract_amount_positive = Check("amount > 0")
    # an order and a renewal have their own quantity and line; a contract brought in has those of its listing
    contract_call_off_whole = Check(
        "(is_call_off OR renews IS NOT NULL) = (quantity IS NOT NULL)"
        " AND (is_call_off OR renews IS NOT NULL) = (budget_line IS NOT NULL)"
    )
    contract_payee_known = Check("payee IS NULL OR payee IN ('small', 'large', 'other')")
    contract_payment_positive = Check(
        "(payment_days IS NULL OR payment_days > 0) AND (late_rate IS NULL OR late_rate > 0)"
    )
    contract_hours_positive = Check("annual_hours IS NULL OR annual_hours > 0")


class Signature(Table):
    """One side's signature under the exact text of a contract."""

    id = UUID(primary_key=True, default=UUID4())
    contract = ForeignKey(Contract, null=False, on_delete=OnDelete.restrict, index=True)
    side = Varchar(10, default=None, null=False)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    typed_name = Varchar(80, default=None, null=False)
    terms_sha256 = Varchar(64, default=None, null=False)
    signed_at = Timestamptz(default=None, null=False)
    # how it was made, where its proof lies (or its number at a service), and the proof's hash
    method = Varchar(8, default="typed", null=False)
    proof_reference = Varchar(200, default="", null=False)
    proof_sha256 = Varchar(64, default="", null=False)

    signature_method_known = Check("method IN ('typed', 'drawn', 'service')")
    signature_once_per_side = Unique(["contract", "side"])
    signature_side_known = Check("side IN ('buyer', 'provider')")


class ContractMilestone(Table):
    """A part of the price that is paid when its work is accepted; the advance stands before the first at position 0.

    Money in yuan: `amount` is paid, `advance_offset` is what this part of the work owes to the advance.
    """

    id = UUID(primary_key=True, default=UUID4())
    contract = ForeignKey(Contract, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=0, null=False)
    title = Varchar(120, default=None, null=False)
    share = Numeric((5, 2), default=None, null=False)
    amount = Numeric((14, 2), default=None, null=False)
    is_advance = Boolean(default=False, null=False)
    advance_offset = Numeric((14, 2), default=Decimal(0), null=False)
    due_on = Date(default=None, null=False)
    is_provisional = Boolean(default=False, null=False)
    evidence = Varchar(300, default="", null=False)
    status = Varchar(20, default="open", null=False)

    contract_milestone_once = Unique(["contract", "position"])
    contract_milestone_advance_first = Check("is_advance = (position = 0)")
    contract_milestone_offset_not_negative = Check("advance_offset >= 0")
    contract_milestone_status_known = Check(
        "status IN ('open', 'requested', 'to_mend', 'accepted', 'invoiced', 'approved', 'paid', 'cancelled')"
    )


class ContractBasis(Table):
    """What the winner promised and what was drawn up from it; kept beside the contract and never changed (R-CON-01).

    `amount` in yuan, `quantity` in the unit of the lot; `terms` is the whole text as it was drawn up.
    """

    id = UUID(primary_key=True, default=UUID4())
    contract = ForeignKey(Contract, null=False, on_delete=OnDelete.restrict, unique=True)
    lot = ForeignKey(ListingLot, null=False, on_delete=OnDelete.restrict, index=True)
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    amount = Numeric((14, 2), default=None, null=False)
    quantity = Numeric((12, 2), default=None, null=False)
    annual_hours = Integer(default=None, null=True)
    offer = Text(default="", null=False)
    service_from = Date(default=None, null=False)
    service_to = Date(default=None, null=False)
    terms = Text(default=None, null=False)
    # an award, an order or another year, for whom and from which line; a contract drawn up earlier has them filled in
    title = Varchar(200, default="", null=False)
    is_call_off = Boolean(default=False, null=False)
    renews = ForeignKey(Contract, null=True, on_delete=OnDelete.restrict, index=True)
    buyer = ForeignKey(Organisation, null=True, on_delete=OnDelete.restrict, index=True)
    budget_line = ForeignKey(BudgetLine, null=True, on_delete=OnDelete.restrict, index=True)
    kept_at = Timestamptz(default=None, null=False)

    contract_basis_amount_positive = Check("amount > 0 AND quantity > 0")


class ContractBasisPart(Table):
    """A milestone as it was drawn up; money in yuan. Never changed."""

    id = UUID(primary_key=True, default=UUID4())
    basis = ForeignKey(ContractBasis, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=0, null=False)
    title = Varchar(120, default=None, null=False)
    share = Numeric((5, 2), default=None, null=False)
    amount = Numeric((14, 2), default=None, null=False)
    advance_offset = Numeric((14, 2), default=Decimal(0), null=False)
    due_on = Date(default=None, null=False)
    evidence = Varchar(300, default="", null=False)

    contract_basis_part_once = Unique(["basis", "position"])


class Rescission(Table):
    """A contract that ended because its award stands no more, with the decision and the rule behind it."""

    id = UUID(primary_key=True, default=UUID4())
    contract = ForeignKey(Contract, null=False, on_delete=OnDelete.restrict, unique=True)
    decision = Varchar(40, default=None, null=False)
    reason = Text(default=None, null=False)
    clause = Varchar(20, default="R-DISP-04", null=False)
    rescinded_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    rescinded_at = Timestamptz(default=None, null=False)


class ContractFiling(Table):
    """Under which number finance filed the copy of a contract (R-TIME-19)."""

    id = UUID(primary_key=True, default=UUID4())
    contract = ForeignKey(Contract, null=False, on_delete=OnDelete.restrict, unique=True)
    number = Varchar(40, default=None, null=False)
    filed_on = Date(default=None, null=False)
    entered_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    entered_at = Timestamptz(default=None, null=False)


class ContractRenewal(Table):
    """What another year was decided from: the evaluation of the year before, and the grade the listing asked for."""

    id = UUID(primary_key=True, default=UUID4())
    contract = ForeignKey(Contract, null=False, on_delete=OnDelete.restrict, unique=True)
    nth = Integer(default=None, null=False)
    evaluation_reference = Varchar(40, default=None, null=False)
    score = Numeric((5, 2), default=None, null=False)
    grade = Varchar(10, default=None, null=False)
    least_grade = Varchar(10, default=None, null=False)
    document_number = Varchar(80, default="", null=False)
    drawn_up_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)

    contract_renewal_nth_positive = Check("nth > 0")
    contract_renewal_grades_known = Check(
        "grade IN ('excellent', 'good', 'fair', 'poor') AND least_grade IN ('excellent', 'good', 'fair')"
    )
