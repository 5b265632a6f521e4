"""Job matching: the quarter's event, its vacancies, who came, and lists of people willing and able to work."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Date, ForeignKey, Integer, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from contracts.cases.tables import Resident
from marketplace.accounts.people.tables import Organisation, Person


class JobEvent(Table):
    """A meeting of employers and people looking for work, at least one a quarter (R-SEED-06, R-JOB-01)."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    planned_on = Date(default=None, null=False)
    place = Varchar(120, default=None, null=False)
    status = Varchar(10, default="planned", null=False, index=True)
    planned_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    planned_at = Timestamptz(default=None, null=False)
    held_on = Date(default=None, null=True)
    cancel_reason = Varchar(300, default="", null=False)
    # households in which nobody who can work has any
    zero_before = Integer(default=None, null=True)
    zero_after = Integer(default=None, null=True)

    job_event_status_known = Check("status IN ('planned', 'held', 'cancelled')")
    job_event_held_whole = Check("(status = 'held') = (held_on IS NOT NULL AND zero_before IS NOT NULL)")
    job_event_counts = Check("zero_before >= 0 AND zero_after >= 0")
    job_event_after_needs_before = Check("zero_after IS NULL OR zero_before IS NOT NULL")
    job_event_cancelled_says_why = Check("status <> 'cancelled' OR cancel_reason <> ''")


class JobVacancy(Table):
    """A post that an employer offers at an event."""

    id = UUID(primary_key=True, default=UUID4())
    event = ForeignKey(JobEvent, null=False, on_delete=OnDelete.restrict, index=True)
    employer = Varchar(120, default=None, null=False)
    post = Varchar(80, default=None, null=False)
    places = Integer(default=None, null=False)
    pay = Varchar(80, default="", null=False)
    entered_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    entered_at = Timestamptz(default=None, null=False)

    job_vacancy_places = Check("places > 0")


class JobAttendance(Table):
    """A resident who came, known by code; hired for which post, and whether the job still stood when asked."""

    id = UUID(primary_key=True, default=UUID4())
    event = ForeignKey(JobEvent, null=False, on_delete=OnDelete.restrict, index=True)
    # empty once the time of keeping is over: the numbers stay, the person does not
    resident = ForeignKey(Resident, null=True, on_delete=OnDelete.restrict, index=True)
    town = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    vacancy = ForeignKey(JobVacancy, null=True, on_delete=OnDelete.restrict, index=True)
    hired_on = Date(default=None, null=True)
    still = Boolean(default=None, null=True)
    asked_on = Date(default=None, null=True)
    entered_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    entered_at = Timestamptz(default=None, null=False)

    job_attendance_once = Unique(["event", "resident"])
    job_attendance_hired_whole = Check("(vacancy IS NULL) = (hired_on IS NULL)")
    job_attendance_asked_whole = Check("(still IS NULL) = (asked_on IS NULL)")
    job_attendance_asked_of_hired = Check("asked_on IS NULL OR asked_on >= hired_on")


class JobSeeker(Table):
    """A resident willing and able to work, with the separate consent to being named to the labour bureau."""

    id = UUID(primary_key=True, default=UUID4())
    # empty once the time of keeping is over
    resident = ForeignKey(Resident, null=True, on_delete=OnDelete.restrict, index=True)
    town = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    kind = Varchar(12, default=None, null=False)
    wish = Varchar(200, default=None, null=False)
    consented_on = Date(default=None, null=False)
    entered_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    entered_at = Timestamptz(default=None, null=False)
    ended_at = Timestamptz(default=None, null=True)
    end_kind = Varchar(12, default=None, null=True)

    job_seeker_kind_known = Check("kind IN ('disabled', 'subsistence', 'hardship')")
    job_seeker_end_known = Check("end_kind IN ('hired', 'withdrawn', 'unable')")
    job_seeker_end_whole = Check("(ended_at IS NULL) = (end_kind IS NULL)")


class JobList(Table):
    """A list of disabled job seekers handed from the federation to the labour bureau: for what, when received."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    purpose = Varchar(200, default=None, null=False)
    made_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    made_at = Timestamptz(default=None, null=False)
    receipt = Varchar(120, default="", null=False)
    received_on = Date(default=None, null=True)

    job_list_receipt_whole = Check("(receipt = '') = (received_on IS NULL)")


class JobListLine(Table):
    """Who stands on a list; each on one list at most."""

    id = UUID(primary_key=True, default=UUID4())
    job_list = ForeignKey(JobList, null=False, on_delete=OnDelete.restrict, index=True)
    seeker = ForeignKey(JobSeeker, null=False, on_delete=OnDelete.restrict, unique=True)
