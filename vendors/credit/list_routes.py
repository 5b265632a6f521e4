"""Lists of the authorities: template, upload, which name is which provider, confirmation."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.gateways.file_types import MIME_TYPES, FileRefused
from marketplace.gateways.spreadsheets import MOST_ROWS, write_sheet
from marketplace.kernel.errors import DomainError, FormRefused, NotFound
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted
from vendors.credit import lists, queries
from vendors.credit.forms import CHOICE, LIST
from vendors.credit.sheets import COLUMNS
from vendors.providers.rules import CREDIT_LABELS

RECORD = needs(Permission.RECORD_CREDIT)
READ = needs(Permission.RECORD_CREDIT, Permission.READ_EVERYTHING)


@get("/credit/lists/template.xlsx", opt=RECORD, sync_to_thread=False)
def list_template() -> Response[bytes]:
    """The headings to fill in under."""
    headers = {"Content-Disposition": 'attachment; filename="credit-list.xlsx"', "Cache-Control": "no-store"}
    content = write_sheet(N_("信用名单"), COLUMNS, [])
    return Response(content, media_type=MIME_TYPES["xlsx"], headers=headers)


def _upload_page(form: Bound | None, status_code: int = 200, mistakes: Any = ()) -> Template:
    return page(
        "vendors/credit/list_new.html", status_code=status_code, form=form, labels=CREDIT_LABELS, columns=COLUMNS,
        most=MOST_ROWS, mistakes=list(mistakes)[:50],
    )  # fmt: skip


@get("/credit/lists/new", opt=RECORD, sync_to_thread=False)
def show_upload() -> Template:
    """Ask for the list."""
    return _upload_page(None)


@post("/credit/lists/new", opt=RECORD)
async def do_upload(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Keep the list and compare it with the register."""
    sent = await posted(request)
    form = parse(LIST, sent.texts)
    files = sent.files.get("file", [])
    if not files:
        form.refuse("file", N_("请选择名单文件。"))
    mistakes: Any = ()
    if not form.errors:
        new = lists.NewList(form["kind"], form["as_of"], files[0].filename, await files[0].read())
        try:
            return go(f"/credit/lists/{await lists.upload_list(new, actor, now)}")
        except FormRefused as refused:
            form.errors.update(refused.errors)
        except FileRefused as refused:
            form.errors["file"] = refused.sentence
            mistakes = refused.mistakes if isinstance(refused, lists.ListRefused) else ()
    return _upload_page(form, 422, mistakes)


async def _list_page(found: UUID, actor: Actor, refused: DomainError | None = None) -> Template:
    row = await queries.list_page(found)
    rows = await queries.list_rows(found)
    may_act = actor.may(Permission.RECORD_CREDIT)
    return page(
        "vendors/credit/list.html", status_code=refused.status_code if refused else 200, found=row, rows=rows,
        labels=CREDIT_LABELS, refused=refused, may_act=may_act, candidates=await queries.candidates_of(found),
        may_confirm=may_act and row["status"] == "waiting" and row["uploaded_by"] != actor.person_id,
        open_rows=sum(each["is_same"] == "open" for each in rows),
    )  # fmt: skip


@get("/credit/lists/{found:uuid}", opt=READ)
async def show_list(found: FromPath[UUID], actor: CurrentActor) -> Template:
    """One list, row by row, with the provider each may be."""
    return await _list_page(found, actor)


@post("/credit/lists/{found:uuid}/rows/{row:uuid}/{answer:str}", opt=RECORD)
async def do_decide(
    request: Request[Any, Any, Any], row: FromPath[UUID], answer: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect:
    """Say which provider of its name a row means, or that it means none (`other`). Raises NotFound for any other."""
    form = parse(CHOICE, (await posted(request)).texts)
    if answer not in ("same", "other") or (answer == "same" and form["provider"] is None):
        raise NotFound()
    chosen = form["provider"] if answer == "same" else None
    return go(f"/credit/lists/{await lists.decide_row(row, chosen, actor, now)}")


@post("/credit/lists/{found:uuid}/confirm", opt=irreversible(RECORD))
async def do_confirm(found: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect | Template:
    """A second person lets the list count."""
    try:
        await lists.confirm_list(found, actor, now)
    except DomainError as refused:
        if refused.status_code == 404:
            raise
        return await _list_page(found, actor, refused)
    return go(f"/credit/lists/{found}")


@post("/credit/lists/{found:uuid}/drop", opt=RECORD)
async def do_drop(found: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """A list handed in by mistake counts for nothing."""
    await lists.drop_list(found, actor, now)
    return go("/credit")


ROUTES: list[Any] = [
    list_template, show_upload, do_upload, show_list, do_decide, do_confirm, do_drop,
]  # fmt: skip
