"""The guide for residents: what is the matter, which help there is, whom to ask, how long it takes; and the policy."""

from typing import Any
from uuid import UUID

from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from catalogue.items.queries import current_items
from contracts.cases.rules import HELP_GROUPS, HELP_LABELS
from marketplace.accounts.guards import PUBLIC, Now
from marketplace.guide import queries
from marketplace.guide.help import BY_KEY, BY_KIND, PROMISES, SITUATIONS, TOWN_LIMIT, URGENT
from marketplace.guide.policy import PLAN_NAME, POLICIES, plan_sections
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import together
from marketplace.kernel.errors import NotFound
from marketplace.kernel.rulebook import row, rule
from marketplace.kernel.web import page


@get("/guide", opt=PUBLIC)
async def show_guide() -> Template:
    """What people say who look for help, and every kind of help there is."""
    return page(
        "marketplace/guide/guide.html", situations=SITUATIONS, groups=HELP_GROUPS, labels=HELP_LABELS, helps=BY_KIND,
        promises=PROMISES, windows=await queries.windows(),
    )  # fmt: skip


@get("/guide/{key:str}", opt=PUBLIC)
async def show_situation(key: FromPath[str], now: Now, town: FromQuery[str] = "") -> Template:
    """One situation: what to do first, the help that answers it, and who serves in one's town."""
    situation = BY_KEY.get(key)
    if situation is None:
        raise NotFound()
    today = county_day(now)
    windows, items = await together(queries.windows(), current_items())
    chosen = next((each for each in windows if str(each["id"]) == town), None)
    if town and chosen is None:
        raise NotFound()
    serving = await queries.serving(list(situation.items), UUID(town) if town else None, today)
    helps = [BY_KIND[kind] for kind in situation.helps]
    return page(
        "marketplace/guide/situation.html", situation=situation, labels=HELP_LABELS, helps=helps,
        limits={each.kind: row(each.clock, today) for each in helps if each.clock}, urgent=row(URGENT, today),
        town_limit=row(TOWN_LIMIT, today), windows=windows, town=chosen, serving=serving,
        items=[each for each in items if each["code"] in situation.items],
    )  # fmt: skip


@get("/policy", opt=PUBLIC)
async def show_policy() -> Template:
    """The county's plan point by point, with the rules that follow from it."""
    return page(
        "marketplace/guide/policy.html", policies=POLICIES, plan_name=PLAN_NAME,
        rules={key: rule(key) for each in POLICIES for key in each.rules},
    )  # fmt: skip


@get("/policy/plan", opt=PUBLIC)
async def show_plan() -> Template:
    """The plan as it was issued."""
    return page("marketplace/guide/plan.html", sections=plan_sections(), plan_name=PLAN_NAME)


ROUTES: list[Any] = [show_guide, show_situation, show_policy, show_plan]
