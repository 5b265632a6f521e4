"""The papers of opening, judging and result: each as DOCX and PDF for those whom it concerns, its hash in the audit."""

import hashlib
from datetime import datetime
from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Response, Template

from catalogue.listings.queries import listing_page
from catalogue.notices.content import Paper, as_json, content_hash
from catalogue.notices.official import official_page
from catalogue.notices.shipped_template import shipped_template
from evaluations.papers.content import FORMS, title_of
from evaluations.papers.queries import Desk, desk_of, paper_for, papers_for
from marketplace.accounts.documents.routes import disposition
from marketplace.accounts.guards import SIGNED_IN, CurrentActor, Now
from marketplace.accounts.trail import record
from marketplace.gateways.docx import fill_template
from marketplace.kernel.db import transaction
from marketplace.kernel.errors import NotFound
from marketplace.kernel.i18n import current_language
from marketplace.kernel.web import page
from marketplace.site.county_paper_pages import KINDS
from marketplace.site.notice_pages import shop_of, site_of

PATH = "/listings/{reference:str}/stage-papers"


@get(PATH, opt=SIGNED_IN)
async def show_stage_papers(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """What this reader may have, with what each paper is for. Raises NotFound for those who may have none."""
    desk = await desk_of(await listing_page(reference), actor, now)
    offered = await papers_for(desk)
    if not offered:
        raise NotFound()
    papers = [(each, title_of(each.kind, desk.is_tender), FORMS[each.kind]) for each in offered]
    return page("evaluations/papers/papers.html", listing=desk.listing, papers=papers)


@get(PATH + "/{file:str}", opt=SIGNED_IN)
async def show_stage_paper(
    request: Request[Any, Any, Any], reference: FromPath[str], file: FromPath[str], actor: CurrentActor, now: Now
) -> Response[bytes]:
    """One paper as file: `confirmation.docx` or `letter-1-GY-2026-0001.pdf`."""
    slug, _, kind = file.rpartition(".")
    if kind not in KINDS:
        raise NotFound()
    desk = await desk_of(await listing_page(reference), actor, now)
    token = current_language.set("zh")  # the papers are Chinese, whatever the page around them
    try:
        paper = await paper_for(desk, slug, f"{site_of(request)}/listings/{reference}")
        content = await _file(request, paper, kind)
    finally:
        current_language.reset(token)
    await _note(desk, paper, (kind, content), now)
    headers = {"Content-Disposition": disposition(f"{paper.title} {reference}.{kind}")}
    return Response(content, media_type=KINDS[kind], headers={**headers, "Cache-Control": "private, no-store"})


async def _file(request: Request[Any, Any, Any], paper: Paper, kind: str) -> bytes:
    if kind == "pdf":
        return await shop_of(request).press.press(official_page(paper))
    return await fill_template(shipped_template(), as_json(paper))


async def _note(desk: Desk, paper: Paper, file: tuple[str, bytes], now: datetime) -> None:
    """Which paper went out, by its hash; nobody's name, since a panel is secret until the notice (R-COM-04)."""
    kind, content = file
    detail = {
        "reference": desk.listing["reference"], "paper": paper.kind, "kind": kind,
        "content_sha256": content_hash(paper), "sha256": hashlib.sha256(content).hexdigest(),
    }  # fmt: skip
    async with transaction():
        await record("stage_paper.made", ("listing", str(desk.listing["id"])), desk.actor, detail, now)


ROUTES: list[Any] = [show_stage_papers, show_stage_paper]
