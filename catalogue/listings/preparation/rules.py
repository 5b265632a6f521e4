"""Which listings need a filed plan, a survey and a close review, and what each must hold. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from catalogue.items.rules import Category
from marketplace.kernel.formats import money
from marketplace.kernel.i18n import N_, Sentence, say

ORGANISATION_FORMS: dict[str, str] = {
    "self": N_("采购人自行采购"),
    "agency": N_("委托采购代理机构"),
    "central": N_("委托集中采购机构"),
}
PRICING: dict[str, str] = {
    "fixed_total": N_("固定总价"),
    "fixed_unit": N_("固定单价"),
    "cost": N_("成本补偿"),
    "performance": N_("绩效激励"),
}
SURVEY_METHODS: dict[str, str] = {
    "consultation": N_("咨询、走访"),
    "expert": N_("论证会"),
    "questionnaire": N_("问卷调查"),
    "earlier": N_("一年内已经调查过，不再重复"),
}
SOURCE_KINDS: dict[str, str] = {
    "provider": N_("市场主体"),
    "resident": N_("服务对象、社会公众"),
    "expert": N_("专家"),
    "office": N_("同类采购单位"),
}
SIDES: dict[str, str] = {
    "procurement": N_("采购"),
    "finance": N_("财务"),
    "business": N_("业务"),
    "supervision": N_("监督"),
    "expert": N_("外部专家"),
}
INTERNAL_SIDES = ("procurement", "finance", "business", "supervision")


class Ground(StrEnum):
    """Why a survey and a close review are needed."""

    AMOUNT = "amount"
    PUBLIC_SERVICE = "public_service"


GROUND_LABELS: dict[Ground, str] = {
    Ground.AMOUNT: N_("预算达到了应当调查的数额"),
    Ground.PUBLIC_SERVICE: N_("政府向社会公众提供的公共服务项目"),
}


@dataclass(frozen=True)
class NeedFacts:
    """What decides whether preparation is needed. Amounts in yuan."""

    is_local: bool
    budget: Decimal
    categories: frozenset[str]
    purchase_limit: Decimal
    survey_from: Decimal
    is_framework: bool = False


def needs_plan(facts: NeedFacts) -> bool:
    """A plan is filed for government procurement: from the limit on (R-PLAN-01)."""
    if facts.is_framework:
        return True  # for a framework at any amount, before the start (R-FRM-01)
    return not facts.is_local and facts.budget >= facts.purchase_limit


def survey_grounds(facts: NeedFacts) -> tuple[Ground, ...]:
    """Why a survey is needed; nothing under the limit, where the rules on needs do not reach (R-DOC-09)."""
    if not needs_plan(facts):
        return ()
    grounds = [Ground.AMOUNT] if facts.budget >= facts.survey_from else []
    if Category.SERVICE in facts.categories:
        grounds.append(Ground.PUBLIC_SERVICE)
    return tuple(grounds)


def plan_differs(plan: Mapping[str, Any], listing: Mapping[str, Any]) -> Sentence | None:
    """What the listing says otherwise than the plan that was filed for it."""
    if plan["method"] != listing["method"]:
        return say(N_("公告的采购方式和已备案的采购实施计划不同。请重新备案。"))
    if plan["budget"] != listing["budget"]:
        words = N_("公告的预算 {budget} 和已备案的采购实施计划 {filed} 不同。请重新备案。")
        return say(words, budget=money(listing["budget"]), filed=money(plan["budget"]))
    return None


@dataclass(frozen=True)
class Source:
    """Somebody who was asked."""

    kind: str
    name: str
    said: str


@dataclass(frozen=True)
class Survey:
    """A survey as it was held, or the earlier one that stands for it."""

    method: str
    ended_on: date
    sources: tuple[Source, ...] = ()
    earlier_reference: str = ""
    market: str = ""
    history: str = ""
    follow_up: str = ""
    public_opinion: str = ""
    few_reason: str = ""


def check_survey(survey: Survey, subjects_least: int, oldest: date, today: date) -> dict[str, Sentence]:
    """Mistakes by field: held within the year, enough market subjects or the reason, findings on all points."""
    found: dict[str, Sentence] = {}
    if survey.ended_on > today:
        found["ended_on"] = say(N_("调查完成的日期在将来。请填完成的日期。"))
    if survey.ended_on < oldest:
        found["ended_on"] = say(N_("这次调查已经超过一年。请重新调查。"))
    if survey.method == "earlier":
        if not survey.earlier_reference:
            found["earlier_reference"] = say(N_("请写明以前那次调查的项目和编号。"))
        return found
    asked = sum(source.kind == "provider" for source in survey.sources)
    if asked < subjects_least and not survey.few_reason:
        words = N_("市场主体一般不少于 {least} 个，现在有 {count} 个。请补充调查对象，或者写明理由。")
        found["few_reason"] = say(words, least=subjects_least, count=asked)
    if not any(source.kind == "resident" for source in survey.sources):
        found["public_opinion"] = say(N_("公共服务项目要征求社会公众的意见。请加上至少一位服务对象或者公众。"))
    return found


@dataclass(frozen=True)
class Member:
    """One reviewer."""

    side: str
    name: str


def check_review(held_on: date, members: Sequence[Member], writers: Iterable[str], today: date) -> dict[str, Sentence]:
    """Mistakes by field: all four sides of the office sit in it, and nobody who wrote the draft."""
    found: dict[str, Sentence] = {}
    if held_on > today:
        found["held_on"] = say(N_("审查日期在将来。请填审查的日期。"))
    missing = [side for side in INTERNAL_SIDES if side not in {member.side for member in members}]
    if missing:
        words = N_("审查要有采购、财务、业务、监督四方参加，还缺{side}。")
        found["members-0-side"] = say(words, side=say(SIDES[missing[0]]))
    written_by = set(writers)
    for place, member in enumerate(members):
        if member.name in written_by:
            words = N_("{person} 参加了编制，不能参加审查。请换一位。")
            found[f"members-{place}-name"] = say(words, person=member.name)
    return found


def content_key(texts: Iterable[tuple[str, str, str]]) -> str:
    """The text a review has read, in one number: a changed word is another text."""
    digest = hashlib.sha256()
    for piece in texts:
        for word in piece:
            digest.update(word.encode() + b"\x00")
    return digest.hexdigest()
