"""The budget as a spreadsheet: template, upload, preview of every row, confirmation, export."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.plans import imports, queries
from catalogue.plans.filters import Paging, chosen_lines, page_number
from catalogue.plans.sheets import COLUMNS, EXPORTED
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.gateways.file_types import MIME_TYPES, FileRefused
from marketplace.gateways.spreadsheets import MOST_ROWS, write_sheet
from marketplace.kernel.errors import Conflict
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.web import go, page, posted, url

ALLOT = needs(Permission.ALLOT_BUDGET)
ROWS_A_PAGE = 100


def as_spreadsheet(name: str, content: bytes) -> Response[bytes]:
    """A spreadsheet to be kept."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"', "Cache-Control": "no-store"}
    return Response(content, media_type=MIME_TYPES["xlsx"], headers=headers)


@get("/budget/export.xlsx", opt=needs(Permission.VIEW_BUDGET))
async def export_budget(request: Request[Any, Any, Any], actor: CurrentActor) -> Response[bytes]:
    """The chosen lines with their codes and where their money stands."""
    lines = await queries.list_lines(actor, chosen_lines(request))
    rows = [{**line, "buyer": line["buyer_name"], "amount": line["appropriated"]} for line in lines]
    return as_spreadsheet("budget", write_sheet(N_("预算"), EXPORTED, rows))


@get("/budget/import/template.xlsx", opt=ALLOT, sync_to_thread=False)
def import_template() -> Response[bytes]:
    """The headings to fill in under."""
    return as_spreadsheet("budget-template", write_sheet(N_("预算"), COLUMNS, []))


def _upload_page(error: Sentence | None, status_code: int = 200) -> Template:
    form = Bound(errors={"file": error} if error else {})
    return page("catalogue/plans/import.html", status_code=status_code, form=form, columns=COLUMNS, most=MOST_ROWS)


@get("/budget/import", opt=ALLOT, sync_to_thread=False)
def show_import() -> Template:
    """Ask for the file."""
    return _upload_page(None)


@post("/budget/import", opt=ALLOT)
async def do_upload(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Keep the file and show all its rows."""
    files = (await posted(request)).files.get("file", [])
    if not files:
        return _upload_page(say(N_("请选择要导入的表格。")), 422)
    try:
        found = await imports.upload_budget(files[0].filename, await files[0].read(), actor, now)
    except FileRefused as refused:
        return _upload_page(refused.sentence, 422)
    return go(f"/budget/import/{found}")


@get("/budget/import/{found:uuid}", opt=ALLOT)
async def show_preview(
    request: Request[Any, Any, Any], found: FromPath[UUID], actor: CurrentActor, now: Now
) -> Template:
    """Every row with its mistakes by cell, before anything is saved."""
    return await _preview_page(request, found, actor, now, None)


async def _preview_page(
    request: Request[Any, Any, Any], found: UUID, actor: Actor, now: datetime, refused: Conflict | None
) -> Template:
    row = await imports.import_page(found, actor)
    preview = await imports.preview_import(row, now)
    show = request.query_params.get("show", "")
    groups = {
        "wrong": [(each, None) for each in preview.wrong],
        "new": [(each, None) for each in preview.new],
        "existing": list(preview.existing),
    }
    rows = groups.get(show) or sorted((pair for group in groups.values() for pair in group), key=lambda p: p[0].number)
    number = page_number(request)
    here = url(f"/budget/import/{found}")
    return page(
        "catalogue/plans/preview.html", status_code=409 if refused else 200, import_=row, preview=preview, show=show,
        columns=COLUMNS, rows=rows[(number - 1) * ROWS_A_PAGE : number * ROWS_A_PAGE],
        refused=refused, page=Paging(number, len(rows), lambda n: f"{here}?{urlencode({'show': show, 'page': n})}",
        ROWS_A_PAGE), counts={name: len(group) for name, group in groups.items()},
    )  # fmt: skip


@post("/budget/import/{found:uuid}", opt=ALLOT)
async def do_confirm(
    request: Request[Any, Any, Any], found: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Enter all of it, or say what is in the way."""
    try:
        await imports.confirm_import(found, actor, now)
    except Conflict as refused:
        return await _preview_page(request, found, actor, now, refused)
    return go(f"/budget?import={found}")


ROUTES: list[Any] = [export_budget, import_template, show_import, do_upload, show_preview, do_confirm]
