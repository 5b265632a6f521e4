"""Performance evaluations of contracts: indicators, scores with sources, reply, frozen snapshot."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Date, ForeignKey, Integer, Numeric, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from contracts.agreements.tables import Contract
from marketplace.accounts.people.tables import Organisation, Person


class Evaluation(Table):
    """One evaluation of a contract over a period. Scores in points of 100."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    contract = ForeignKey(Contract, null=False, on_delete=OnDelete.restrict, index=True)
    status = Varchar(20, default="planned", null=False)
    period_from = Date(default=None, null=False)
    period_to = Date(default=None, null=False)
    evaluator = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    planned_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    planned_at = Timestamptz(default=None, null=False)
    scored_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    drafted_at = Timestamptz(default=None, null=True)
    reply_until = Date(default=None, null=True)
    reply = Text(default="", null=False)
    replied_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    replied_at = Timestamptz(default=None, null=True)
    # the provider does not agree with the draft: somebody new reviews it, one level up
    is_disputed = Boolean(default=False, null=False)
    review_by = Date(default=None, null=True)
    review = Text(default="", null=False)
    reviewed_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    reviewed_at = Timestamptz(default=None, null=True)
    frozen_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    frozen_at = Timestamptz(default=None, null=True)
    score = Numeric((5, 2), default=None, null=True)
    # as the provider first read it
    draft_score = Numeric((5, 2), default=None, null=True)
    grade = Varchar(10, default="", null=False)
    snapshot = Text(default="", null=False)
    snapshot_sha256 = Varchar(64, default="", null=False)

    evaluation_state_known = Check("status IN ('planned', 'drafted', 'replied', 'disputed', 'reviewed', 'frozen')")
    evaluation_review_whole = Check("(reviewed_at IS NULL) = (review = '') AND (is_disputed OR reviewed_at IS NULL)")
    evaluation_grade_known = Check("grade IN ('', 'excellent', 'good', 'fair', 'poor')")


class Indicator(Table):
    """One line of an evaluation's indicator table; weights total 100."""

    id = UUID(primary_key=True, default=UUID4())
    evaluation = ForeignKey(Evaluation, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=0, null=False)
    group = Varchar(20, default=None, null=False)
    title = Varchar(120, default=None, null=False)
    weight = Numeric((5, 2), default=None, null=False)
    method = Varchar(20, default=None, null=False)
    source = Varchar(30, default=None, null=False)
    target = Numeric((14, 2), default=None, null=True)
    actual = Numeric((14, 2), default=None, null=True)
    unit = Varchar(20, default="", null=False)
    measure = Varchar(20, default="", null=False)
    is_at_most = Boolean(default=False, null=False)
    points = Numeric((5, 2), default=None, null=True)
    narrative = Text(default="", null=False)

    indicator_position_once = Unique(["evaluation", "position"])
    indicator_branch_known = Check(
        "\"group\" IN ('decision', 'process', 'execution', 'output', 'benefit', 'satisfaction')"
    )
    indicator_measured_known = Check(
        "measure IN ('', 'execution_rate', 'approval_rate', 'timeliness', 'coverage', 'hours_kept', 'corrections',"
        " 'complaints', 'turnover')"
    )
    indicator_method_known = Check("method IN ('quantitative', 'qualitative', 'delivery')")


class EvaluationSeat(Table):
    """One evaluator of an evaluation: for which source, with which weight (percent), until when; a form of its own.

    A seat whose form did not come is left out with a reason, and its weight counts no more.
    """

    id = UUID(primary_key=True, default=UUID4())
    evaluation = ForeignKey(Evaluation, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=0, null=False)
    source = Varchar(20, default=None, null=False)
    weight = Numeric((5, 2), default=None, null=False)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    # a village committee whose signed form its town enters
    on_behalf = Varchar(80, default="", null=False)
    due_on = Date(default=None, null=False)
    submitted_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    submitted_at = Timestamptz(default=None, null=True)
    left_out_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    left_out_at = Timestamptz(default=None, null=True)
    left_out_reason = Varchar(300, default="", null=False)

    evaluation_seat_once = Unique(["evaluation", "position"])
    evaluation_seat_source_known = Check(
        "source IN ('third_party', 'third_party_finance', 'town', 'village', 'civil_affairs', 'recipients')"
    )
    evaluation_seat_weight_percent = Check("weight > 0 AND weight <= 100")
    evaluation_seat_left_out_whole = Check(
        "(left_out_at IS NULL) = (left_out_reason = '') AND (left_out_at IS NULL OR submitted_at IS NULL)"
    )


class SeatScore(Table):
    """What one evaluator gave one indicator: the measured value or points, and why. Never changed."""

    id = UUID(primary_key=True, default=UUID4())
    seat = ForeignKey(EvaluationSeat, null=False, on_delete=OnDelete.restrict, index=True)
    indicator = ForeignKey(Indicator, null=False, on_delete=OnDelete.restrict, index=True)
    actual = Numeric((14, 2), default=None, null=True)
    points = Numeric((5, 2), default=None, null=False)
    narrative = Text(default="", null=False)

    seat_score_once = Unique(["seat", "indicator"])
    seat_score_not_negative = Check("points >= 0")


class EvaluationBlackout(Table):
    """A passage that who froze the result made black in every text of it, because it leads to somebody (R-CIV-06)."""

    id = UUID(primary_key=True, default=UUID4())
    evaluation = ForeignKey(Evaluation, null=False, on_delete=OnDelete.restrict, index=False)
    position = Integer(default=0, null=False)
    passage = Varchar(300, default=None, null=False)

    evaluation_blackout_once = Unique(["evaluation", "position"])
    evaluation_blackout_not_empty = Check("passage <> ''")


class EvaluationCorrection(Table):
    """What a review changed of one line of the draft, and why. Never changed."""

    id = UUID(primary_key=True, default=UUID4())
    evaluation = ForeignKey(Evaluation, null=False, on_delete=OnDelete.restrict, index=True)
    indicator = ForeignKey(Indicator, null=False, on_delete=OnDelete.restrict, unique=True)
    actual_before = Numeric((14, 2), default=None, null=True)
    actual_after = Numeric((14, 2), default=None, null=True)
    points_before = Numeric((5, 2), default=None, null=False)
    points_after = Numeric((5, 2), default=None, null=False)
    reason = Varchar(1000, default=None, null=False)
    corrected_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    corrected_at = Timestamptz(default=None, null=False)

    evaluation_correction_changes = Check("points_after <> points_before")
