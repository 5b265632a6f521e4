"""County rule rows with their second person's decision, and loaded calendar years: rows that triggers only let grow."""

from __future__ import annotations

from uuid import uuid4

from piccolo.columns import UUID, Boolean, Date, ForeignKey, Integer, Numeric, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table


class CountyRule(Table, tablename="county_rule"):
    """One row of a rule as finance proposes it by a county document. It holds only once somebody else approved it."""

    id = UUID(primary_key=True, default=UUID4())
    key = Varchar(80, default=None, null=False, index=True)
    # empty for a rule in words
    value = Numeric((18, 4), default=None, null=True)
    words_zh = Text(default="", null=False)
    words_en = Text(default="", null=False)
    unit = Varchar(20, default=None, null=False)
    direction = Varchar(10, default=None, null=False)
    effective_from = Date(default=None, null=False)
    effective_to = Date(default=None, null=True)
    document_number = Varchar(120, default=None, null=False)
    citation = Varchar(300, default=None, null=False)
    confidence = Varchar(1, default="A", null=False)
    note = Text(default="", null=False)
    # whether the row it stands before waited for the county's confirmation
    confirms = Boolean(default=False, null=False)
    # who acted is copied as in the audit: the ground floor knows no people
    proposed_by = UUID(default=None, null=False)
    proposed_by_name = Varchar(120, default=None, null=False)
    proposed_at = Timestamptz(default=None, null=False)

    county_rule_has_a_document = Check("document_number <> '' AND citation <> ''")
    county_rule_ends_after_it_begins = Check("effective_to IS NULL OR effective_to >= effective_from")
    county_rule_confidence_known = Check("confidence IN ('A', 'B', 'C', 'D')")
    county_rule_has_one_value = Check("(unit = 'text') = (value IS NULL)")


class CountyRuleDecision(Table, tablename="county_rule_decision"):
    """What the second person decided about a proposed row; a trigger refuses the proposer."""

    id = UUID(primary_key=True, default=UUID4())
    rule = ForeignKey(CountyRule, null=False, on_delete=OnDelete.restrict, index=True)
    is_approved = Boolean(default=None, null=False)
    reason = Text(default="", null=False)
    decided_by = UUID(default=None, null=False)
    decided_by_name = Varchar(120, default=None, null=False)
    decided_at = Timestamptz(default=None, null=False)

    county_rule_decided_once = Unique(["rule"])
    refusal_has_a_reason = Check("is_approved OR reason <> ''")


class CalendarLoad(Table, tablename="calendar_load"):
    """One loading of a year's holidays; the newest of a year counts."""

    id = UUID(primary_key=True, default=UUID4())
    year = Integer(default=None, null=False, index=True)
    source = Varchar(10, default=None, null=False)
    document_number = Varchar(120, default=None, null=False)
    loaded_by = UUID(default=None, null=False)
    loaded_by_name = Varchar(120, default=None, null=False)
    loaded_at = Timestamptz(default=None, null=False)

    calendar_source_known = Check("source IN ('library', 'csv')")
    calendar_has_a_document = Check("document_number <> ''")
    calendar_year_is_sensible = Check("year BETWEEN 2004 AND 2100")


class CalendarDay(Table, tablename="calendar_day"):
    """One announced day of a loaded year: off, or a weekend day worked to make up."""

    id = UUID(primary_key=True, default=UUID4())
    load = ForeignKey(CalendarLoad, null=False, on_delete=OnDelete.restrict, index=True)
    day = Date(default=None, null=False)
    kind = Varchar(6, default=None, null=False)
    name = Varchar(60, default="", null=False)

    calendar_day_once = Unique(["load", "day"])
    calendar_kind_known = Check("kind IN ('off', 'worked')")


class LawState(Table, tablename="law_state"):
    """One row whose version a trigger changes with every approved rule row and every loaded year."""

    id = Integer(primary_key=True, default=1)
    version = UUID(default=uuid4, null=False)
    law_state_is_one_row = Check("id = 1")
