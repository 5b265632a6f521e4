"""Who is on duty for children and for whoever is in danger, and what was reported to them. Texts are encrypted."""

from __future__ import annotations

from piccolo.columns import UUID, Date, ForeignKey, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from marketplace.accounts.people.tables import Organisation, Person


class SafeguardingDuty(Table):
    """From when to when an officer of a town or of the county is on duty, and the telephone that is called."""

    id = UUID(primary_key=True, default=UUID4())
    office = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    # encrypted (kernel/private_columns): it may be somebody's own
    phone = Text(default=None, null=False)
    from_on = Date(default=None, null=False)
    to_on = Date(default=None, null=False)
    entered_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    entered_at = Timestamptz(default=None, null=False)
    ended_at = Timestamptz(default=None, null=True)

    safeguarding_duty_forward = Check("to_on >= from_on")


class SafeguardingReport(Table):
    """Harm or a crisis, reported to the officer on duty (R-CHILD-01); seen by the named few and who reported it.

    `id` comes from the phone or page, so that a report sent twice is one. `noticed_at`: when it was pressed.
    """

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    kind = Varchar(10, default=None, null=False)
    office = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    recipient_code = Varchar(20, default="", null=False)
    # encrypted (kernel/private_columns)
    words = Text(default="", null=False)
    noticed_at = Timestamptz(default=None, null=False)
    reported_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    reported_at = Timestamptz(default=None, null=False)
    # who was on duty then, if anybody was
    officer = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    status = Varchar(10, default="open", null=False, index=True)
    take_by = Timestamptz(default=None, null=False)
    finish_by = Timestamptz(default=None, null=False)
    escalated_at = Timestamptz(default=None, null=True)
    taken_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    taken_at = Timestamptz(default=None, null=True)
    result = Varchar(12, default=None, null=True)
    # encrypted (kernel/private_columns)
    done = Text(default="", null=False)
    closed_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    closed_at = Timestamptz(default=None, null=True)

    safeguarding_report_kind_known = Check("kind IN ('harm', 'crisis')")
    safeguarding_report_status_known = Check("status IN ('open', 'taken', 'closed')")
    safeguarding_report_result_known = Check("result IN ('police', 'hospital', 'family', 'shelter', 'unfounded')")
    safeguarding_report_taken_whole = Check(
        "(status = 'open') = (taken_at IS NULL) AND (taken_at IS NULL) = (taken_by IS NULL)"
    )
    safeguarding_report_closed_whole = Check(
        "(status = 'closed') = (closed_at IS NOT NULL AND closed_by IS NOT NULL AND result IS NOT NULL)"
    )
