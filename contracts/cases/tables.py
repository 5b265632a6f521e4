"""Residents by code with their hidden identity, their cases, and who had a case when. Money in yuan."""

from __future__ import annotations

from piccolo.columns import (
    UUID,
    Boolean,
    Bytea,
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

from marketplace.accounts.people.tables import Organisation, Person


class Resident(Table):
    """A resident whom a town knows by a code; who that is can be read only with a key outside the database."""

    id = UUID(primary_key=True, default=UUID4())
    code = Varchar(20, default=None, null=False, unique=True)
    town = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    # encrypted (kernel/private_columns); the hash finds the same person again
    name = Text(default="", null=False)
    identity_number = Text(default="", null=False)
    phone = Text(default="", null=False)
    address = Text(default="", null=False)
    identity_hash = Bytea(default=None, null=True, unique=True)
    entered_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    entered_at = Timestamptz(default=None, null=False)


class ResidentLook(Table):
    """Somebody was shown who a resident is: on which case, for what purpose (R-LAW-01)."""

    id = UUID(primary_key=True, default=UUID4())
    resident = ForeignKey(Resident, null=False, on_delete=OnDelete.restrict, index=True)
    reference = Varchar(40, default=None, null=False)
    purpose = Varchar(200, default=None, null=False)
    seen_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    seen_at = Timestamptz(default=None, null=False)

    resident_look_has_a_purpose = Check("purpose <> ''")


class AssistanceCase(Table):
    """One resident's matter at a town's window (R-LAW-01); the legal clock binds the government (R-CLOCK-01).

    `clock` is the rulebook row that gives the limit, empty where the rulebook has none; `clock_from` its day 0, open
    until it begins. A day limit stands in `due_on`, one in clock hours in `due_at`. `paused_days`: working days.
    """

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    resident = ForeignKey(Resident, null=False, on_delete=OnDelete.restrict, index=True)
    town = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    village = Varchar(80, default=None, null=False)
    help_kind = Varchar(20, default=None, null=False)
    recipient_kind = Varchar(20, default=None, null=False)
    place = Varchar(12, default=None, null=False)
    source = Varchar(12, default="window", null=False)
    # whoever has no full capacity is seen by few (R-CHILD-01)
    capacity = Varchar(10, default="full", null=False)
    is_urgent = Boolean(default=False, null=False)
    need = Varchar(500, default=None, null=False)
    status = Varchar(12, default="open", null=False, index=True)
    handler = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    held_by = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    clock = Varchar(20, default="", null=False)
    clock_from = Timestamptz(default=None, null=True)
    due_on = Date(default=None, null=True, index=True)
    due_at = Timestamptz(default=None, null=True)
    paused_days = Integer(default=0, null=False)
    is_provisional = Boolean(default=False, null=False)
    asked_amount = Numeric((14, 2), default=None, null=True)
    granted_amount = Numeric((14, 2), default=None, null=True)
    registered_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    registered_at = Timestamptz(default=None, null=False)
    decided_on = Date(default=None, null=True)
    decided_by_office = ForeignKey(Organisation, null=True, on_delete=OnDelete.restrict, index=True)
    decision_document = Varchar(80, default="", null=False)
    decision_reason = Varchar(500, default="", null=False)
    recorded_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    recorded_at = Timestamptz(default=None, null=True)
    filed_on = Date(default=None, null=True)
    ended_on = Date(default=None, null=True)
    end_reason = Varchar(500, default="", null=False)

    case_status_known = Check("status IN ('open', 'granted', 'refused', 'withdrawn', 'ended')")
    case_help_known = Check(
        "help_kind IN ('extreme_poverty', 'subsistence', 'medical', 'education', 'housing', 'employment', 'disaster',"
        " 'temporary', 'illness', 'vagrants', 'service')"
    )
    case_recipient_known = Check(
        "recipient_kind IN ('extreme_poverty', 'subsistence', 'edge', 'rigid', 'disaster', 'hardship', 'illness',"
        " 'vagrants', 'other')"
    )
    case_place_known = Check("place IN ('registered', 'permit', 'emergency', 'school')")
    case_source_known = Check("source IN ('window', 'lead', 'sweep', 'referral', 'sent')")
    case_capacity_known = Check("capacity IN ('full', 'limited', 'none', 'minor')")
    case_only_temporary_is_urgent = Check("NOT is_urgent OR help_kind = 'temporary'")
    case_temporary_has_amount = Check("(help_kind = 'temporary') = (asked_amount IS NOT NULL)")
    case_amounts_positive = Check("asked_amount > 0 AND granted_amount > 0")
    case_decided_whole = Check(
        "(status IN ('granted', 'refused', 'ended')) = (decided_on IS NOT NULL)"
        " AND (decided_on IS NULL) = (decided_by_office IS NULL) AND (decided_on IS NULL) = (recorded_by IS NULL)"
    )
    case_refusal_gives_reason = Check("status <> 'refused' OR decision_reason <> ''")
    case_end_gives_reason = Check("(status IN ('ended', 'withdrawn')) = (ended_on IS NOT NULL AND end_reason <> '')")
    case_clock_has_limit = Check("clock_from IS NULL OR clock = '' OR due_on IS NOT NULL")
    case_pause_not_negative = Check("paused_days >= 0")


class CaseStep(Table):
    """Who had a case from when on, and what was done with it. Never changed."""

    id = UUID(primary_key=True, default=UUID4())
    case = ForeignKey(AssistanceCase, null=False, on_delete=OnDelete.restrict, index=True)
    nth = Integer(default=None, null=False)
    what = Varchar(20, default=None, null=False)
    office = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    note = Varchar(500, default="", null=False)
    done_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    at = Timestamptz(default=None, null=False)

    case_step_once = Unique(["case", "nth"])
    case_step_what_known = Check(
        "what IN ('registered', 'passed', 'handler', 'published', 'paused', 'resumed', 'referred', 'answered',"
        " 'ordered', 'granted', 'refused', 'withdrawn', 'ended', 'filed', 'advanced', 'stated', 'checked')"
    )


class CasePause(Table):
    """A time in which a case's clock stood still, on which ground, by which document (R-CLOCK-01)."""

    id = UUID(primary_key=True, default=UUID4())
    case = ForeignKey(AssistanceCase, null=False, on_delete=OnDelete.restrict, index=True)
    ground = Varchar(300, default=None, null=False)
    from_on = Date(default=None, null=False)
    to_on = Date(default=None, null=True)
    entered_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    entered_at = Timestamptz(default=None, null=False)

    case_pause_forward = Check("to_on IS NULL OR to_on >= from_on")


class CaseGuardian(Table):
    """Who stands for a resident without full capacity, and by which model; the name is hidden (R-CHILD-01)."""

    id = UUID(primary_key=True, default=UUID4())
    case = ForeignKey(AssistanceCase, null=False, on_delete=OnDelete.restrict, index=True)
    model = Varchar(12, default=None, null=False)
    relation = Varchar(80, default=None, null=False)
    # encrypted (kernel/private_columns)
    name = Text(default=None, null=False)
    phone = Text(default="", null=False)
    entered_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    entered_at = Timestamptz(default=None, null=False)
    ended_at = Timestamptz(default=None, null=True)

    case_guardian_model_known = Check("model IN ('parent', 'relative', 'appointed', 'temporary', 'office')")


class CaseConsent(Table):
    """What was agreed to, by whom, in which form: care, and apart from it health and disability data (R-CIV-06)."""

    id = UUID(primary_key=True, default=UUID4())
    case = ForeignKey(AssistanceCase, null=False, on_delete=OnDelete.restrict, index=True)
    about = Varchar(12, default=None, null=False)
    given_by = Varchar(10, default=None, null=False)
    form = Varchar(10, default=None, null=False)
    given_on = Date(default=None, null=False)
    entered_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    entered_at = Timestamptz(default=None, null=False)
    withdrawn_at = Timestamptz(default=None, null=True)

    case_consent_about_known = Check("about IN ('care', 'health', 'disability', 'referral')")
    case_consent_giver_known = Check("given_by IN ('self', 'guardian')")
    case_consent_form_known = Check("form IN ('paper', 'spoken', 'recorded')")


class CaseReferral(Table):
    """A case sent on to another department: what of it, on which basis, what came back, until when it may be kept."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    case = ForeignKey(AssistanceCase, null=False, on_delete=OnDelete.restrict, index=True)
    department = Varchar(120, default=None, null=False)
    purpose = Varchar(200, default=None, null=False)
    legal_basis = Varchar(200, default=None, null=False)
    status = Varchar(10, default="sent", null=False, index=True)
    sent_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    sent_at = Timestamptz(default=None, null=False)
    answer_until = Date(default=None, null=False)
    expires_on = Date(default=None, null=False)
    is_provisional = Boolean(default=False, null=False)
    receipt = Varchar(120, default="", null=False)
    received_on = Date(default=None, null=True)
    outcome = Varchar(12, default=None, null=True)
    outcome_note = Varchar(500, default="", null=False)
    answered_on = Date(default=None, null=True)

    case_referral_status_known = Check("status IN ('sent', 'received', 'answered', 'expired')")
    case_referral_outcome_known = Check("outcome IN ('accepted', 'not_theirs', 'refused')")
    case_referral_whole = Check("(status = 'answered') = (outcome IS NOT NULL) AND (outcome IS NULL) = (answered_on"
                                " IS NULL)")  # fmt: skip
    case_referral_expires_after = Check("expires_on >= answer_until")


class CaseReferralColumn(Table):
    """One column that was sent with a referral; nothing that is not listed leaves the town."""

    id = UUID(primary_key=True, default=UUID4())
    referral = ForeignKey(CaseReferral, null=False, on_delete=OnDelete.restrict, index=True)
    name = Varchar(20, default=None, null=False)

    case_referral_column_once = Unique(["referral", "name"])
