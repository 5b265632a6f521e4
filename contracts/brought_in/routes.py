"""Running contracts as a spreadsheet: template, upload, preview of every row, entered by a second person."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.plans.import_routes import as_spreadsheet
from contracts.brought_in import imports
from contracts.brought_in.sheets import COLUMNS
from contracts.brought_in.terms import TERM_COLUMNS
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.gateways.file_types import FileRefused
from marketplace.gateways.spreadsheets import MOST_ROWS, write_sheet
from marketplace.kernel.errors import Conflict
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.web import go, page, posted

HAND_IN = needs(*imports.HANDS_IN)
READ = needs(*imports.HANDS_IN, Permission.READ_EVERYTHING)


@get("/contracts/import/template.xlsx", opt=HAND_IN)
async def contract_import_template() -> Response[bytes]:
    """The headings to fill in under."""
    return as_spreadsheet("contracts-template", write_sheet(N_("正在履行的合同"), COLUMNS, []))


async def _upload_page(actor: Actor, error: Sentence | None, status_code: int = 200) -> Template:
    form = Bound(errors={"file": error} if error else {})
    return page(
        "contracts/brought_in/upload.html", status_code=status_code, form=form, columns=COLUMNS, most=MOST_ROWS,
        imports=await imports.list_imports(), hands_in=imports.may_hand_in(actor),
    )  # fmt: skip


@get("/contracts/import", opt=READ)
async def show_contract_imports(actor: CurrentActor) -> Template:
    """Ask for the file; what was handed in before."""
    return await _upload_page(actor, None)


@post("/contracts/import", opt=HAND_IN)
async def do_upload_contracts(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Keep the file and show all its rows."""
    files = (await posted(request)).files.get("file", [])
    if not files:
        return await _upload_page(actor, say(N_("请选择要导入的表格。")), 422)
    try:
        found = await imports.upload_contracts(files[0].filename, await files[0].read(), actor, now)
    except FileRefused as refused:
        return await _upload_page(actor, refused.sentence, 422)
    return go(f"/contracts/import/{found}")


async def _preview_page(found: UUID, actor: Actor, now: datetime, refused: Conflict | None = None) -> Template:
    row = await imports.import_page(found)
    preview = await imports.preview_import(row, now)
    second = actor.may(Permission.ALLOT_BUDGET) and actor.person_id != row["uploaded_by"]
    return page(
        "contracts/brought_in/preview.html", status_code=409 if refused else 200, import_=row, preview=preview,
        refused=refused, term_columns=TERM_COLUMNS, enters=second,
        drops=second or actor.person_id == row["uploaded_by"],
    )  # fmt: skip


@get("/contracts/import/{found:uuid}", opt=READ)
async def show_contract_preview(found: FromPath[UUID], actor: CurrentActor, now: Now) -> Template:
    """Every contract with its milestones and mistakes by cell, before anything is entered."""
    return await _preview_page(found, actor, now)


@post("/contracts/import/{found:uuid}", opt=irreversible(needs(Permission.ALLOT_BUDGET)))
async def do_enter_contracts(found: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Enter all of it, or say what is in the way."""
    try:
        await imports.enter_contracts(found, actor, now)
    except Conflict as refused:
        return await _preview_page(found, actor, now, refused)
    return go(f"/contracts/import/{found}")


@post("/contracts/import/{found:uuid}/drop", opt=HAND_IN)
async def do_drop_contracts(found: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Do not enter the file."""
    await imports.drop_import(found, actor, now)
    return go("/contracts/import")


ROUTES: list[Any] = [
    contract_import_template, show_contract_imports, do_upload_contracts, show_contract_preview, do_enter_contracts,
    do_drop_contracts,
]  # fmt: skip
