"""Performance evaluations of contracts: indicators, scores with sources, reply, frozen snapshot."""

from __future__ import annotations

from piccolo.columns import UUID, Date, ForeignKey, Integer, Numeric, OnDelete, Text, Timestamptz, Varchar
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
    frozen_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    frozen_at = Timestamptz(default=None, null=True)
    score = Numeric((5, 2), default=None, null=True)
    grade = Varchar(10, default="", null=False)
    snapshot = Text(default="", null=False)
    snapshot_sha256 = Varchar(64, default="", null=False)

    evaluation_status_known = Check("status IN ('planned', 'drafted', 'replied', 'frozen')")
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
    points = Numeric((5, 2), default=None, null=True)
    narrative = Text(default="", null=False)

    indicator_position_once = Unique(["evaluation", "position"])
    indicator_group_known = Check("\"group\" IN ('execution', 'output', 'benefit', 'satisfaction')")
    indicator_measure_known = Check("measure IN ('', 'execution_rate', 'approval_rate')")
    indicator_method_known = Check("method IN ('quantitative', 'qualitative', 'delivery')")
