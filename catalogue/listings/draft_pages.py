"""What the pages of a draft show: tasks, rows, mistakes by subject, the timetable as it would be today."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from catalogue.items.queries import current_items
from catalogue.listings import queries
from catalogue.listings.content import content_of
from catalogue.listings.draft_queries import all_mistakes, parts_of, surroundings
from catalogue.listings.drafts import (
    Basics,
    Lots,
    Milestones,
    Openers,
    Part,
    Procedure,
    Qualification,
    Requirement,
    Scoring,
    Terms,
    Timetable,
)  # fmt: skip
from catalogue.listings.entrusting.pages import entrusting_context
from catalogue.listings.forms import MORE_ROWS, ROW_PREFIX, raw_of
from catalogue.listings.frameworks.queries import framework_of
from catalogue.listings.indicators import INDICATOR_LABELS
from catalogue.listings.limits import limits_on
from catalogue.listings.method_choice import GROUND_LABELS, VENUE_LABELS
from catalogue.listings.methods import method_row, row_of, subjects_left_out
from catalogue.listings.preparation.queries import preparation
from catalogue.listings.review.findings import checked_text, reasons_of
from catalogue.listings.review.pages import review_context
from catalogue.listings.rules import (
    CRITERION_LABELS,
    GRADE_LABELS,
    METHOD_CLAUSES,
    METHOD_LABELS,
    PAST_PERFORMANCE_LABELS,
    STATUS_LABELS,
    STATUS_TONES,
    may_edit_draft,
)  # fmt: skip
from catalogue.listings.terms import may_hide_names, term_limits_on
from catalogue.listings.tie_rules import ranking_order
from catalogue.listings.timetable import EVENT_LABELS, earliest_closing, plan, timetable_of
from catalogue.listings.what_if import BIDDER_FORMS, EXAMPLE_ROWS, PREFIX, first_examples, weights_before, what_if
from catalogue.listings.what_if_factors import fill_in_shares, points_before, read_factors
from catalogue.plans.queries import lines_of_buyer
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import together
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_, translate
from marketplace.kernel.money import share_out

CHOOSE_OWN_LINE = N_("请从本单位的预算里选一条。")

SUBJECTS: dict[str, tuple[type[Any], str, str]] = {
    "basics": (Basics, N_("基本情况"), N_("项目、方式、预算、服务期、使用单位")),
    "method": (Procedure, N_("采购方式的依据"), N_("在哪里办理，法定情形和批准")),
    "lots": (Lots, N_("采购包"), N_("每包的目录项目、数量和预算")),
    "requirement": (Requirement, N_("采购需求"), N_("问题、对象、内容、数量、标准、证据、验收、指标")),
    "qualification": (Qualification, N_("资格要求"), N_("法定条件以外的特定要求")),
    "criteria": (Scoring, N_("评审因素和价格分"), N_("合计 100 分，价格分在法定范围内")),
    "milestones": (Milestones, N_("付款节点"), N_("合计 100%，每个节点写明依据")),
    "timetable": (Timetable, N_("时间安排"), N_("投标截止时间；其余日期由规则推算")),
    "terms": (Terms, N_("参与和合同条件"), N_("联合体、分包、保证金、预付款、评审小组、低价审查、移交")),
    "openers": (Openers, N_("开标人"), N_("至少两位，各持一份密钥")),
}

# the terms of a framework have a page of their own
FRAMEWORK_TASK: dict[str, Any] = {
    "title": N_("框架协议条件"), "hint": N_("怎样入围、单价上限、以后怎样下单"), "subject": "framework",
}  # fmt: skip
BLANK_ROWS = 2
WORDS: dict[str, Any] = {
    "status_labels": STATUS_LABELS,
    "status_tones": STATUS_TONES,
    "method_labels": METHOD_LABELS,
    "criterion_labels": CRITERION_LABELS,
    "grade_labels": GRADE_LABELS,
    "past_performance_labels": PAST_PERFORMANCE_LABELS,
    "event_labels": EVENT_LABELS,
    **INDICATOR_LABELS,
}


async def raw_subject(found: Mapping[str, Any], subject: str) -> dict[str, Any]:
    """One stored subject as texts; where nothing is written yet, empty, or what the listing would print as it is."""
    for part in await parts_of(dict(found)):
        if isinstance(part, SUBJECTS[subject][0]):
            return raw_of(part)
    # a silent listing admits consortia: saving the page unchanged must not refuse them (R-ROLE-12)
    return raw_of(Terms()) if subject == "terms" else {}


def monthly_rows(service_from: date, service_to: date) -> dict[str, str]:
    """One equal payment a month at the month's end, shares adding up to 100 %."""
    ends, first = [], service_from.replace(day=1)
    while first <= service_to:
        last_day = calendar.monthrange(first.year, first.month)[1]
        ends.append(min(first.replace(day=last_day), service_to))
        first = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    shares = share_out(Decimal(100), [Decimal(100) / len(ends)] * len(ends))
    raw: dict[str, str] = {}
    for i, (end, share) in enumerate(zip(ends, shares, strict=True)):
        raw |= {
            f"milestones-{i}-title": f"{end.year}年{end.month}月",
            f"milestones-{i}-share": str(share),
            f"milestones-{i}-due_on": end.isoformat(),
            f"milestones-{i}-evidence": "当月已审核的服务时数和验收记录",
        }
    return raw


def row_count(raw: Mapping[str, Any], prefix: str) -> int:
    """How many rows a page shows: those typed and a few blank ones; what a blank row posts adds none."""
    typed = [key for key, value in raw.items() if value]
    numbers = [int(m.group(1)) for key in typed if (m := re.fullmatch(rf"{prefix}-(\d{{1,3}})-.+", key))]
    return max(numbers, default=-1) + 1 + BLANK_ROWS


async def subject_context(
    found: Mapping[str, Any], subject: str, form: Bound, actor: Actor, now: datetime
) -> dict[str, Any]:
    """Everything besides the form that a subject's page shows."""
    prefix = ROW_PREFIX.get(subject)
    line = (await surroundings(found["budget_line"], found["drafted_by"], now)).line
    earliest = earliest_closing(found["method"], county_day(now), found["documents_from"])
    limits = term_limits_on(county_day(now))
    return {
        **WORDS,
        **(what_if_context(found, form, now) if subject == "criteria" else {}),
        "listing": found,
        "subject": subject,
        "subjects": SUBJECTS,
        "rows": row_count(form.raw, prefix) if prefix else 0,
        "deduction_rows": row_count(form.raw, "deductions") if subject == "milestones" else 0,
        "limits": limits_on(county_day(now)),
        "all_items": [item for item in await current_items() if item["code"] == line.item_code],
        "method_row": method_row(found["method"], county_day(now)),
        "grounds": GROUND_LABELS,
        "venues": VENUE_LABELS,
        "candidates": await queries.opener_candidates() if subject == "openers" else [],
        "earliest": earliest,
        "term_limits": limits,
        "least_panel": limits.least_panel(found["method"], found["budget"]),
        "may_hide_names": may_hide_names(found["method"], limits.on),
        "closing_rule": method_row(found["method"], county_day(now)).closing or METHOD_CLAUSES[found["method"]],
        "may_edit": may_edit_draft(actor, found),
    }


def band_row_counts(raw: Mapping[str, Any], factors: int) -> list[int]:
    """How many band rows each factor shows: at least four, and two blank ones below what was typed."""
    return [max(row_count(raw, f"criteria-{i}-band"), 4) for i in range(factors)]


def what_if_context(found: Mapping[str, Any], form: Bound, now: datetime) -> dict[str, Any]:
    """The example bids as typed (the first ones before anything was typed) and what comes of them."""
    if not any(name.startswith("example-") for name in form.raw):
        form.raw |= first_examples(found, translate)
    fill_in_shares(form.raw, PREFIX, EXAMPLE_ROWS)
    row = method_row(found["method"], county_day(now))
    low, high, _ = row.price_weight_range(county_day(now))
    typed = {"price_weight": "0", "small_micro_deduction": "0", "rounding": "2", **form.raw}
    was = weights_before(form.raw, found)
    return {
        "what_if": what_if(typed, found, row, (int(low), int(high)), ranking_order(row, county_day(now))),
        "weights_before": was,
        "points_before": points_before(form.raw),
        "factors": (factors := read_factors(Bound(), form.raw)).rows,
        "prints_grades": bool(factors.grades),
        "band_rows": band_row_counts(form.raw, row_count(form.raw, "criteria")),
        "example_rows": EXAMPLE_ROWS,
        "bidder_forms": BIDDER_FORMS,
    }


def anchor_after(subject: str, typed: Mapping[str, Any]) -> str:
    """Back to the task list, or to the same page for more rows."""
    return f"/{subject}" if typed.get("then") == "more" and subject in MORE_ROWS else ""


def _is_begun(part: Part) -> bool:
    match part:
        case Lots():
            return bool(part.lots)
        case Requirement():
            return bool(part.requirement)
        case Qualification():
            return bool(part.qualification)
        case Scoring():
            return bool(part.criteria) or part.price_weight == 100
        case Milestones():
            return bool(part.milestones)
        case Openers():
            return bool(part.people)
        case _:
            return True


async def overview(found: dict[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    """The task list: what is done, what waits, what must change."""
    parts, mistakes, ready, review, entrusting, _ = await together(
        parts_of(found), all_mistakes(found, now), preparation(found, now), review_context(found, actor),
        entrusting_context(found, actor, now), reasons_of(found["id"]),
    )  # fmt: skip
    spared = subjects_left_out(found)
    begun = {type(part) for part in parts if _is_begun(part)}
    checked = await checked_text(found["id"], parts, now)
    wrong = {mistake.part for mistake in mistakes if mistake.blocks}
    wrong |= {each.finding.hit.part for each in checked.blocking}
    tasks = [
        {
            "title": title,
            "hint": hint,
            "subject": subject,
            "done": kind in begun and subject not in wrong,
            "needs_change": kind in begun and subject in wrong,
        }
        for subject, (kind, title, hint) in SUBJECTS.items()
        if subject not in spared
    ]
    if row_of(found).framework:
        begins = await framework_of(found["id"]) is not None
        tasks.insert(3, {**FRAMEWORK_TASK, "done": begins and "framework" not in wrong, "needs_change": begins and "framework" in wrong})  # noqa: E501
    return {
        **WORDS,
        "listing": found,
        "tasks": tasks,
        "checked": checked,
        "ready": ready,
        **review,
        "is_ready": not wrong,
        **entrusting,
        "may_edit": may_edit_draft(actor, found),
    }


async def check_context(found: Mapping[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    """The whole draft as it would be published today, with its mistakes and findings."""
    row = dict(found)
    parts, mistakes, content, ready, review, entrusting, _ = await together(
        parts_of(row), all_mistakes(row, now), content_of(row), preparation(row, now), review_context(found, actor),
        entrusting_context(found, actor, now), reasons_of(row["id"]),
    )  # fmt: skip
    return {
        **WORDS,
        **content,
        "timetable": planned_today(row, now),
        "ready": ready,
        "checked": await checked_text(row["id"], parts, now),
        "mistakes": [mistake for mistake in mistakes if mistake.blocks],
        "findings": [mistake for mistake in mistakes if not mistake.blocks],
        "subjects": SUBJECTS,
        "may_edit": may_edit_draft(actor, found),
        **review,
        **entrusting,
        "is_own_draft": found["drafted_by"] == actor.person_id,
        "may_cancel": found["procuring_unit"] == actor.organisation_id and actor.may(Permission.DRAFT_LISTING),
    }


def planned_today(found: Mapping[str, Any], now: datetime) -> list[dict[str, Any]]:
    """The timetable if it were published at once; nothing while the closing time is missing or past."""
    if found["closes_at"] is None:
        return []
    planned = plan(timetable_of(found), found["method"], county_day(now))
    return [
        {"event": d.event, "day": d.day, "rule_key": d.rule_key, "is_provisional": d.is_provisional}
        for d in planned.dates
    ]


async def names_of(found: Mapping[str, Any]) -> dict[str, str]:
    """Names of the rows a draft's forms point to."""
    rows = [*await queries.list_towns(), *await queries.opener_candidates()]
    lines = await lines_of_buyer(found["procuring_unit"])
    return {str(row["id"]): row["name"] for row in rows} | {str(line["id"]): line["title"] for line in lines}
