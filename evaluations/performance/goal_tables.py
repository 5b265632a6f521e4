"""Performance goals declared with the budget, watched during the year, reported and evaluated by the same lines."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Date, ForeignKey, Integer, Numeric, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.plans.tables import BudgetLine
from marketplace.accounts.people.tables import Organisation, Person


class PerformanceGoal(Table):
    """Goals of a year: of a programme (one budget line) or of a whole town or department. Scores in points of 100."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    kind = Varchar(12, default=None, null=False)
    status = Varchar(16, default="declared", null=False)
    year = Integer(default=None, null=False)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    budget_line = ForeignKey(BudgetLine, null=True, on_delete=OnDelete.restrict, unique=True)
    title = Varchar(200, default=None, null=False)
    aim = Text(default=None, null=False)
    declared_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    declared_at = Timestamptz(default=None, null=False)
    self_score = Numeric((5, 2), default=None, null=True)
    self_words = Text(default="", null=False)
    reported_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    reported_at = Timestamptz(default=None, null=True)
    score = Numeric((5, 2), default=None, null=True)
    grade = Varchar(10, default="", null=False)
    evaluator = ForeignKey(Organisation, null=True, on_delete=OnDelete.restrict, index=True)
    evaluated_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    evaluated_at = Timestamptz(default=None, null=True)
    answer_until = Date(default=None, null=True)
    answer = Text(default="", null=False)
    answered_at = Timestamptz(default=None, null=True)
    frozen_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    frozen_at = Timestamptz(default=None, null=True)
    snapshot = Text(default="", null=False)
    snapshot_sha256 = Varchar(64, default="", null=False)

    performance_goal_kind_known = Check("kind IN ('programme', 'unit')")
    performance_goal_line_of_programmes = Check("(kind = 'programme') = (budget_line IS NOT NULL)")
    performance_goal_status_known = Check("status IN ('declared', 'reported', 'evaluated', 'frozen')")
    performance_goal_grade_known = Check("grade IN ('', 'excellent', 'good', 'fair', 'poor')")


class GoalLine(Table):
    """One indicator of the goals, the same from declaration to evaluation; weights total 100."""

    id = UUID(primary_key=True, default=UUID4())
    goal = ForeignKey(PerformanceGoal, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=0, null=False)
    group = Varchar(12, default=None, null=False)
    title = Varchar(120, default=None, null=False)
    weight = Numeric((5, 2), default=None, null=False)
    target = Numeric((14, 2), default=None, null=False)
    unit = Varchar(20, default="", null=False)
    is_at_most = Boolean(default=False, null=False)
    self_actual = Numeric((14, 2), default=None, null=True)
    self_points = Numeric((5, 2), default=None, null=True)
    self_words = Varchar(1000, default="", null=False)
    actual = Numeric((14, 2), default=None, null=True)
    points = Numeric((5, 2), default=None, null=True)
    words = Varchar(1000, default="", null=False)

    goal_line_once = Unique(["goal", "position"])
    goal_line_group_known = Check(
        "\"group\" IN ('decision', 'process', 'execution', 'output', 'benefit', 'satisfaction')"
    )


class GoalBlackout(Table):
    """A passage that who froze the goals made black in every text of them, because it leads to somebody (R-CIV-06)."""

    id = UUID(primary_key=True, default=UUID4())
    goal = ForeignKey(PerformanceGoal, null=False, on_delete=OnDelete.restrict, index=False)
    position = Integer(default=0, null=False)
    passage = Varchar(300, default=None, null=False)

    goal_blackout_once = Unique(["goal", "position"])
    goal_blackout_not_empty = Check("passage <> ''")


class GoalReading(Table):
    """How a line stood on a day of the year, and whether it will be met; never changed."""

    id = UUID(primary_key=True, default=UUID4())
    line = ForeignKey(GoalLine, null=False, on_delete=OnDelete.restrict, index=True)
    read_on = Date(default=None, null=False)
    value = Numeric((14, 2), default=None, null=False)
    outlook = Varchar(10, default=None, null=False)
    words = Varchar(1000, default="", null=False)
    read_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    read_at = Timestamptz(default=None, null=False)

    goal_reading_outlook_known = Check("outlook IN ('on_track', 'at_risk')")
    goal_reading_risk_says_what = Check("outlook = 'on_track' OR words <> ''")
