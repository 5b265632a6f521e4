"""Begin a draft: blank, from the template of its item, or from an earlier listing of the unit."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from catalogue.listings.draft_queries import parts_of
from catalogue.listings.drafts import Basics, ListingDraft
from catalogue.listings.queries import draft_page
from catalogue.listings.services import draft_listing
from catalogue.listings.starting.book import templates
from catalogue.listings.starting.rules import draft_from_copy, draft_from_template
from catalogue.plans.queries import line_money
from marketplace.accounts.actor import Actor
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.i18n import N_, say

BLANK, TEMPLATE, COPY = "blank", "template", "copy"


async def begin_draft(basics: Basics, start: str, actor: Actor, now: datetime) -> UUID:
    """Draft from `blank`, `template` or `copy:<listing>`. Raises FormRefused, NotFound for a stranger's listing."""
    return await draft_listing(await _whole_draft(basics, start, actor, now), actor, now)


async def _whole_draft(basics: Basics, start: str, actor: Actor, now: datetime) -> ListingDraft:
    kind, _, listing = start.partition(":")
    if kind == TEMPLATE:
        code = (await line_money(basics.budget_line))["item_code"]
        if code not in templates():
            raise FormRefused({"start": say(N_("目录项目 {code} 还没有模板。请从空白开始。"), code=code)})
        return draft_from_template(templates()[code], basics, county_day(now))
    if kind == COPY:
        return draft_from_copy(basics, await parts_of(await draft_page(UUID(listing), actor)))
    return ListingDraft(basics)
