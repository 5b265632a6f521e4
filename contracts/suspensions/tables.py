"""Times in which a contract's performance rests, and the reviews of those without an agreed end."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Date, ForeignKey, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from contracts.agreements.tables import Contract
from marketplace.accounts.people.tables import Person


class ContractSuspension(Table):
    """One suspension in force. It rests from `from_on` to `to_on`, or until it is ended; `ended_on` is served again.

    `amendment` and `ended_by` name the signed changes by which it began and ended.
    """

    id = UUID(primary_key=True, default=UUID4())
    contract = ForeignKey(Contract, null=False, on_delete=OnDelete.restrict, index=True)
    amendment = Varchar(40, default=None, null=False, unique=True)
    is_one_sided = Boolean(default=False, null=False)
    from_on = Date(default=None, null=False)
    to_on = Date(default=None, null=True)
    # without an agreed end the buyer looks at it again by this day (R-CON-07)
    review_on = Date(default=None, null=True)
    # how residents are looked after meanwhile, and whether necessary visits go on
    care = Text(default=None, null=False)
    visits_go_on = Boolean(default=False, null=False)
    status = Varchar(12, default="standing", null=False, index=True)
    begun_at = Timestamptz(default=None, null=False)
    ended_on = Date(default=None, null=True)
    ended_at = Timestamptz(default=None, null=True)
    ended_by = Varchar(40, default="", null=False)

    contract_suspension_status_known = Check("status IN ('standing', 'resumed', 'run_out', 'ended')")
    contract_suspension_ends = Check(
        "(to_on IS NULL) = (review_on IS NOT NULL) AND (to_on IS NULL OR to_on >= from_on)"
    )
    contract_suspension_ended_whole = Check(
        "(status = 'standing') = (ended_on IS NULL) AND (ended_on IS NULL) = (ended_at IS NULL)"
    )


class SuspensionReview(Table):
    """The buyer looked at a suspension without an agreed end and lets it go on, with the reason and the next day."""

    id = UUID(primary_key=True, default=UUID4())
    suspension = ForeignKey(ContractSuspension, null=False, on_delete=OnDelete.restrict, index=True)
    reason = Text(default=None, null=False)
    next_on = Date(default=None, null=False)
    reviewed_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    reviewed_at = Timestamptz(default=None, null=False)
