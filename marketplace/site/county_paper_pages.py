"""The county's own papers of a listing, for those who may see its draft: each as DOCX and PDF, filled from data."""

from typing import Any
from uuid import UUID

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Response, Template

from catalogue.listings.queries import draft_page
from catalogue.notices.county_papers import (
    COUNTY_PAPERS,
    ConfirmationRecord,
    CountyPaper,
    MinutesRecord,
    Records,
    county_paper,
)
from catalogue.notices.facts import ListingFacts
from catalogue.notices.official import official_page
from catalogue.notices.queries import latest_paper
from catalogue.notices.sources import draft_facts
from catalogue.notices.templates import DOCX, as_docx
from marketplace.accounts.documents.routes import disposition
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetchrow
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


async def records_of(listing: dict[str, Any]) -> Records:
    """What was recorded of a listing's preparation; what no page records yet stays a blank to be filled by hand."""
    document = await latest_paper(listing["reference"], "document")
    confirmed = ConfirmationRecord(
        document_sha256=document["sha256"] if document else "", confirmed_by=listing["approved_by_name"] or "",
        confirmed_on=county_day(listing["published_at"]) if listing["published_at"] else None,
    )  # fmt: skip
    return Records(confirmation=confirmed, minutes=await _minutes_of(listing["id"]))


async def _minutes_of(listing: UUID) -> MinutesRecord:
    row = await fetchrow(
        "SELECT m.number, m.held_on, m.decision, p.name FROM meeting_minutes m JOIN person p ON p.id = m.recorded_by"
        " WHERE m.listing = $1 ORDER BY m.held_on DESC LIMIT 1",
        listing,
    )
    if row is None:
        return MinutesRecord()
    return MinutesRecord(row["number"], row["held_on"], recorder=row["name"], decision=row["decision"])


ROUTES: list[Any] = [show_county_papers, show_county_paper]
