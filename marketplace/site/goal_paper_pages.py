"""The forms of the chain from declared goals to their evaluation, each as DOCX and PDF."""

from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Response

from catalogue.notices.content import as_json
from catalogue.notices.official import official_page
from catalogue.notices.shipped_template import shipped_template
from evaluations.performance.goal_papers import goal_paper, papers_of
from evaluations.performance.goals import get_goal
from marketplace.accounts.documents.routes import disposition
from marketplace.accounts.guards import PUBLIC
from marketplace.gateways.docx import fill_template
from marketplace.kernel.errors import NotFound
from marketplace.kernel.i18n import current_language
from marketplace.site.county_paper_pages import KINDS
from marketplace.site.notice_pages import shop_of, site_of


@get("/goals/{reference:str}/papers/{file:str}", opt=PUBLIC)
async def show_goal_paper(
    request: Request[Any, Any, Any], reference: FromPath[str], file: FromPath[str]
) -> Response[bytes]:
    """One form as file: `declaration.docx` or `self-evaluation.pdf`."""
    goal = await get_goal(reference, visible_to=request.scope.get("user"))
    name, _, kind = file.rpartition(".")
    if kind not in KINDS or name not in papers_of(goal["status"]):
        raise NotFound()
    token = current_language.set("zh")  # the forms are Chinese, whatever the page around them
    try:
        paper = goal_paper(name, goal, f"{site_of(request)}/goals/{reference}")
        if kind == "pdf":
            content = await shop_of(request).press.press(official_page(paper))
        else:
            content = await fill_template(shipped_template(), as_json(paper))
    finally:
        current_language.reset(token)
    headers = {"Content-Disposition": disposition(f"{paper.title} {reference}.{kind}")}
    return Response(content, media_type=KINDS[kind], headers={**headers, "Cache-Control": "private, no-store"})


ROUTES: list[Any] = [show_goal_paper]
