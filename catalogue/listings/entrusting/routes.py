"""Hand a draft to an agency, and confirm the document that it publishes."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.listings import queries
from catalogue.listings.draft_pages import check_context
from catalogue.listings.entrusting.pages import entrusting_context
from catalogue.listings.entrusting.services import confirm_document, entrust_listing
from catalogue.listings.rules import check_may_draft_for
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import DomainError, FormRefused
from marketplace.kernel.forms import Bound, Field, identifier, parse
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

DRAFT = needs(Permission.DRAFT_LISTING)
CONFIRM = needs(Permission.APPROVE_LISTING)
ENTRUST = [Field("agreement", N_("委托代理协议"), identifier(), is_required=False)]


async def _entrust_page(
    listing: UUID, form: Bound | None, actor: Actor, now: Any, status_code: int = 200
) -> Template:
    found = await queries.draft_page(listing, actor)
    check_may_draft_for(actor, found["procuring_unit"])
    return page(
        "catalogue/listings/entrusting/entrust.html", status_code=status_code, form=form, listing=found,
        **await entrusting_context(found, actor, now),
    )  # fmt: skip


@get("/listings/drafts/{listing:uuid}/agency", opt=DRAFT)
async def show_entrust(listing: FromPath[UUID], actor: CurrentActor, now: Now) -> Template:
    """Who runs it: the buyer itself, or an agency by a recorded agreement."""
    return await _entrust_page(listing, None, actor, now)


@post("/listings/drafts/{listing:uuid}/agency", opt=DRAFT)
async def do_entrust(
    request: Request[Any, Any, Any], listing: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Hand it over, or take it back."""
    form = parse(ENTRUST, (await posted(request)).texts)
    if not form.errors:
        await queries.draft_page(listing, actor)
        try:
            await entrust_listing(listing, form["agreement"], actor, now)
            return go(f"/listings/drafts/{listing}")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _entrust_page(listing, form, actor, now, 422)


@post("/listings/drafts/{listing:uuid}/confirm", opt=CONFIRM)
async def do_confirm(listing: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect | Template:
    """The buyer's confirmation of the procurement document."""
    found = await queries.draft_page(listing, actor)
    try:
        await confirm_document(listing, actor, now)
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        context = await check_context(found, actor, now)
        form = Bound(errors={"_form": refused.sentence})
        return page("catalogue/listings/check.html", status_code=422, form=form, **context)
    return go(f"/listings/drafts/{listing}/check")


ROUTES: list[Any] = [show_entrust, do_entrust, do_confirm]
