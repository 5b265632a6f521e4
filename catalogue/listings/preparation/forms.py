"""The plan, the survey and the close review as they are typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalogue.listings.preparation.rules import (
    ORGANISATION_FORMS,
    PRICING,
    SIDES,
    SOURCE_KINDS,
    SURVEY_METHODS,
    Member,
    Source,
    Survey,
)  # fmt: skip
from catalogue.listings.preparation.services import NewPlan, NewReview
from marketplace.kernel.forms import Bound, Field, choice, day, parse, parse_rows, proper_name, text
from marketplace.kernel.i18n import N_

PLAN = [
    Field("quantity", N_("采购数量（规模）"), text(300)),
    Field("organisation_form", N_("组织形式"), choice(list(ORGANISATION_FORMS))),
    Field("begins_on", N_("开展采购活动的时间"), day()),
    Field("pricing", N_("定价方式"), choice(list(PRICING))),
    Field("policy", N_("落实政府采购政策"), text(1000)),
    Field("acceptance", N_("履约验收方案"), text(2000)),
    Field("risks", N_("风险管控措施"), text(2000)),
]
SURVEY = [
    Field("method", N_("调查方式"), choice(list(SURVEY_METHODS))),
    Field("ended_on", N_("调查完成日期"), day()),
    Field("earlier_reference", N_("以前调查的项目和编号"), text(120), is_required=False),
    Field("market", N_("产业发展和市场供给"), text(2000)),
    Field("history", N_("同类项目历史成交"), text(2000)),
    Field("follow_up", N_("后续采购"), text(2000)),
    Field("public_opinion", N_("社会公众的意见"), text(2000)),
    Field("few_reason", N_("市场主体不足的理由"), text(1000), is_required=False),
]
SOURCE_ROW = [
    Field("kind", N_("对象类别"), choice(list(SOURCE_KINDS))),
    Field("name", N_("调查对象"), proper_name(120)),
    Field("said", N_("主要意见"), text(1000)),
]
REVIEW = [
    Field("held_on", N_("审查日期"), day()),
    Field("discrimination", N_("非歧视性审查"), text(2000)),
    Field("competition", N_("竞争性审查"), text(2000)),
    Field("policy", N_("采购政策审查"), text(2000)),
    Field("risk", N_("履约风险审查"), text(2000)),
    Field("counsel", N_("审定合同文本的法律顾问"), proper_name(120)),
    Field("outcome", N_("审查结论"), choice(["passed", "failed"])),
]
MEMBER_ROW = [
    Field("side", N_("代表哪一方"), choice(list(SIDES))),
    Field("name", N_("审查人"), proper_name(80)),
]


def plan_form(typed: Mapping[str, Any]) -> tuple[Bound, NewPlan | None]:
    """What finance is told."""
    form = parse(PLAN, typed)
    return form, None if form.errors else NewPlan(**{each.name: form[each.name] for each in PLAN})


def survey_form(typed: Mapping[str, Any]) -> tuple[Bound, Survey | None]:
    """The survey with those who were asked; an unnamed row is skipped."""
    form = parse(SURVEY, typed)
    rows = parse_rows(form, "sources", SOURCE_ROW, named_rows(typed, "sources"))
    if form.errors:
        return form, None
    values = {each.name: form[each.name] or "" for each in SURVEY if each.name != "ended_on"}
    sources = tuple(Source(row["kind"], row["name"], row["said"]) for row in rows)
    return form, Survey(ended_on=form["ended_on"], sources=sources, **values)


def review_form(typed: Mapping[str, Any]) -> tuple[Bound, NewReview | None]:
    """The close review with its members."""
    form = parse(REVIEW, typed)
    rows = parse_rows(form, "members", MEMBER_ROW, named_rows(typed, "members"))
    if form.errors:
        return form, None
    values = {each.name: form[each.name] for each in REVIEW if each.name != "outcome"}
    members = tuple(Member(row["side"], row["name"]) for row in rows)
    return form, NewReview(members=members, is_passed=form["outcome"] == "passed", **values)


def named_rows(typed: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Leave out rows in which only the list was chosen: that is how a blank row is posted."""
    chosen = ("kind", "side")
    told = {
        pieces[1]
        for key, value in typed.items()
        if len(pieces := key.split("-")) == 3 and pieces[0] == prefix and pieces[2] not in chosen and str(value).strip()
    }
    return {
        key: value
        for key, value in typed.items()
        if not key.startswith(f"{prefix}-") or key.count("-") != 2 or key.split("-")[1] in told
    }
