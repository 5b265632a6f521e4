"""The page of a single-source draft: whom it is meant for, and what experts say."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.listings import queries
from catalogue.listings.draft_pages import row_count
from catalogue.listings.methods import row_of
from catalogue.listings.rules import may_edit_draft
from catalogue.listings.sole.queries import expert_opinions, sole_provider
from catalogue.listings.sole.services import NewSole, Opinion, record_sole
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import FormRefused, NotFound
from marketplace.kernel.forms import Bound, Field, parse, parse_rows, proper_name, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

READ_DRAFTS = needs(Permission.DRAFT_LISTING, Permission.APPROVE_LISTING, Permission.READ_EVERYTHING)
SOLE = [Field("name", N_("拟定供应商"), proper_name(200)), Field("address", N_("供应商地址"), text(200))]
OPINION = [
    Field("name", N_("姓名"), proper_name(60)),
    Field("office", N_("工作单位"), proper_name(120)),
    Field("title", N_("职称"), proper_name(60)),
    Field("opinion", N_("论证意见"), text(2000)),
]


async def _sole_page(found: Any, actor: Actor, form: Bound | None, status_code: int = 200) -> Template:
    if not row_of(found).publicity:
        raise NotFound()
    if form is None:
        form, sole = Bound(), await sole_provider(found["id"])
        form.raw = {"name": sole["name"], "address": sole["address"]} if sole else {}
        for i, each in enumerate(await expert_opinions(found["id"])):
            form.raw |= {f"opinions-{i}-{name}": value for name, value in each.items()}
    return page(
        "catalogue/listings/sole/sole.html", status_code=status_code, form=form, listing=found,
        rows=max(row_count(form.raw, "opinions"), 3), may_edit=may_edit_draft(actor, found),
    )  # fmt: skip


@get("/listings/drafts/{listing:uuid}/single-source", opt=READ_DRAFTS)
async def show_sole(listing: FromPath[UUID], actor: CurrentActor) -> Template:
    """Whom it is meant for, as far as it is recorded."""
    return await _sole_page(await queries.draft_page(listing, actor), actor, None)


@post("/listings/drafts/{listing:uuid}/single-source", opt=needs(Permission.DRAFT_LISTING))
async def do_record_sole(
    request: Request[Any, Any, Any], listing: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Record it."""
    found, typed = await queries.draft_page(listing, actor), (await posted(request)).texts
    form = parse(SOLE, typed)
    rows = parse_rows(form, "opinions", OPINION, typed)
    if not form.errors:
        said = tuple(Opinion(r["name"], r["office"], r["title"], r["opinion"]) for r in rows)
        try:
            await record_sole(listing, NewSole(form["name"], form["address"], said), actor, now)
            return go(f"/listings/drafts/{listing}")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _sole_page(found, actor, form, 422)


ROUTES: list[Any] = [show_sole, do_record_sole]
