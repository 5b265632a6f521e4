"""The page of a draft on which the terms of a framework are written."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.listings import queries
from catalogue.listings.frameworks.forms import framework_form, raw_framework
from catalogue.listings.frameworks.queries import framework_mistakes, framework_of, term_choices
from catalogue.listings.frameworks.rules import OPEN
from catalogue.listings.frameworks.services import save_framework
from catalogue.listings.methods import is_framework, row_of
from catalogue.listings.rules import may_edit_draft
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import FormRefused, NotFound
from marketplace.kernel.forms import Bound
from marketplace.kernel.web import go, page, posted

READ_DRAFTS = needs(Permission.DRAFT_LISTING, Permission.APPROVE_LISTING, Permission.READ_EVERYTHING)


async def _draft(listing: UUID, actor: Actor) -> dict[str, Any]:
    found = await queries.draft_page(listing, actor)
    if not is_framework(found):
        raise NotFound()
    return dict(found)


async def _show(
    found: dict[str, Any], actor: Actor, form: Bound, now: datetime, status_code: int = 200
) -> Template:
    return page(
        "catalogue/frameworks/terms.html", status_code=status_code, form=form, listing=found,
        lots=await queries.lots(found["id"]), may_edit=may_edit_draft(actor, found),
        mistakes=await framework_mistakes(found, now) if not form.errors else [],
        **await term_choices(found),
    )  # fmt: skip


@get("/listings/drafts/{listing:uuid}/framework", opt=READ_DRAFTS)
async def show_terms(listing: FromPath[UUID], actor: CurrentActor, now: Now) -> Template:
    """The terms as they stand, with what is still wrong."""
    found = await _draft(listing, actor)
    raw = raw_framework(await framework_of(listing))
    if row_of(found).framework == OPEN and not await framework_of(listing):
        raw = {"basis": "pay_standard", "way": "direct"}
    return await _show(found, actor, Bound(raw=raw), now)


@post("/listings/drafts/{listing:uuid}/framework", opt=needs(Permission.DRAFT_LISTING))
async def do_save_terms(
    request: Request[Any, Any, Any], listing: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Store them; on a mistake show the page again with everything typed."""
    found = await _draft(listing, actor)
    numbers = [lot["number"] for lot in await queries.lots(listing)]
    form, terms = framework_form((await posted(request)).texts, numbers)
    if terms is not None:
        try:
            await save_framework(listing, terms, actor, now)
            return go(f"/listings/drafts/{listing}")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _show(found, actor, form, now, 422)


ROUTES: list[Any] = [show_terms, do_save_terms]
