"""Visits with their six points, drafts of them, and months closed with an exact list of what they hold."""

from __future__ import annotations

from piccolo.columns import (
    UUID,
    Array,
    Boolean,
    Date,
    ForeignKey,
    Integer,
    Numeric,
    OnDelete,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from contracts.agreements.tables import Contract
from contracts.orders.tables import ServiceOrder
from marketplace.accounts.people.tables import Organisation, Person
from vendors.workers.tables import Worker


class Visit(Table):
    """One logged stretch of service (R-HOUR-03). Its points never change; a correction is a new row of the same chain.

    `id` comes from the worker's browser, so that a form sent twice is one visit. `minutes` follow from begin and end.
    Indexes of two columns and of few rows stand in the migrations: every index makes a visit dearer to enter and to
    approve, so a column has none of its own where another serves or nobody asks by it.
    """

    id = UUID(primary_key=True, default=UUID4())
    chain = UUID(default=None, null=False, index=True)
    corrects: ForeignKey = ForeignKey("self", null=True, on_delete=OnDelete.restrict, index=False)
    contract = ForeignKey(Contract, null=False, on_delete=OnDelete.restrict, index=False)
    # the order it was given under, where there is one
    service_order = ForeignKey(ServiceOrder, null=True, on_delete=OnDelete.restrict, index=False)
    item_code = Varchar(8, default=None, null=False)
    worker = ForeignKey(Worker, null=False, on_delete=OnDelete.restrict, index=False)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=False)
    recipient_code = Varchar(20, default=None, null=False)
    town = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=False)
    village = Varchar(80, default=None, null=False)
    day = Date(default=None, null=False, index=True)
    begins_at = Timestamptz(default=None, null=False)
    ends_at = Timestamptz(default=None, null=False)
    minutes = Integer(default=None, null=False)
    is_group = Boolean(default=False, null=False)
    is_void = Boolean(default=False, null=False)
    is_late_entry = Boolean(default=False, null=False)
    note = Text(default="", null=False)
    reason = Varchar(300, default="", null=False)
    status = Varchar(12, default="logged", null=False)
    entered_at = Timestamptz(default=None, null=False)
    decided_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=False)
    decided_at = Timestamptz(default=None, null=True)
    return_reason = Varchar(300, default="", null=False)

    visit_status_known = Check("status IN ('logged', 'approved', 'returned', 'replaced')")
    visit_minutes_follow = Check("minutes = extract(epoch FROM (ends_at - begins_at)) / 60")
    visit_has_length = Check("(is_void AND minutes = 0) OR (NOT is_void AND minutes > 0)")
    visit_correction_gives_reason = Check("corrects IS NULL OR reason <> ''")


class VisitDraft(Table):
    """What a worker has typed so far, screen by screen; it becomes the visit of the same identity."""

    id = UUID(primary_key=True, default=UUID4())
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    corrects = ForeignKey(Visit, null=True, on_delete=OnDelete.restrict, index=True)
    contract = Varchar(40, default="", null=False)
    service_order = Varchar(40, default="", null=False)
    recipient_code = Varchar(40, default="", null=False)
    town = Varchar(40, default="", null=False)
    village = Varchar(80, default="", null=False)
    day = Varchar(20, default="", null=False)
    begins = Varchar(20, default="", null=False)
    ends = Varchar(20, default="", null=False)
    is_group = Varchar(5, default="", null=False)
    is_void = Varchar(5, default="", null=False)
    # lists have a space between their entries: identities of colleagues, keys of tasks
    tasks = Varchar(400, default="", null=False)
    confirmed_by = Varchar(10, default="", null=False)
    short_code = Varchar(10, default="", null=False)
    slip_number = Varchar(40, default="", null=False)
    village_words = Varchar(80, default="", null=False)
    companions = Varchar(400, default="", null=False)
    adult_there = Varchar(200, default="", null=False)
    note = Text(default="", null=False)
    reason = Varchar(300, default="", null=False)
    saved_at = Timestamptz(default=None, null=False)


class MonthClose(Table):
    """A month of a contract closed for good: the minutes that count, by the lines beneath it."""

    id = UUID(primary_key=True, default=UUID4())
    contract = ForeignKey(Contract, null=False, on_delete=OnDelete.restrict, index=True)
    month = Date(default=None, null=False)
    visit_count = Integer(default=0, null=False)
    own_minutes = Integer(default=0, null=False)
    adjustment_minutes = Integer(default=0, null=False)
    # behind its lines, counted once: they never change. None where a process of the version before closed it
    residents = Integer(default=None, null=True)
    lines_sha256 = Varchar(64, default=None, null=False)
    closed_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    closed_at = Timestamptz(default=None, null=False)

    month_closed_once = Unique(["contract", "month"])
    month_is_first_day = Check("extract(day FROM month) = 1")


class MonthLine(Table):
    """One visit in one closed month. Adjustments carry what a later entry or correction adds (or takes away)."""

    id = UUID(primary_key=True, default=UUID4())
    month_close = ForeignKey(MonthClose, null=False, on_delete=OnDelete.restrict, index=True)
    visit = ForeignKey(Visit, null=False, on_delete=OnDelete.restrict, unique=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    kind = Varchar(12, default=None, null=False)
    minutes = Integer(default=None, null=False)

    month_line_kind_known = Check("kind IN ('visit', 'late', 'correction')")


class VisitDevice(Table):
    """A phone that keeps visits, by the identity it gave itself; one taken back empties itself and sends no more.

    `clock_off_seconds` is how far its clock was from the county's when it last sent: positive when it is late.
    """

    id = UUID(primary_key=True, default=UUID4())
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    browser = Varchar(120, default="", null=False)
    clock_off_seconds = Integer(default=0, null=False)
    first_seen_at = Timestamptz(default=None, null=False)
    last_seen_at = Timestamptz(default=None, null=False)
    revoked_at = Timestamptz(default=None, null=True)
    revoked_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    revoke_reason = Varchar(200, default="", null=False)
    # when it came back and was told to empty itself
    wipe_told_at = Timestamptz(default=None, null=True)

    visit_device_revoked_whole = Check(
        "(revoked_at IS NULL) = (revoked_by IS NULL) AND (revoked_at IS NULL) = (revoke_reason = '')"
        " AND (wipe_told_at IS NULL OR revoked_at IS NOT NULL)"
    )


class VisitRecord(Table):
    """What came with a visit besides its six points, written with it and never changed (R-HOUR-05).

    `seconds` is how long recording took. A place is one point in degrees, rounded to about 100 m, at one moment: no
    track. `joint` is the visit of the colleague who recorded for both.
    """

    id = UUID(primary_key=True, default=UUID4())
    visit = ForeignKey(Visit, null=False, on_delete=OnDelete.restrict, unique=True)
    recorded_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    joint = ForeignKey(Visit, null=True, on_delete=OnDelete.restrict, index=True)
    tasks = Array(base_column=Varchar(20), default=list, null=False)
    confirmed_by = Varchar(10, default="", null=False)
    code_is_right = Boolean(default=None, null=True)
    slip_number = Varchar(40, default="", null=False)
    village_words = Varchar(80, default="", null=False)
    signature = Text(default="", null=False)
    latitude = Numeric((6, 3), default=None, null=True)
    longitude = Numeric((6, 3), default=None, null=True)
    placed_at = Timestamptz(default=None, null=True)
    exception = Varchar(10, default="", null=False)
    exception_reason = Varchar(200, default="", null=False)
    seconds = Integer(default=None, null=True)
    clock_off_seconds = Integer(default=0, null=False)
    # the phone's own identity; its row goes when nothing is left to say of it, the visit stays
    device = UUID(default=None, null=True)

    visit_record_confirmation_known = Check("confirmed_by IN ('', 'code', 'signature', 'village', 'slip')")
    visit_record_code_said = Check("(confirmed_by = 'code') = (code_is_right IS NOT NULL)")
    visit_record_exception_explained = Check(
        "exception IN ('', 'absent', 'elsewhere', 'guardian') AND (exception = '') = (exception_reason = '')"
    )
    visit_record_place_is_a_point = Check("(latitude IS NULL) = (longitude IS NULL)")


class WorkerLeave(Table):
    """Days on which a worker is on leave: a visit on one of them is looked at first when hours are approved."""

    id = UUID(primary_key=True, default=UUID4())
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    from_on = Date(default=None, null=False)
    to_on = Date(default=None, null=False)
    reason = Varchar(80, default="", null=False)
    entered_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    entered_at = Timestamptz(default=None, null=False)
    cancelled_at = Timestamptz(default=None, null=True)

    worker_leave_forward = Check("to_on >= from_on")
