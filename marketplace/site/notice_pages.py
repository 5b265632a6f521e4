"""The notices of a listing for everybody: as page, on paper, and as PDF with its hash."""

import re
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Stream, Template

from catalogue.listings.inviting.queries import check_may_read_documents
from catalogue.listings.queries import listing_by_id, listing_page
from catalogue.notices.content import Paper, from_canonical
from catalogue.notices.kinds import FORMS, LETTER_SLUG, OF_FINANCE, Kind, kind_of
from catalogue.notices.queries import latest_paper, papers_of, published_paper
from catalogue.notices.services import Shop
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.routes import disposition
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.gateways.files import DocumentStore, begun
from marketplace.kernel.db import together
from marketplace.kernel.errors import Forbidden, NotFound
from marketplace.kernel.i18n import N_, current_language
from marketplace.kernel.qr import qr_svg
from marketplace.kernel.web import go, page
from marketplace.site.notice_jobs import comes_by_itself, publish_document_docx, publish_notice_pdf
from marketplace.site.notice_sources import Entry, check_may_read, entries_of, entry_of, paper_of

EXTENSIONS = {
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}


def shop_of(request: Request[Any, Any, Any]) -> Shop:
    """What papers are made with and kept in."""
    gateways = request.app.state["gateways"]
    return Shop(gateways.papers, gateways.documents)


def site_of(request: Request[Any, Any, Any]) -> str:
    """The address of this marketplace, as it stands on papers."""
    return str(request.app.state["settings"].public_address)


@get("/listings/{reference:str}/notices", opt=PUBLIC)
async def show_notices(request: Request[Any, Any, Any], reference: FromPath[str]) -> Template:
    """Every notice of a listing, and every paper that was published with it."""
    listing = await listing_page(reference)
    await check_may_read_documents(listing, request.scope.get("user"))
    return page(
        "marketplace/site/notices.html", listing=listing, entries=await entries_of(listing), forms=FORMS,
        papers=[shown_paper(p) for p in await papers_of(reference)],
    )  # fmt: skip


def file_name(paper: dict[str, Any]) -> str:
    """The name of a paper's file; of several alike, each carries its own number."""
    number = re.search(r"[A-Z]{2,4}-[0-9]{4}-[0-9]+$", paper["slug"])
    return f"{paper['title']}{' ' + number[0] if number else ''}.{EXTENSIONS[paper['media_type']]}"


def shown_paper(paper: dict[str, Any]) -> dict[str, Any]:
    """A published paper as the list of papers shows it."""
    extension = EXTENSIONS[paper["media_type"]]
    return {
        "name": file_name(paper), "url": f"/papers/{paper['id']}", "size": paper["size"],
        "sha256": paper["sha256"], "is_pdf": extension == "pdf", "version": paper["version"],
        "published_at": paper["published_at"],
    }  # fmt: skip


@get("/listings/{reference:str}/notices/{slug:str}", opt=PUBLIC)
async def show_notice(request: Request[Any, Any, Any], reference: FromPath[str], slug: FromPath[str]) -> Template:
    """One notice as it was published, with its code, its hash and its file."""
    listing = await listing_page(reference)
    await check_may_read(listing, slug, request.scope.get("user"))
    entry, kept, papers = await together(
        entry_of(listing, slug), latest_paper(reference, slug), papers_of(reference)
    )
    paper = await published_or_written(request, listing, entry, kept)
    return page(
        "marketplace/site/notice.html", listing=listing, entry=entry, paper=paper, form_=FORMS[entry.kind],
        kept=kept, files=[shown_paper(p) for p in papers if p["slug"] == slug],
        content_sha256=kept["content_sha256"] if kept else "",
        code=qr_svg(f"{site_of(request)}/listings/{reference}/notices/{slug}", ""),
        may_press=may_press(request.scope.get("user"), listing, slug),
        comes_by_itself=comes_by_itself(entry.published_at, request.scope["county_now"]),  # type: ignore[typeddict-item]
    )  # fmt: skip


async def published_or_written(
    request: Request[Any, Any, Any], listing: dict[str, Any], entry: Entry, kept: dict[str, Any] | None
) -> Paper:
    """In Chinese what was published, word for word; before that, and in English, what the facts say."""
    if kept and current_language.get() == "zh":
        store: DocumentStore = request.app.state["gateways"].documents
        return from_canonical(await store.get(kept["content_key"]))
    return await paper_of(listing, entry, site_of(request))


def may_press(actor: Actor | None, listing: dict[str, Any], slug: str) -> bool:
    """The reviewers of the procuring unit publish its papers, finance publishes its own."""
    if kind_of(slug) in OF_FINANCE:
        return bool(actor and actor.may(Permission.DECIDE_COMPLAINT))
    return bool(actor and actor.may(Permission.APPROVE_LISTING) and actor.organisation_id == listing["procuring_unit"])


@post(
    "/listings/{reference:str}/notices/{slug:str}/pdf",
    opt=needs(Permission.APPROVE_LISTING, Permission.DECIDE_COMPLAINT),
)
async def do_press(
    request: Request[Any, Any, Any], reference: FromPath[str], slug: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect:
    """Publish the PDF of a notice now; the worker does it by itself within a minute."""
    listing = await listing_page(reference)
    if not may_press(actor, listing, slug):
        if kind_of(slug) in OF_FINANCE:
            raise Forbidden(N_("投诉处理结果由财政部门公告。请联系财政部门。"), clause="R-DISP-07")
        raise Forbidden(N_("只有采购人本单位的人可以复核。请联系采购人。"))
    shop, site = shop_of(request), site_of(request)
    if slug == Kind.DOCUMENT:
        await publish_document_docx(reference, slug, shop, site, (actor, now))
    await publish_notice_pdf(reference, slug, shop, site, (actor, now))
    return go(f"/listings/{reference}/notices/{slug}")


@get("/papers/{paper_id:uuid}", opt=PUBLIC)
async def show_file(request: Request[Any, Any, Any], paper_id: FromPath[UUID]) -> Stream:
    """The bytes of a published paper."""
    paper = await published_paper(paper_id)
    if paper["slug"] == LETTER_SLUG:
        raise NotFound()  # an invitation's letter has a page of its own, which knows who may see it
    if paper["listing"]:
        await check_may_read(await listing_by_id(paper["listing"]), paper["slug"], request.scope.get("user"))
    store: DocumentStore = request.app.state["gateways"].documents
    name = file_name(paper)
    return Stream(
        await begun(store.stream(paper["storage_key"])),
        media_type=paper["media_type"],
        headers={
            "Content-Disposition": disposition(name),
            "Content-Length": str(paper["size"]),
            "Cache-Control": "public, max-age=31536000, immutable",
            "ETag": f'"{paper["sha256"]}"',
        },
    )


ROUTES: list[Any] = [show_notices, show_notice, do_press, show_file]
