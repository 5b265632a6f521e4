"""The public rulebook: every rule with its clause, its values and how sure they are."""

from datetime import date
from typing import Any

from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from marketplace.accounts.guards import PUBLIC, Now
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.rulebook import CONFIDENCES, Rule, RuleRow, UnknownRule, all_rules, rule
from marketplace.kernel.web import page
from marketplace.rules import wording
from marketplace.rules.applied import applied_in
from marketplace.rules.county.queries import approved_for


@get("/rules", opt=PUBLIC)
async def list_rules(
    now: Now,
    q: FromQuery[str] = "",
    chapter: FromQuery[str] = "",
    unconfirmed: FromQuery[str] = "",
    confidence: FromQuery[str] = "",
) -> Template:
    """All rules by chapter, or those that match."""
    found = wording.matching(all_rules(), q[:100])
    if chapter:
        found = [each for each in found if each.prefix == chapter or wording.CHAPTERS[each.prefix] == chapter]
    today = county_day(now)
    if unconfirmed:
        found = [each for each in found if each.unconfirmed_on(today)]
    if confidence in CONFIDENCES:
        found = [each for each in found if confidence in _confidences(each, today)]
    return page(
        "marketplace/rules/list.html",
        groups=wording.by_chapter(found),
        chapters=list(dict.fromkeys(wording.CHAPTERS.values())),
        total=len(found),
        today=today,
        value_words=wording.value_words,
        applied_in=applied_in,
        confidences=wording.CONFIDENCE,
        confidence=confidence,
        q=q,
        chapter=chapter,
        unconfirmed=unconfirmed,
    )


def _confidences(each: Rule, today: date) -> set[str]:
    """How sure the rule's text and the values that hold today are."""
    rows = (each.row_of(part, today) for part in each.parts)
    return {each.confidence, *(row.confidence for row in rows if row)}


@get("/rules/{key:path}", opt=PUBLIC)
async def show_rule(key: FromPath[str], now: Now) -> Template:
    """One rule: its text, clause and rows; R-TIME-26/reply opens R-TIME-26."""
    try:
        found = rule(key.strip("/").partition("/")[0])
    except UnknownRule:
        raise NotFound(N_("规则库里没有这条规则。请在规则页面查找它的编号。")) from None
    return page(
        "marketplace/rules/show.html",
        rule=found,
        rows=sorted((row for row in found.rows if row.value != "" or row.document), key=_by_part_and_day),
        waits=found.unconfirmed_on(county_day(now)),
        county_rows=await approved_for(found.id),
        applied=applied_in(found.id),
        today=county_day(now),
        words=wording,
    )


def _by_part_and_day(row: RuleRow) -> tuple[str, date]:
    return row.part or "", row.effective_from


ROUTES: list[Any] = [list_rules, show_rule]
