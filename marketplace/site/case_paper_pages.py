"""The papers of a case: the form of a household check as DOCX and PDF, each making kept in the audit."""

import hashlib
from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Response

from catalogue.notices.content import as_json
from catalogue.notices.official import official_page
from catalogue.notices.shipped_template import shipped_template
from contracts.household_checks.paper import check_paper
from contracts.household_checks.queries import check_page
from contracts.household_checks.routes import READING
from marketplace.accounts.documents.routes import disposition
from marketplace.accounts.guards import CurrentActor, Now
from marketplace.accounts.trail import record
from marketplace.gateways.docx import fill_template
from marketplace.kernel.db import transaction
from marketplace.kernel.errors import NotFound
from marketplace.kernel.i18n import current_language
from marketplace.site.county_paper_pages import KINDS
from marketplace.site.notice_pages import shop_of, site_of


@get("/household-checks/{reference:str}/papers/{file:str}", opt=READING)
async def show_check_paper(
    request: Request[Any, Any, Any], reference: FromPath[str], file: FromPath[str], actor: CurrentActor, now: Now
) -> Response[bytes]:
    """The form to take along, or filled in once the result is recorded: `form.docx` or `form.pdf`."""
    slug, _, kind = file.rpartition(".")
    if slug != "form" or kind not in KINDS:
        raise NotFound()
    check = await check_page(reference, visible_to=actor)
    token = current_language.set("zh")
    try:
        paper = check_paper(check, f"{site_of(request)}/household-checks/{reference}")
        if kind == "pdf":
            content = await shop_of(request).press.press(official_page(paper))
        else:
            content = await fill_template(shipped_template(), as_json(paper))
    finally:
        current_language.reset(token)
    detail = {"kind": kind, "sha256": hashlib.sha256(content).hexdigest()}
    async with transaction():
        await record("household_check.paper_made", ("household_check", reference), actor, detail, now)
    headers = {"Content-Disposition": disposition(f"{paper.title} {reference}.{kind}")}
    return Response(content, media_type=KINDS[kind], headers={**headers, "Cache-Control": "private, no-store"})


ROUTES: list[Any] = [show_check_paper]
