"""Plans, surveys and reviews of a listing, and what of them is still missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from catalogue.listings import queries
from catalogue.listings.draft_queries import parts_of, procedure_of
from catalogue.listings.inviting.rules import invites_only
from catalogue.listings.limits import limits_on
from catalogue.listings.method_choice import needs_publicity
from catalogue.listings.methods import is_framework, standing_row
from catalogue.listings.preparation.rules import (
    Ground,
    NeedFacts,
    content_key,
    needs_plan,
    plan_differs,
    survey_grounds,
)  # fmt: skip
from catalogue.listings.review.facts import passages_of
from catalogue.listings.sole.queries import sole_provider
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchrow, read_ahead
from marketplace.kernel.draws.queries import drawn_keys
from marketplace.kernel.draws.rules import DrawKind
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.rulebook import number

Row = dict[str, Any]
SURVEY_FROM = "R-DOC-09/amount"
# what a close review reads; the opening and the days may still be settled afterwards
REVIEWED = ("basics", "lots", "requirement", "qualification", "criteria", "milestones")


@dataclass(frozen=True)
class Missing:
    """What is still to be done before publication, where, and by which rule."""

    page: str
    sentence: Sentence
    clause: str


@dataclass(frozen=True)
class Preparation:
    """What a listing needs before it is published, and what of it stands."""

    needs_plan: bool
    grounds: tuple[Ground, ...]
    plan: Row | None
    survey: Row | None
    review: Row | None
    missing: tuple[Missing, ...]


async def preparation(listing: Mapping[str, Any], now: datetime) -> Preparation:
    """Judge by the rules of today."""
    row = dict(listing)
    await read_ahead(
        queries.lots(row["id"]), plans_of(row["id"]), latest_survey(row["id"]), latest_review(row["id"]),
        procedure_of(row),
    )  # fmt: skip
    facts = await _need_facts(row, now)
    plans, survey, review = await plans_of(row["id"]), await latest_survey(row["id"]), await latest_review(row["id"])
    plan = plans[0] if plans else None
    grounds = survey_grounds(facts)
    missing = [*_plan_missing(needs_plan(facts), plan, row)]
    if grounds:
        missing += _survey_missing(survey, review, await content_of_draft(row) if review else "")
    missing += await _sole_missing(row, today=county_day(now))
    missing += await _draw_missing(row)
    return Preparation(needs_plan(facts), grounds, plan, survey, review, tuple(missing))


async def _need_facts(row: Row, now: datetime) -> NeedFacts:
    today = county_day(now)
    method = standing_row(row["method"], today)
    return NeedFacts(
        is_local=method.is_local, is_framework=bool(method.framework), budget=row["budget"],
        purchase_limit=limits_on(today).purchase_limit,
        categories=frozenset(lot["category"] for lot in await queries.lots(row["id"])),
        survey_from=number(SURVEY_FROM, today),
    )  # fmt: skip


async def _sole_missing(row: Row, today: date) -> list[Missing]:
    """An only supplier above the threshold is named with the experts' opinions before its publicity (R-METH-08)."""
    ground = (await procedure_of(row)).ground
    method = standing_row(row["method"], today)
    if not needs_publicity(method, row["budget"], frozenset({ground}), today) or await sole_provider(row["id"]):
        return []
    words = N_("单一来源公示要写明拟定供应商和专家论证意见，还没有登记。请先登记。")
    return [Missing("single-source", say(words), "R-METH-08")]


async def _draw_missing(row: Row) -> list[Missing]:
    """Those to be invited are drawn before the invitations go out with the publication (R-METH-10)."""
    if not invites_only(row) or await drawn_keys(DrawKind.INVITED, row["id"]):
        return []
    return [Missing("invitation", say(N_("还没有抽取受邀请的供应商。请先写名单，再抽取。")), "R-METH-10")]


def _plan_missing(is_needed: bool, plan: Row | None, row: Row) -> list[Missing]:
    if not is_needed:
        return []
    if plan is None:
        if is_framework(row):
            words = N_("框架协议的采购方案还没有报财政备案。请先备案，再发布。")
            return [Missing("plan", say(words), "R-FRM-01")]
        words = N_("采购实施计划还没有报财政备案。请先备案，再发布。")
        return [Missing("plan", say(words), "R-PLAN-01")]
    differs = plan_differs(plan, row)
    return [Missing("plan", differs, "R-PLAN-01")] if differs else []


def _survey_missing(survey: Row | None, review: Row | None, content: str) -> list[Missing]:
    if survey is None:
        return [Missing("survey", say(N_("这个项目应当先做需求调查，还没有登记。请先登记。")), "R-DOC-09")]
    if review is None:
        return [Missing("survey", say(N_("这个项目的采购需求应当重点审查，还没有登记。请先审查。")), "R-DOC-09")]
    if review["outcome"] != "passed":
        return [Missing("survey", say(N_("重点审查没有通过。请修改以后重新审查。")), "R-DOC-09")]
    if review["content_sha256"] != content:
        return [Missing("survey", say(N_("重点审查以后内容又改过了。请重新审查。")), "R-DOC-09")]
    return []


async def content_of_draft(row: Row) -> str:
    """The text that a review reads, in one number."""
    passages = passages_of(await parts_of(row))
    texts = [(p.part, p.field, p.text) for p in passages if p.part in REVIEWED]
    return content_key([*texts, ("basics", "budget", f"{row['budget']:.2f}"), ("basics", "method", row["method"])])


async def plans_of(listing: UUID) -> list[Row]:
    """Every plan filed for a listing, newest first."""
    rows = await fetch(
        "SELECT i.*, f.name AS filed_by_name, r.name AS received_by_name FROM implementation_plan i"
        " JOIN person f ON f.id = i.filed_by LEFT JOIN person r ON r.id = i.received_by"
        " WHERE i.listing = $1 ORDER BY i.number DESC",
        listing,
    )
    return [dict(row) for row in rows]


async def plans_to_receive() -> list[Row]:
    """Filed plans whose receipt finance has not noted yet, oldest first."""
    rows = await fetch(
        "SELECT i.*, l.title_en, o.name AS buyer_name, o.name_en AS buyer_name_en FROM implementation_plan i"
        " JOIN listing l ON l.id = i.listing JOIN organisation o ON o.id = l.procuring_unit"
        " WHERE i.received_at IS NULL ORDER BY i.filed_at"
    )
    return [dict(row) for row in rows]


async def latest_survey(listing: UUID) -> Row | None:
    """The survey that counts, with who was asked."""
    row = await fetchrow(
        "SELECT s.*, p.name AS recorded_by_name, d.name AS document_name, d.size, d.sha256 FROM requirement_survey s"
        " JOIN person p ON p.id = s.recorded_by LEFT JOIN document d ON d.id = s.document"
        " WHERE s.listing = $1 ORDER BY s.number DESC LIMIT 1",
        listing,
    )
    if row is None:
        return None
    sources = await fetch("SELECT * FROM survey_source WHERE survey = $1 ORDER BY position", row["id"])
    return {**dict(row), "sources": [dict(source) for source in sources]}


async def latest_review(listing: UUID) -> Row | None:
    """The close review that counts, with its members."""
    row = await fetchrow(
        "SELECT r.*, p.name AS recorded_by_name FROM requirement_review r JOIN person p ON p.id = r.recorded_by"
        " WHERE r.listing = $1 ORDER BY r.number DESC LIMIT 1",
        listing,
    )
    if row is None:
        return None
    members = await fetch("SELECT * FROM requirement_reviewer WHERE review = $1 ORDER BY position", row["id"])
    return {**dict(row), "members": [dict(member) for member in members]}


async def writers_of(listing: UUID) -> list[str]:
    """The names of those who wrote the draft."""
    rows = await fetch(
        "SELECT p.name FROM draft_writer w JOIN person p ON p.id = w.person WHERE w.listing = $1", listing
    )
    return [row["name"] for row in rows]
