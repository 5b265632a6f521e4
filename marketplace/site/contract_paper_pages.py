"""The papers of a contract: each as DOCX and PDF for those whom it concerns, its hash in the audit."""

import hashlib
from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Response, Template

from catalogue.notices.content import Paper, as_json, content_hash
from catalogue.notices.official import official_page
from catalogue.notices.shipped_template import shipped_template
from contracts.agreements.queries import contract_facts
from contracts.agreements.routes import reader
from contracts.handovers.queries import handover_page
from contracts.handovers.queries import signatures_of as handover_signatures
from contracts.handovers.routes import READING
from contracts.papers.content import FORMS, handover_list
from contracts.papers.queries import paper_for, papers_for
from marketplace.accounts.documents.routes import disposition
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now
from marketplace.accounts.trail import record
from marketplace.gateways.docx import fill_template
from marketplace.kernel.db import transaction
from marketplace.kernel.errors import NotFound
from marketplace.kernel.i18n import current_language
from marketplace.kernel.web import page
from marketplace.site.county_paper_pages import KINDS
from marketplace.site.notice_pages import shop_of, site_of

PATH = "/contracts/{reference:str}/papers"


@get(PATH, opt=PUBLIC)
async def show_contract_papers(request: Request[Any, Any, Any], reference: FromPath[str]) -> Template:
    """What this reader may have, with what each paper is for."""
    actor = reader(request)
    contract = await contract_facts(reference, visible_to=actor)
    papers = [(each, FORMS[each.kind]) for each in await papers_for(contract, actor)]
    return page("contracts/papers/list.html", contract=contract, papers=papers)


@get(PATH + "/{file:str}", opt=PUBLIC)
async def show_contract_paper(
    request: Request[Any, Any, Any], reference: FromPath[str], file: FromPath[str], now: Now
) -> Response[bytes]:
    """One paper as file: `filing.docx` or `acceptance-1.pdf`."""
    slug, _, kind = file.rpartition(".")
    if kind not in KINDS:
        raise NotFound()
    actor = reader(request)
    contract = await contract_facts(reference, visible_to=actor)
    token = current_language.set("zh")  # the papers are Chinese, whatever the page around them
    try:
        paper = await paper_for(contract, slug, actor, f"{site_of(request)}/contracts/{reference}")
        content = await _file(request, paper, kind)
    finally:
        current_language.reset(token)
    if actor is not None:
        detail = {
            "reference": reference, "paper": slug, "kind": kind, "content_sha256": content_hash(paper),
            "sha256": hashlib.sha256(content).hexdigest(),
        }  # fmt: skip
        async with transaction():
            await record("contract_paper.made", ("contract", str(contract["id"])), actor, detail, now)
    headers = {"Content-Disposition": disposition(f"{paper.title} {reference}.{kind}")}
    return Response(content, media_type=KINDS[kind], headers={**headers, "Cache-Control": "private, no-store"})


@get("/handovers/{reference:str}/papers/{file:str}", opt=READING)
async def show_handover_list(
    request: Request[Any, Any, Any], reference: FromPath[str], file: FromPath[str], actor: CurrentActor, now: Now
) -> Response[bytes]:
    """The list of residents as a paper, as far as this reader may see it: `list.pdf` or `list.docx`."""
    slug, _, kind = file.rpartition(".")
    if slug != "list" or kind not in KINDS:
        raise NotFound()
    handover = await handover_page(reference, visible_to=actor)
    signatures = await handover_signatures(handover)
    token = current_language.set("zh")
    try:
        address = f"{site_of(request)}/handovers/{reference}"
        content = await _file(request, handover_list(handover, handover["residents"], signatures, address), kind)
    finally:
        current_language.reset(token)
    detail = {"reference": reference, "kind": kind, "sha256": hashlib.sha256(content).hexdigest()}
    async with transaction():
        await record("contract_paper.made", ("contract", str(handover["contract"])), actor, detail, now)
    headers = {"Content-Disposition": disposition(f"移交清单 {reference}.{kind}")}
    return Response(content, media_type=KINDS[kind], headers={**headers, "Cache-Control": "private, no-store"})


async def _file(request: Request[Any, Any, Any], paper: Paper, kind: str) -> bytes:
    if kind == "pdf":
        return await shop_of(request).press.press(official_page(paper))
    return await fill_template(shipped_template(), as_json(paper))


ROUTES: list[Any] = [show_contract_papers, show_contract_paper, show_handover_list]
