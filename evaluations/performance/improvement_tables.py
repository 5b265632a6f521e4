"""Improvement plans after a grade of fair or poor, and their steps."""

from __future__ import annotations

from piccolo.columns import UUID, Date, ForeignKey, Integer, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from evaluations.performance.tables import Evaluation
from marketplace.accounts.people.tables import Person


class ImprovementPlan(Table):
    """What the provider mends after an evaluation; opened by its freezing, ended by what was found of each step."""

    id = UUID(primary_key=True, default=UUID4())
    evaluation = ForeignKey(Evaluation, null=False, on_delete=OnDelete.restrict, unique=True)
    status = Varchar(10, default="due", null=False)
    submit_by = Date(default=None, null=False)
    causes = Text(default="", null=False)
    submitted_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    submitted_at = Timestamptz(default=None, null=True)
    decided_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    decided_at = Timestamptz(default=None, null=True)
    return_reason = Varchar(1000, default="", null=False)
    ended_at = Timestamptz(default=None, null=True)

    improvement_plan_status_known = Check("status IN ('due', 'submitted', 'agreed', 'kept', 'not_kept')")
    improvement_plan_ended_whole = Check("(status IN ('kept', 'not_kept')) = (ended_at IS NOT NULL)")


class ImprovementStep(Table):
    """One thing to mend with its day; reported by the provider, found by civil affairs."""

    id = UUID(primary_key=True, default=UUID4())
    plan = ForeignKey(ImprovementPlan, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=0, null=False)
    what = Varchar(300, default=None, null=False)
    due_on = Date(default=None, null=False)
    report = Varchar(1000, default="", null=False)
    reported_at = Timestamptz(default=None, null=True)
    return_reason = Varchar(1000, default="", null=False)
    finding = Varchar(10, default="", null=False)
    finding_words = Varchar(1000, default="", null=False)
    found_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    found_at = Timestamptz(default=None, null=True)

    improvement_step_once = Unique(["plan", "position"])
    improvement_step_finding_known = Check("finding IN ('', 'kept', 'not_kept')")
    improvement_step_found_whole = Check("(finding = '') = (found_at IS NULL)")
    improvement_step_sent_back_stays_away = Check("finding = '' OR reported_at IS NOT NULL OR report = ''")
