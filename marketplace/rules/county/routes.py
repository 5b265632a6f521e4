"""Finance enters county rows; a colleague approves them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import FormRefused, NotFound
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.law.loading import row_from
from marketplace.kernel.rule_words import UNIT_NAMES, value_words
from marketplace.kernel.rulebook import UnknownRule, all_rules, rule
from marketplace.kernel.web import go, page, posted
from marketplace.rules.county import queries
from marketplace.rules.county.forms import DECLINE, ROW
from marketplace.rules.county.rules import NewCountyRule, may_decide, units_for, waiting_rows
from marketplace.rules.county.services import approve_rule, decline_rule, propose_rule, row_before

ENTERING = needs(Permission.ENTER_RULES)
READING = needs(Permission.ENTER_RULES, Permission.READ_EVERYTHING)
TEXTS = ("words_zh", "words_en", "note")


@get("/county-rules", opt=READING)
async def list_county_rules(now: Now) -> Template:
    """What waits for a second person, what waits for the county's word, and what was decided."""
    return page(
        "marketplace/rules/county/list.html", waiting=_shown(await queries.waiting()),
        decided=_shown(await queries.decided()), unconfirmed=waiting_rows(list(all_rules()), county_day(now)),
        value_words=value_words,
    )  # fmt: skip


def _shown(rows: list[queries.Row]) -> list[queries.Row]:
    return [each | {"row": row_from(each), "title": rule(each["key"].partition("/")[0]).title} for each in rows]


def _form_page(key: str, form: Bound | None, now: datetime, status_code: int = 200) -> Template:
    try:
        before = row_before(key.strip(), now)
    except UnknownRule:
        raise NotFound() from None
    return page(
        "marketplace/rules/county/new.html", status_code=status_code, form=form, before=before,
        rule=rule(before.rule_id), units=units_for(before), value_words=value_words,
        unit_names=UNIT_NAMES,
    )  # fmt: skip


@get("/county-rules/new", opt=ENTERING)
async def show_new(now: Now, key: FromQuery[str] = "") -> Template:
    """One row to be confirmed or changed."""
    return _form_page(key, None, now)


@post("/county-rules/new", opt=ENTERING)
async def do_propose(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Enter it, on to its page, where it waits."""
    form = parse(ROW, (await posted(request)).texts)
    if not form.errors:
        try:
            new = NewCountyRule(**{n: (v or "") if n in TEXTS else v for n, v in form.values.items()})
            return go(f"/county-rules/{await propose_rule(new, actor, now)}")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return _form_page(str(form.raw.get("key", "")), form, now, 422)


async def _rule_page(
    identity: UUID, actor: Actor, form: Bound | None, now: datetime, status_code: int = 200
) -> Template:
    found = await queries.county_rule(identity)
    return page(
        "marketplace/rules/county/show.html", status_code=status_code, form=form, entered=found, row=row_from(found),
        before=row_before(found["key"], now), rule=rule(found["key"].partition("/")[0]),
        may_decide=may_decide(actor, queries.proposed(found)), value_words=value_words,
        is_own=found["proposed_by"] == actor.person_id, is_late=found["effective_from"] <= county_day(now),
    )  # fmt: skip


@get("/county-rules/{identity:uuid}", opt=READING)
async def show_county_rule(identity: FromPath[UUID], actor: CurrentActor, now: Now) -> Template:
    """What holds now beside what would hold, with its document."""
    return await _rule_page(identity, actor, None, now)


@post("/county-rules/{identity:uuid}/approval", opt=ENTERING)
async def do_approve(identity: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Let it hold."""
    await approve_rule(identity, actor, now)
    return go(f"/county-rules/{identity}")


@post("/county-rules/{identity:uuid}/return", opt=ENTERING)
async def do_decline(
    request: Request[Any, Any, Any], identity: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Send it back with a reason."""
    form = parse(DECLINE, (await posted(request)).texts)
    if form.errors:
        return await _rule_page(identity, actor, form, now, 422)
    await decline_rule(identity, form["reason"], actor, now)
    return go(f"/county-rules/{identity}")


ROUTES: list[Any] = [list_county_rules, show_new, do_propose, show_county_rule, do_approve, do_decline]
