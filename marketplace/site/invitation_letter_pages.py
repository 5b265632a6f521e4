"""The page and the file of one invitation, for whoever may know of it."""

from typing import Any
from uuid import UUID

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Stream, Template

from catalogue.listings.inviting.queries import invitation_by_id
from catalogue.listings.queries import listing_page
from catalogue.notices.content import from_canonical
from catalogue.notices.kinds import FORMS, LETTER_SLUG, Kind
from catalogue.notices.queries import latest_paper
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.routes import disposition
from marketplace.accounts.guards import PUBLIC
from marketplace.gateways.files import DocumentStore, begun
from marketplace.kernel.errors import NotFound
from marketplace.kernel.i18n import current_language
from marketplace.kernel.qr import qr_svg
from marketplace.kernel.web import page
from marketplace.site.invitation_letters import letter_paper, may_see_letter
from marketplace.site.notice_pages import site_of

Row = dict[str, Any]


async def _found(request: Request[Any, Any, Any], reference: str, invited: UUID) -> tuple[Row, Row]:
    listing = await listing_page(reference)
    found = await invitation_by_id(invited)
    if found is None or found["listing"] != listing["id"]:
        raise NotFound()
    if not may_see_letter(listing, found, request.scope.get("user")):
        raise NotFound()
    return listing, found


@get("/listings/{reference:str}/invitation/{invited:uuid}", opt=PUBLIC)
async def show_letter(request: Request[Any, Any, Any], reference: FromPath[str], invited: FromPath[UUID]) -> Template:
    """One invitation as it was sent. Raises NotFound for whoever may not know of it."""
    listing, found = await _found(request, reference, invited)
    kept = await latest_paper(str(invited), LETTER_SLUG)
    paper = await letter_paper(listing, found, site_of(request))
    if kept and current_language.get() == "zh":
        store: DocumentStore = request.app.state["gateways"].documents
        paper = from_canonical(await store.get(kept["content_key"]))
    return page(
        "marketplace/site/invitation_letter.html", listing=listing, found=found, paper=paper, kept=kept,
        form_=FORMS[Kind.INVITATION], code=qr_svg(paper.address, ""),
        is_own=_is_own(found, request.scope.get("user")),
    )  # fmt: skip


def _is_own(found: Row, actor: Actor | None) -> bool:
    return actor is not None and actor.organisation_id == found["organisation"]


@get("/listings/{reference:str}/invitation/{invited:uuid}/letter.pdf", opt=PUBLIC)
async def download_letter(request: Request[Any, Any, Any], reference: FromPath[str], invited: FromPath[UUID]) -> Stream:
    """The letter's PDF, once it is made. Raises NotFound."""
    await _found(request, reference, invited)
    kept = await latest_paper(str(invited), LETTER_SLUG)
    if kept is None:
        raise NotFound()
    store: DocumentStore = request.app.state["gateways"].documents
    headers = {
        "Content-Disposition": disposition(f"{kept['title']}.pdf"), "Content-Length": str(kept["size"]),
        "Cache-Control": "private, no-store",
    }  # fmt: skip
    return Stream(await begun(store.stream(kept["storage_key"])), media_type=kept["media_type"], headers=headers)


ROUTES: list[Any] = [show_letter, download_letter]
