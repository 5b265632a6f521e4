"""The administrator's page: how long each kind of data is kept, and what the last runs let go."""

from typing import Any

from litestar import get
from litestar.response import Template

from marketplace.accounts.guards import Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.rule_words import value_words
from marketplace.kernel.web import page
from marketplace.retention.kinds import EFFECT_LABELS, FILES
from marketplace.retention.queries import last_days, runs
from marketplace.retention.rules import term_of


@get("/retention", opt=needs(Permission.MANAGE_ACCOUNTS, Permission.VIEW_AUDIT))
async def show_retention(now: Now) -> Template:
    """Terms, clauses and last runs."""
    today = county_day(now)
    kinds = [{**each, "term": term_of(each["kind"].term, today)} for each in await runs()]
    return page(
        "marketplace/retention/terms.html", kinds=kinds, days=await last_days(), effects=EFFECT_LABELS,
        files_rule=FILES, value_words=value_words,
    )  # fmt: skip


ROUTES: list[Any] = [show_retention]
