"""The public rulebook: every rule with its clause, its values and how sure they are."""

from typing import Any

from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from marketplace.accounts.guards import PUBLIC, Now
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.rulebook import UnknownRule, all_rules, rule
from marketplace.kernel.web import page
from marketplace.rules import wording


@get("/rules", opt=PUBLIC)
async def list_rules(
    now: Now, q: FromQuery[str] = "", chapter: FromQuery[str] = "", unconfirmed: FromQuery[str] = ""
) -> Template:
    """All rules by chapter, or those that match."""
    found = wording.matching(all_rules(), q[:100])
    if chapter:
        found = [each for each in found if each.prefix == chapter or wording.CHAPTERS[each.prefix] == chapter]
    if unconfirmed:
        found = [each for each in found if each.unconfirmed]
    return page(
        "marketplace/rules/list.html",
        groups=wording.by_chapter(found),
        chapters=list(dict.fromkeys(wording.CHAPTERS.values())),
        total=len(found),
        today=county_day(now),
        value_words=wording.value_words,
        q=q,
        chapter=chapter,
        unconfirmed=unconfirmed,
    )


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
        rows=[row for row in found.rows if row.value != ""],
        today=county_day(now),
        words=wording,
    )


ROUTES: list[Any] = [list_rules, show_rule]
