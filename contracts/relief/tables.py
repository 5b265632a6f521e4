"""A town's reserve fund for urgent help: what came in, what was advanced, what was stated afterwards. Money in yuan."""

from __future__ import annotations

from piccolo.columns import UUID, Date, ForeignKey, Numeric, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from contracts.cases.tables import AssistanceCase
from marketplace.accounts.people.tables import Organisation, Person


class ReliefAdvance(Table):
    """Help given from the reserve fund before the papers (R-RELIEF-01): when it happened, when help came."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    case = ForeignKey(AssistanceCase, null=False, on_delete=OnDelete.restrict, unique=True)
    amount = Numeric((14, 2), default=None, null=False)
    event_at = Timestamptz(default=None, null=False)
    helped_at = Timestamptz(default=None, null=False)
    late_reason = Varchar(300, default="", null=False)
    status = Varchar(10, default="advanced", null=False, index=True)
    advanced_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    entered_at = Timestamptz(default=None, null=False)
    statement = Varchar(1000, default="", null=False)
    stated_on = Date(default=None, null=True)
    stated_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)

    relief_advance_positive = Check("amount > 0")
    relief_advance_help_after_event = Check("helped_at >= event_at")
    relief_advance_status_known = Check("status IN ('advanced', 'stated', 'settled')")
    relief_advance_stated_whole = Check("(status = 'advanced') = (stated_on IS NULL)")


class ReserveMovement(Table):
    """One movement of a town's reserve fund; the balance is their sum. Never changed."""

    id = UUID(primary_key=True, default=UUID4())
    town = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    kind = Varchar(10, default=None, null=False)
    amount = Numeric((14, 2), default=None, null=False)
    advance = ForeignKey(ReliefAdvance, null=True, on_delete=OnDelete.restrict, index=True)
    document = Varchar(80, default="", null=False)
    entered_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    entered_at = Timestamptz(default=None, null=False)

    reserve_movement_kind_known = Check("kind IN ('funded', 'advance', 'returned', 'topped_up')")
    reserve_movement_sign = Check("(kind = 'advance' AND amount < 0) OR (kind <> 'advance' AND amount > 0)")
    reserve_movement_of_advance = Check("(kind IN ('advance', 'returned')) = (advance IS NOT NULL)")
    reserve_movement_has_document = Check("kind NOT IN ('funded', 'topped_up') OR document <> ''")
