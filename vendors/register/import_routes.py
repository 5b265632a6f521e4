"""For civil affairs: bring in an existing register, find registrations of one body, let one go into the other."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.items.rules import LEGAL_FORM_LABELS
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.gateways.file_types import MIME_TYPES, FileRefused
from marketplace.gateways.spreadsheets import MOST_ROWS, write_sheet
from marketplace.kernel.errors import DomainError, FormRefused
from marketplace.kernel.forms import Bound, Field, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted
from vendors.register import imports, merging
from vendors.register.import_sheets import COLUMNS, FATE_LABELS, Fate

CHECK = needs(Permission.CHECK_PROVIDERS)
MERGER = [Field("reason", N_("为什么是同一家"), text(400))]
SHOWN_ROWS, SHOWN_MISTAKES = 300, 50


@get("/providers/import/template.xlsx", opt=CHECK, sync_to_thread=False)
def register_template() -> Response[bytes]:
    """The headings to fill in under."""
    headers = {"Content-Disposition": 'attachment; filename="register.xlsx"', "Cache-Control": "no-store"}
    return Response(write_sheet(N_("供应商名册"), COLUMNS, []), media_type=MIME_TYPES["xlsx"], headers=headers)


def _import_page(
    form: Bound | None, status_code: int = 200, preview: imports.Preview | None = None, done: int | None = None
) -> Template:
    return page(
        "vendors/register/import.html", status_code=status_code, form=form, preview=preview, columns=COLUMNS,
        most=MOST_ROWS, fates=FATE_LABELS, Fate=Fate, legal_forms=LEGAL_FORM_LABELS, shown_rows=SHOWN_ROWS,
        shown_mistakes=SHOWN_MISTAKES, done=done,
    )  # fmt: skip


@get("/providers/import", opt=CHECK, sync_to_thread=False)
def show_import(request: Request[Any, Any, Any]) -> Template:
    """Ask for the register."""
    done = request.query_params.get("entered", "")
    return _import_page(None, done=int(done) if done.isascii() and done.isdigit() and len(done) < 7 else None)


@post("/providers/import", opt=CHECK)
async def do_import(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Show every row first; the same file sent again, like names judged and the box ticked, enters the new ones."""
    sent, form = await posted(request), Bound()
    files = sent.files.get("file", [])
    if not files:
        form.refuse("file", N_("请选择要导入的表格。"))
        return _import_page(form, 422)
    preview = None
    try:
        content = await files[0].read()
        preview = await imports.preview_register(files[0].filename, content, actor, now)
        if sent.texts.get("confirm") and not preview.mistakes:
            answers = {name: str(value) for name, value in sent.texts.items() if name.startswith("row-")}
            form.raw.update(answers)
            rows = imports.wanted_rows(preview, answers)
            await imports.enter_register(files[0].filename, content, rows, actor, now)
            return go(f"/providers/import?entered={len(rows)}")
    except FileRefused as refused:
        form.errors["file"] = refused.sentence
    except FormRefused as refused:
        form.errors.update(refused.errors)
    except DomainError as refused:
        form.errors["_import"] = refused.sentence
        return _import_page(form, refused.status_code, preview)
    return _import_page(form, 422 if form.errors or (preview and preview.mistakes) else 200, preview)


@get("/providers/duplicates", opt=CHECK)
async def show_duplicates() -> Template:
    """Registrations that may be one body."""
    return page("vendors/register/duplicates.html", pairs=await merging.likely_pairs())


async def _merge_page(kept: str, dropped: str, form: Bound | None, status_code: int = 200) -> Template:
    keeping, going = await merging.two_sides(kept, dropped)
    return page(
        "vendors/register/merge.html", status_code=status_code, form=form, keeping=keeping.facts, going=going.facts,
        keeping_history=merging.history_words(keeping.history), going_history=merging.history_words(going.history),
        legal_forms=LEGAL_FORM_LABELS,
    )  # fmt: skip


@get("/providers/duplicates/{kept:str}/{dropped:str}", opt=CHECK)
async def show_merge(kept: FromPath[str], dropped: FromPath[str]) -> Template:
    """Both registrations side by side, and what would move."""
    return await _merge_page(kept, dropped, None)


@post("/providers/duplicates/{kept:str}/{dropped:str}", opt=CHECK)
async def do_merge(
    request: Request[Any, Any, Any], kept: FromPath[str], dropped: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Let the second registration go into the first."""
    form = parse(MERGER, (await posted(request)).texts)
    if form.errors:
        return await _merge_page(kept, dropped, form, 422)
    try:
        await merging.merge(kept, dropped, form["reason"], actor, now)
    except DomainError as refused:
        if refused.status_code == 404:
            raise
        form.errors["_merge"] = refused.sentence
        return await _merge_page(kept, dropped, form, refused.status_code)
    return go(f"/providers/{kept}")


@post("/providers/duplicates/{first:str}/{second:str}/different", opt=CHECK)
async def do_say_different(first: FromPath[str], second: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """They are two bodies."""
    await merging.say_different(first, second, actor, now)
    return go("/providers/duplicates")


ROUTES: list[Any] = [
    register_template, show_import, do_import, show_duplicates, show_merge, do_merge, do_say_different,
]  # fmt: skip
