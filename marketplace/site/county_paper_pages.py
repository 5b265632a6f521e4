"""The county's own papers of a listing, for those who may see its draft: each as DOCX and PDF, filled from data."""

from typing import Any
from uuid import UUID

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Response, Template

from catalogue.listings.queries import draft_page
from catalogue.notices.county_papers import COUNTY_PAPERS, CountyPaper, county_paper
from catalogue.notices.facts import ListingFacts
from catalogue.notices.official import official_page
from catalogue.notices.record_sources import records_of
from catalogue.notices.sources import draft_facts
from catalogue.notices.templates import DOCX, as_docx
from marketplace.accounts.documents.routes import disposition
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import NotFound
from marketplace.kernel.i18n import current_language
from marketplace.kernel.web import page
from marketplace.site.notice_pages import shop_of, site_of

READ = needs(Permission.DRAFT_LISTING, Permission.APPROVE_LISTING, Permission.READ_EVERYTHING)
KINDS = {"docx": DOCX, "pdf": "application/pdf"}


@get("/listings/papers/{listing:uuid}", opt=READ)
async def show_county_papers(listing: FromPath[UUID], actor: CurrentActor) -> Template:
    """The five papers with what each is for."""
    found = await draft_page(listing, actor)
    return page("marketplace/site/county_papers.html", listing=found, papers=COUNTY_PAPERS)


@get("/listings/papers/{listing:uuid}/{file:str}", opt=READ)
async def show_county_paper(
    request: Request[Any, Any, Any], listing: FromPath[UUID], file: FromPath[str], actor: CurrentActor, now: Now
) -> Response[bytes]:
    """One paper as file: `minutes.docx` or `minutes.pdf`."""
    found = await draft_page(listing, actor)
    name, _, kind = file.partition(".")
    if kind not in KINDS or name not in set(CountyPaper):
        raise NotFound()
    token = current_language.set("zh")
    try:
        facts = await draft_facts(found, f"{site_of(request)}/listings/{found['reference']}", now)
        paper = county_paper(CountyPaper(name), facts, await records_of(found))
        content = await _file(request, kind, paper, facts)
    finally:
        current_language.reset(token)
    headers = {"Content-Disposition": disposition(f"{paper.title} {found['reference']}.{kind}")}
    return Response(content, media_type=KINDS[kind], headers={**headers, "Cache-Control": "private, no-store"})


async def _file(request: Request[Any, Any, Any], kind: str, paper: Any, facts: ListingFacts) -> bytes:
    shop = shop_of(request)
    if kind == "pdf":
        return await shop.press.press(official_page(paper))
    return await as_docx(paper, facts, shop.store)


ROUTES: list[Any] = [show_county_papers, show_county_paper]
