"""Every stored day is either counted anew when a year is announced, or somebody chose it or it is a fact (R-CAL-03)."""

from __future__ import annotations

from importlib import import_module

import pytest
from piccolo.columns import Date
from piccolo.table import Table

from marketplace.rules.year.services import STORED_DAYS

APPS = ("marketplace", "catalogue", "vendors", "contracts", "evaluations")
# the dates of a listing are versions of it and have an act of their own: catalogue/corrigenda/recounting.py
OF_LISTINGS = {"timetable_date": {"day"}}
COUNTED = {days.table: set(days.names) for days in STORED_DAYS} | OF_LISTINGS
# days that somebody typed, that the calendar names, or on which something happened; no count gives them
TOLD = {
    "retention_run": {"day"},
    "acceptance_rejection": {"mend_by"},
    "assistance_case": {"decided_on", "ended_on", "filed_on"},
    "case_consent": {"given_on"},
    "case_pause": {"from_on", "to_on"},
    "case_referral": {"answered_on", "received_on"},
    "household_check": {"planned_on", "review_on", "visited_on"},
    "sweep": {"finished_on"},
    "job_attendance": {"asked_on", "hired_on"},
    "job_event": {"held_on", "planned_on"},
    "job_list": {"received_on"},
    "job_seeker": {"consented_on"},
    "relief_advance": {"stated_on"},
    "group_activity": {"planned_on"},
    "safeguarding_duty": {"from_on", "to_on"},
    "agency_agreement": {"valid_from", "valid_to"},
    "calendar_day": {"day"},
    "complaint": {"correct_by"},
    "conference_decision": {"decided_on", "done_on", "due_on"},
    "model_case": {"consent_on"},
    "contract": {"counted_from", "service_from", "service_to"},
    "contract_opening": {"evaluated_on"},
    "advance_claim": {"received_on"},
    "contract_filing": {"filed_on"},
    # as it was drawn up; the day of an advance in it is not compared
    "contract_basis": {"service_from", "service_to"}, "contract_basis_part": {"due_on"},
    "contract_amendment": {"due_on", "from_on", "review_on", "service_to_before", "to_on"},
    "contract_suspension": {"ended_on", "from_on", "review_on", "to_on"},
    "suspension_review": {"next_on"},
    "standing_figure": {"day"},
    "county_rule": {"effective_from", "effective_to"},
    "credit_case": {"decided_on", "ends_on", "hear_until", "heard_on", "starts_on"},
    "credit_check": {"as_of"},
    "credit_check_line": {"list_as_of"},
    "credit_entry": {"ends_on", "starts_on"},
    "credit_note": {"issued_on"},
    "credit_list": {"as_of"},
    "credit_list_row": {"ends_on", "starts_on"},
    "credit_removal": {"effective_on"},
    "decision_minutes": {"held_on"},
    "deposit": {"return_from", "valid_until"},
    "deposit_remittance": {"remitted_on"},
    "fee": {"due_on", "remitted_on"},
    "handover_wait": {"released_on"},
    "edition": {"effective_on"},
    # plain days from a notice, never rolled: a holiday does not move them
    "evaluation": {"period_from", "period_to", "reply_until", "review_by"},
    "evaluation_seat": {"due_on"},
    "goal_reading": {"read_on"},
    "improvement_plan": {"submit_by"},
    "improvement_step": {"due_on"},
    "performance_goal": {"answer_until"},
    "site_sheet": {"visited_on"},
    "framework": {"ends_on", "starts_on"},
    "handover_resident": {"consented_on", "last_visit_on", "visited_on"},
    "implementation_plan": {"begins_on"},
    "incentive": {"ends_on", "starts_on"},
    "invitation_list": {"applied_until", "noticed_on"},
    "invoice": {"issued_on"},
    "late_credit": {"issued_on", "returned_on"},
    "late_interest": {"from_on", "through_on"},
    "listing": {"rules_on", "service_from", "service_to"},
    "listing_procedure": {"approved_on"},
    "listing_rule": {"effective_from"},
    "listing_suspension": {"until"},
    "meeting_minutes": {"held_on"},
    "mini_bid": {"service_from", "service_to"},
    "month_close": {"month"},
    "month_served": {"month"},
    "objection": {"argued_on", "sent_on"},
    "opened_bid": {"past_evaluated_on"},
    "panel_draw_record": {"drawn_on"},
    "payment": {"paid_on"},
    "payment_clock": {"came_on", "counts_from"},
    "payment_milestone": {"due_on"},
    "planned_purchase": {"starts_on"},
    "platform_export": {"platform_published_on"},
    "procurement_hold": {"until"},
    "provider": {"founded_on"},
    "precheck": {"valid_from", "valid_until"},
    "provider_paper": {"granted_on", "valid_until"},
    "register_entry": {"granted_on"},
    "registration_change": {"effective_on"},
    "related_party": {"since"},
    "requirement_review": {"held_on"},
    "requirement_survey": {"ended_on"},
    "result_record": {"announced_on", "decided_on", "noticed_on", "opened_on"},
    "side_work": {"day"},
    "scheme": {"effective_from", "effective_to"},
    "splitting_exemption": {"dated_on"},
    "standing_entry": {"counts_from", "counts_until"},
    "subsidy_run": {"month"}, "subsidy_recovery": {"returned_on"}, "subsidy_payment": {"paid_on"},
    "subsidy_line": {"month", "registered_on", "certificate_until", "served_since", "employed_to"},
    "duty_certificate": {"month"}, "double_finding": {"day"},
    "town_list_entry": {"ends_on", "hear_until", "heard_on", "listed_on"},
    "treasury_result_line": {"paid_on"},
    "visit": {"day"},
    "voucher": {"valid_to"},
    "worker": {"certificate_until", "employed_from", "employed_to", "registered_on"},
    "worker_change": {"certificate_until", "from_on", "registered_on"},
    "worker_file": {"graduated_on"},
    "worker_leave": {"from_on", "to_on"},
}


def tables() -> list[type[Table]]:
    return [table for app in APPS for table in import_module(f"{app}.piccolo_app").APP_CONFIG.table_classes]


def name_of(table: type[Table]) -> str:
    return str(table._meta.tablename)


def test_R_CAL_03_what_may_be_provisional_is_counted_anew() -> None:
    marked = {name_of(table) for table in tables() if "is_provisional" in {c._meta.name for c in table._meta.columns}}
    assert marked == set(COUNTED), "a table with is_provisional needs its StoredDays in the package's recounting.py"


@pytest.mark.parametrize("table", tables(), ids=name_of)
def test_R_CAL_03_every_stored_day_is_counted_anew_or_told_by_somebody(table: type[Table]) -> None:
    days = {column._meta.name for column in table._meta.columns if isinstance(column, Date)}
    counted, told = COUNTED.get(name_of(table), set()), TOLD.get(name_of(table), set())
    assert days == counted | told, "a new day stands in recounting.py where a rule counts it, else in TOLD"
    assert not counted & told
