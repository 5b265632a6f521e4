"""补贴申请表 and 发放花名册 as PDF and DOCX, each for those who may see its page."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Response

from catalogue.notices.content import Paper, as_json
from catalogue.notices.official import official_page
from catalogue.notices.shipped_template import shipped_template
from contracts.subsidies import queries
from contracts.subsidies.line_queries import line_page
from contracts.subsidies.line_routes import READING as OF_LINE
from contracts.subsidies.papers import application_paper, roster_paper
from contracts.subsidies.routes import READING
from marketplace.accounts.documents.routes import disposition
from marketplace.accounts.guards import CurrentActor
from marketplace.gateways.docx import fill_template
from marketplace.kernel.errors import NotFound
from marketplace.kernel.i18n import current_language
from marketplace.site.county_paper_pages import KINDS
from marketplace.site.notice_pages import shop_of, site_of


@get("/subsidies/runs/{reference:str}/papers/{file:str}", opt=READING)
async def show_roster(
    request: Request[Any, Any, Any], reference: FromPath[str], file: FromPath[str]
) -> Response[bytes]:
    """`roster.pdf` or `roster.docx`."""
    kind = _kind(file, "roster")
    run = await queries.run_page(reference)
    lines = await queries.bare_lines(run["id"])
    return await _as_file(
        request, lambda: roster_paper(run, lines, f"{site_of(request)}/subsidies/runs/{reference}"), kind
    )


@get("/subsidies/lines/{line_id:uuid}/papers/{file:str}", opt=OF_LINE)
async def show_application(
    request: Request[Any, Any, Any], line_id: FromPath[UUID], file: FromPath[str], actor: CurrentActor
) -> Response[bytes]:
    """`application.pdf` or `application.docx`, for the worker and those who run, approve or supervise subsidies."""
    kind = _kind(file, "application")
    line = await line_page(line_id, actor)
    return await _as_file(
        request, lambda: application_paper(line, f"{site_of(request)}/subsidies/lines/{line_id}"), kind
    )


def _kind(file: str, wanted: str) -> str:
    name, _, kind = file.partition(".")
    if name != wanted or kind not in KINDS:
        raise NotFound()
    return kind


async def _as_file(request: Request[Any, Any, Any], made: Callable[[], Paper], kind: str) -> Response[bytes]:
    token = current_language.set("zh")
    try:
        paper = made()
        if kind == "pdf":
            content = await shop_of(request).press.press(official_page(paper))
        else:
            content = await fill_template(shipped_template(), as_json(paper))
    finally:
        current_language.reset(token)
    headers = {"Content-Disposition": disposition(f"{paper.title} {paper.number}.{kind}")}
    return Response(content, media_type=KINDS[kind], headers={**headers, "Cache-Control": "private, no-store"})


ROUTES: list[Any] = [show_roster, show_application]
