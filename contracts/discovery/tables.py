"""Leads on people in need, and a town's yearly sweep by village. What a lead tells lies encrypted."""

from __future__ import annotations

from piccolo.columns import UUID, Date, ForeignKey, Integer, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from contracts.cases.tables import AssistanceCase
from marketplace.accounts.people.tables import Organisation, Person


class Lead(Table):
    """Somebody may need help (R-LEAD-01): by which channel the town learned it, and what became of it."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    town = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    village = Varchar(80, default=None, null=False)
    channel = Varchar(16, default=None, null=False)
    about = Varchar(8, default=None, null=False)
    # encrypted (kernel/private_columns)
    told = Text(default="", null=False)
    contact = Text(default="", null=False)
    came_at = Timestamptz(default=None, null=False)
    # none of a tip from the public page
    entered_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    status = Varchar(8, default="new", null=False, index=True)
    case = ForeignKey(AssistanceCase, null=True, on_delete=OnDelete.restrict, index=True)
    close_kind = Varchar(12, default=None, null=True)
    settled_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    settled_at = Timestamptz(default=None, null=True)

    lead_channel_known = Check(
        "channel IN ('wechat', 'hotline', 'patrol', 'cleaner', 'cadre', 'social_worker', 'volunteer', 'office',"
        " 'sweep', 'public')"
    )
    lead_about_known = Check("about IN ('self', 'other')")
    lead_status_known = Check("status IN ('new', 'case', 'closed')")
    lead_public_has_no_account = Check("(channel = 'public') = (entered_by IS NULL)")
    lead_case_whole = Check("(status = 'case') = (\"case\" IS NOT NULL)")
    lead_closed_says_why = Check("(status = 'closed') = (close_kind IS NOT NULL)")
    lead_close_known = Check("close_kind IN ('no_need', 'helped', 'elsewhere', 'not_found', 'twice', 'declined')")
    lead_settled_whole = Check("(status = 'new') = (settled_at IS NULL)")


class Sweep(Table):
    """A town's yearly survey of everybody who lives there (R-SEED-06)."""

    id = UUID(primary_key=True, default=UUID4())
    town = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    year = Integer(default=None, null=False)
    opened_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    opened_at = Timestamptz(default=None, null=False)
    finished_on = Date(default=None, null=True)
    finished_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    finish_note = Varchar(300, default="", null=False)

    sweep_once_a_year = Unique(["town", "year"])
    sweep_finished_whole = Check("(finished_on IS NULL) = (finished_by IS NULL)")


class SweepVillage(Table):
    """One village of a sweep: households with registered and with serviced residents, and how many were visited."""

    id = UUID(primary_key=True, default=UUID4())
    sweep = ForeignKey(Sweep, null=False, on_delete=OnDelete.restrict, index=True)
    village = Varchar(80, default=None, null=False)
    permanent = Integer(default=None, null=False)
    permanent_visited = Integer(default=0, null=False)
    serviced = Integer(default=None, null=False)
    serviced_visited = Integer(default=0, null=False)
    changed_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    changed_at = Timestamptz(default=None, null=False)

    sweep_village_once = Unique(["sweep", "village"])
    sweep_village_counts = Check(
        "permanent_visited >= 0 AND permanent_visited <= permanent"
        " AND serviced_visited >= 0 AND serviced_visited <= serviced"
    )
