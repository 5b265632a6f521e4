"""Files of casework with their entries, and group activities with who signed in. Texts of casework are encrypted."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Date, ForeignKey, Integer, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from contracts.agreements.tables import Contract
from contracts.orders.tables import ServiceOrder
from contracts.visits.tables import Visit
from marketplace.accounts.people.tables import Organisation, Person


class CaseworkFile(Table):
    """What groups the visits to one resident under one contract (S01, S04): how far the work is, who is in charge.

    `is_restricted`: the resident has no full capacity (R-CHILD-01).
    """

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    contract = ForeignKey(Contract, null=False, on_delete=OnDelete.restrict, index=True)
    service_order = ForeignKey(ServiceOrder, null=True, on_delete=OnDelete.restrict, index=True)
    recipient_code = Varchar(20, default=None, null=False, index=True)
    town = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    is_restricted = Boolean(default=False, null=False)
    worker = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    stage = Varchar(10, default="intake", null=False, index=True)
    opened_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    opened_at = Timestamptz(default=None, null=False)
    ended_at = Timestamptz(default=None, null=True)

    casework_file_stage_known = Check("stage IN ('intake', 'assessed', 'planned', 'closed', 'referred')")
    casework_file_ended_whole = Check("(stage IN ('closed', 'referred')) = (ended_at IS NOT NULL)")


class CaseworkEntry(Table):
    """One text of a file: written once. Health and disability stand apart (R-CIV-06)."""

    id = UUID(primary_key=True, default=UUID4())
    file = ForeignKey(CaseworkFile, null=False, on_delete=OnDelete.restrict, index=True)
    nth = Integer(default=None, null=False)
    kind = Varchar(12, default=None, null=False)
    # encrypted (kernel/private_columns)
    words = Text(default=None, null=False)
    health = Text(default="", null=False)
    disability = Text(default="", null=False)
    visit = ForeignKey(Visit, null=True, on_delete=OnDelete.restrict, index=True)
    written_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    written_at = Timestamptz(default=None, null=False)

    casework_entry_once = Unique(["file", "nth"])
    casework_entry_kind_known = Check("kind IN ('intake', 'assessment', 'plan', 'process', 'closing', 'referral')")


class GroupActivity(Table):
    """A group activity: planned, held with who signed in, evaluated."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    contract = ForeignKey(Contract, null=False, on_delete=OnDelete.restrict, index=True)
    leader = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    theme = Varchar(120, default=None, null=False)
    aim = Varchar(500, default=None, null=False)
    steps = Text(default=None, null=False)
    place = Varchar(120, default=None, null=False)
    planned_on = Date(default=None, null=False)
    status = Varchar(10, default="planned", null=False, index=True)
    planned_at = Timestamptz(default=None, null=False)
    begins_at = Timestamptz(default=None, null=True)
    ends_at = Timestamptz(default=None, null=True)
    evaluation = Varchar(1000, default="", null=False)
    satisfied = Integer(default=None, null=True)
    cancel_reason = Varchar(200, default="", null=False)

    group_activity_status_known = Check("status IN ('planned', 'held', 'evaluated', 'cancelled')")
    group_activity_held_whole = Check(
        "(status IN ('held', 'evaluated')) = (begins_at IS NOT NULL AND ends_at IS NOT NULL)"
    )
    group_activity_forward = Check("ends_at > begins_at")
    group_activity_evaluated_whole = Check("(status = 'evaluated') = (evaluation <> '')")
    group_activity_cancelled_whole = Check("(status = 'cancelled') = (cancel_reason <> '')")


class GroupSignIn(Table):
    """A resident, by code, who signed in to a group activity."""

    id = UUID(primary_key=True, default=UUID4())
    activity = ForeignKey(GroupActivity, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=None, null=False)
    recipient_code = Varchar(20, default=None, null=False)

    group_sign_in_once = Unique(["activity", "recipient_code"])
