"""Social workers of a provider: certificate, registration, employment."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Bytea, Date, ForeignKey, Integer, Numeric, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from marketplace.accounts.people.tables import Organisation, Person
from vendors.providers.tables import Provider


class WorkerFile(Table):
    """One social worker across all employers: what is held besides the spells, and the consent to hold it."""

    id = UUID(primary_key=True, default=UUID4())
    # the certificate tells that two spells are of one person; a worker without one has a file of each employer
    certificate_number = Varchar(40, default="", null=False)
    # keyed hash of the identity card's number (vendors/workers/identity); the number itself is not kept
    identity_hash = Bytea(default=None, null=True, unique=True)
    degree = Varchar(20, default="none", null=False)
    degree_study = Varchar(120, default="", null=False)
    graduated_on = Date(default=None, null=True)
    consented_at = Timestamptz(default=None, null=True)
    withdrawn_at = Timestamptz(default=None, null=True)
    is_public = Boolean(default=False, null=False)
    opened_at = Timestamptz(default=None, null=False)

    worker_withdrawn_is_not_consented = Check("withdrawn_at IS NULL OR (consented_at IS NULL AND NOT is_public)")
    worker_degree_known = Check("degree IN ('none', 'college', 'bachelor', 'master', 'doctor')")


class Worker(Table):
    """One spell of a social worker with one employer: a provider, a town or a community. Levels by R-SOCW-02.

    A spell that overlaps another full-time one is kept as disputed until one of them ends.
    """

    id = UUID(primary_key=True, default=UUID4())
    provider = ForeignKey(Provider, null=True, on_delete=OnDelete.restrict, index=True)
    # the indexes of town and file are made by hand: their usual names would be those of tables
    town = ForeignKey(Organisation, null=True, on_delete=OnDelete.restrict, index=False)
    community = Varchar(80, default="", null=False)
    file = ForeignKey(WorkerFile, null=True, on_delete=OnDelete.restrict, index=False)
    is_full_time = Boolean(default=True, null=False)
    is_disputed = Boolean(default=False, null=False)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    name = Varchar(80, default=None, null=False)
    certificate_level = Varchar(20, default="none", null=False)
    certificate_number = Varchar(40, default="", null=False)
    registered_on = Date(default=None, null=True)
    certificate_until = Date(default=None, null=True)
    employed_from = Date(default=None, null=False)
    employed_to = Date(default=None, null=True)
    # whether the post is on the establishment (编制), as civil affairs recorded it; '' where nobody said
    establishment = Varchar(3, default="", null=False)
    added_at = Timestamptz(default=None, null=False)

    worker_establishment_known = Check("establishment IN ('', 'on', 'off')")
    worker_level_known = Check("certificate_level IN ('none', 'assistant', 'intermediate', 'senior')")
    worker_one_employer = Check("(provider IS NULL) <> (town IS NULL)")
    worker_spell_forward = Check("employed_to IS NULL OR employed_to >= employed_from")


class WorkerChange(Table):
    """What a spell says of its worker from a day on: name, certificate, hours. Kept for good.

    The first row of a spell is what was entered with it: without reason or author. `worker` has what holds now; what
    held on a day is read by the database function `worker_as_of`.
    """

    id = UUID(primary_key=True, default=UUID4())
    worker = ForeignKey(Worker, null=False, on_delete=OnDelete.restrict, index=True)
    # of two rows from the same day the later number holds; 0 is what was entered first
    number = Integer(default=None, null=False)
    from_on = Date(default=None, null=False)
    name = Varchar(80, default=None, null=False)
    certificate_level = Varchar(20, default=None, null=False)
    certificate_number = Varchar(40, default="", null=False)
    registered_on = Date(default=None, null=True)
    certificate_until = Date(default=None, null=True)
    is_full_time = Boolean(default=True, null=False)
    is_correction = Boolean(default=False, null=False)
    reason = Varchar(200, default="", null=False)
    entered_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    entered_at = Timestamptz(default=None, null=False)

    worker_change_once = Unique(["worker", "number"])
    worker_change_level_known = Check("certificate_level IN ('none', 'assistant', 'intermediate', 'senior')")
    worker_change_has_a_reason = Check("(number = 0) = (reason = '') AND (number = 0) = (entered_by IS NULL)")


class WorkerRequest(Table):
    """What a worker asks the employer to change on the roster, and the answer."""

    id = UUID(primary_key=True, default=UUID4())
    worker = ForeignKey(Worker, null=False, on_delete=OnDelete.restrict, index=True)
    wanted = Varchar(500, default=None, null=False)
    asked_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    asked_at = Timestamptz(default=None, null=False)
    answer = Varchar(500, default="", null=False)
    answered_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    answered_at = Timestamptz(default=None, null=True)

    worker_request_answered = Check("(answer <> '') = (answered_at IS NOT NULL)")


class WorkerExam(Table):
    """A try at the national examination: registered, then the result; the fee and the county's support of it."""

    id = UUID(primary_key=True, default=UUID4())
    file = ForeignKey(WorkerFile, null=False, on_delete=OnDelete.restrict, index=True)
    year = Integer(default=None, null=False)
    level = Varchar(20, default=None, null=False)
    result = Varchar(20, default="registered", null=False)
    fee = Numeric((10, 2), default=None, null=True)
    fee_support = Numeric((10, 2), default=None, null=True)
    support_document = Varchar(120, default="", null=False)
    entered_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    entered_at = Timestamptz(default=None, null=False)
    confirmed_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    confirmed_at = Timestamptz(default=None, null=True)

    worker_exam_once = Unique(["file", "year", "level"])
    worker_exam_level_known = Check("level IN ('assistant', 'intermediate', 'senior')")
    worker_exam_result_known = Check("result IN ('registered', 'passed', 'partly', 'failed', 'absent')")
    worker_exam_confirmed_by_another = Check("confirmed_by <> entered_by")
    worker_exam_confirmation_whole = Check(
        "(confirmed_by IS NULL) = (confirmed_at IS NULL) AND (confirmed_by IS NULL OR fee_support IS NOT NULL)"
    )
    # support never exceeds what was paid, and never stands without the paper that grants it (R-SOCW-06)
    worker_exam_support_fits = Check("fee_support IS NULL OR (fee_support <= fee AND support_document <> '')")


class WorkerConsent(Table):
    """A worker gave or withdrew consent: to keep the file, or to show name and level in public. Kept for good."""

    id = UUID(primary_key=True, default=UUID4())
    file = ForeignKey(WorkerFile, null=False, on_delete=OnDelete.restrict, index=True)
    what = Varchar(10, default=None, null=False)
    is_given = Boolean(default=None, null=False)
    said_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    said_at = Timestamptz(default=None, null=False)

    worker_consent_known = Check("what IN ('keep', 'public')")


class WorkerTown(Table):
    """A town a social worker serves."""

    id = UUID(primary_key=True, default=UUID4())
    file = ForeignKey(WorkerFile, null=False, on_delete=OnDelete.restrict, index=True)
    town = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)

    worker_town_once = Unique(["file", "town"])


class WorkerInvitation(Table):
    """A code on paper by which one worker opens the own account, once; only its hash is kept."""

    id = UUID(primary_key=True, default=UUID4())
    worker = ForeignKey(Worker, null=False, on_delete=OnDelete.restrict, index=True)
    code_hash = Varchar(64, default=None, null=False, unique=True)
    made_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    made_at = Timestamptz(default=None, null=False)
    expires_at = Timestamptz(default=None, null=False)
    used_at = Timestamptz(default=None, null=True)
