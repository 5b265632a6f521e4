"""Work of social workers that is no visit, apart from all that is counted; and what calls back of visits said."""

from __future__ import annotations

from piccolo.columns import UUID, Date, ForeignKey, Integer, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from contracts.agreements.tables import Contract
from contracts.visits.tables import MonthClose, Visit
from marketplace.accounts.people.tables import Organisation, Person


class SideWork(Table):
    """Travel, supervision, telephone, training, group sessions, tasks outside a contract: counted in no quantity.

    `asked_by` is the office that wanted a task outside the contract.
    """

    id = UUID(primary_key=True, default=UUID4())
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    employer = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    kind = Varchar(12, default=None, null=False)
    contract = ForeignKey(Contract, null=True, on_delete=OnDelete.restrict, index=True)
    recipient_code = Varchar(20, default="", null=False)
    day = Date(default=None, null=False, index=True)
    begins_at = Timestamptz(default=None, null=False)
    ends_at = Timestamptz(default=None, null=False)
    minutes = Integer(default=None, null=False)
    asked_by = Varchar(80, default="", null=False)
    words = Text(default="", null=False)
    evaluation = Text(default="", null=False)
    entered_at = Timestamptz(default=None, null=False)
    cancelled_at = Timestamptz(default=None, null=True)
    cancel_reason = Varchar(200, default="", null=False)

    side_work_kind_known = Check("kind IN ('travel', 'phone', 'supervision', 'training', 'group', 'outside')")
    side_work_minutes_follow = Check("minutes > 0 AND minutes = extract(epoch FROM (ends_at - begins_at)) / 60")
    side_work_outside_was_asked = Check("kind <> 'outside' OR (asked_by <> '' AND words <> '')")
    side_work_cancelled_whole = Check("(cancelled_at IS NULL) = (cancel_reason = '')")


class SideAttendance(Table):
    """Who came to a training (name and office) or a group session (a resident by code)."""

    id = UUID(primary_key=True, default=UUID4())
    work = ForeignKey(SideWork, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=None, null=False)
    who = Varchar(80, default=None, null=False)

    side_attendance_once = Unique(["work", "position"])


class VisitCallback(Table):
    """A visit of a closed month drawn to be called back, and what was said; the draw follows from the month's hash."""

    id = UUID(primary_key=True, default=UUID4())
    month_close = ForeignKey(MonthClose, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=None, null=False)
    visit = ForeignKey(Visit, null=False, on_delete=OnDelete.restrict, unique=True)
    drawn_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    drawn_at = Timestamptz(default=None, null=False)
    answer = Varchar(16, default="", null=False)
    words = Varchar(300, default="", null=False)
    answered_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    answered_at = Timestamptz(default=None, null=True)

    visit_callback_place_once = Unique(["month_close", "position"])
    visit_callback_answer_known = Check("answer IN ('', 'confirmed', 'differs', 'not_happened', 'not_reached')")
    visit_callback_whole = Check("(answer = '') = (answered_at IS NULL) AND (answer = '') = (answered_by IS NULL)")


class VisitReading(Table):
    """That somebody other than who recorded it had a visit's record before the eyes, the first time only."""

    id = UUID(primary_key=True, default=UUID4())
    visit = ForeignKey(Visit, null=False, on_delete=OnDelete.restrict, unique=True)
    read_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    read_at = Timestamptz(default=None, null=False)


class MonthServed(Table):
    """What a closed month adds to the year's and the quarter's counts of a service in a town, written by a trigger when
    its lines are: they never change, so neither does this.

    A resident counts once a year for each town and service, once a quarter for the county; `first_in_year` and
    `first_in_quarter` are those whom no month closed before had counted, so that their sums are the residents served.
    """

    id = UUID(primary_key=True, default=UUID4())
    month_close = ForeignKey(MonthClose, null=False, on_delete=OnDelete.restrict, index=True)
    month = Date(default=None, null=False, index=True)
    town = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=False)
    item_code = Varchar(8, default=None, null=False)
    minutes = Integer(default=None, null=False)
    first_in_year = Integer(default=None, null=False)
    first_in_quarter = Integer(default=None, null=False)


class ServedMark(Table):
    """That a resident is counted already: a hash of the year with town, service and code, or of the quarter and code.

    Two months closed at the same time cannot count the same resident: the later one waits for the earlier.
    """

    id = UUID(primary_key=True, default=None, null=False)
