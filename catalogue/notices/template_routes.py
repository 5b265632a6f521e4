"""The county's templates: which are in use, the fields they may name, and a new one in place of the old."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from catalogue.notices.fields import FIELDS
from catalogue.notices.templates import (
    DOCX,
    TEMPLATES,
    replace_template,
    template_bytes,
    templates_in_use,
    use_shipped_template,
)  # fmt: skip
from marketplace.accounts.documents.routes import disposition
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.web import go, page, posted

EDIT = needs(Permission.EDIT_PAPER_FORMS)


@get("/paper-templates", opt=EDIT)
async def show_templates(request: Request[Any, Any, Any]) -> Template:
    """Every paper with its template, and the fields."""
    return await _page(Bound(), done="done" in request.query_params)


async def _page(form: Bound, done: bool = False, status_code: int = 200) -> Template:
    return page(
        "catalogue/notices/templates.html", status_code=status_code, form=form, papers=TEMPLATES, fields=FIELDS,
        in_use=await templates_in_use(), done=done,
    )  # fmt: skip


@get("/paper-templates/{paper:str}", opt=EDIT)
async def show_template_file(request: Request[Any, Any, Any], paper: FromPath[str]) -> Response[bytes]:
    """The template in use, to be changed in a word processor."""
    content = await template_bytes(paper, request.app.state["gateways"].documents)
    return Response(content, media_type=DOCX, headers={"Content-Disposition": disposition(f"{paper}.docx")})


@post("/paper-templates/{paper:str}", opt=EDIT)
async def do_replace(
    request: Request[Any, Any, Any], paper: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Take a new template, or say what is wrong with it."""
    files = (await posted(request)).files.get("template", [])
    form = Bound()
    field = f"template-{paper}"
    if not files:
        form.errors[field] = say(N_("请选择一个 docx 文件。"))
        return await _page(form, status_code=422)
    store = request.app.state["gateways"].documents
    try:
        await replace_template(paper, (files[0].filename, await files[0].read()), store, actor, now)
    except NotFound:
        raise
    except DomainError as refused:
        form.errors[field] = refused.sentence
        return await _page(form, status_code=422)
    return go("/paper-templates?done=1")


@post("/paper-templates/{paper:str}/shipped", opt=EDIT)
async def do_use_shipped(paper: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Go back to the shipped template."""
    await use_shipped_template(paper, actor, now)
    return go("/paper-templates?done=1")


ROUTES: list[Any] = [show_templates, show_template_file, do_replace, do_use_shipped]
