"""Study, examinations, the code on paper and a whole roster, for the employer."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.gateways.file_types import MIME_TYPES, FileRefused
from marketplace.gateways.spreadsheets import write_sheet
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import DomainError, FormRefused
from marketplace.kernel.forms import Bound, Field, choice, day, identifier, money, parse, text, whole_number
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted
from vendors.workers import exams, files, imports, invitations
from vendors.workers.rules import DEGREE_LABELS, LEVEL_LABELS, RESULT_LABELS, Level
from vendors.workers.sheets import columns_for
from vendors.workers.spells import employer_of, own_worker

MANAGE = needs(Permission.MANAGE_WORKERS)
ROSTER = "/my-organisation/workers"

STUDY = [
    Field("degree", N_("学历"), choice(list(DEGREE_LABELS))),
    Field("degree_study", N_("在读专业"), text(120), is_required=False),
    Field("graduated_on", N_("毕业日期"), day(), is_required=False),
    Field("towns", N_("服务的镇（街道）"), identifier(), is_required=False, is_list=True),
]
EXAM = [
    Field("year", N_("考试年份"), whole_number(2008, 2100)),
    Field("level", N_("报考等级"), choice([level.value for level in Level if level != Level.NONE])),
    Field("result", N_("成绩"), choice(list(RESULT_LABELS))),
    Field("fee", N_("考试费"), money(Decimal("0.01"), Decimal(99_999)), is_required=False),
    Field("fee_support", N_("考试费补助"), money(Decimal("0.01"), Decimal(99_999)), is_required=False),
    Field("support_document", N_("补助文号"), text(120), is_required=False),
]



async def _file_page(worker: UUID, actor: Actor, now: Any, form: Bound | None, status_code: int = 200) -> Template:
    row = await own_worker(worker, actor)
    file = await files.own_file(worker, actor)
    return page(
        "vendors/workers/file.html", status_code=status_code, form=form, worker=row, file=file, levels=LEVEL_LABELS,
        degrees=DEGREE_LABELS, results=RESULT_LABELS, all_towns=await files.towns(),
        **await files.file_parts(file["id"], county_day(now)),
    )  # fmt: skip


@get(ROSTER + "/{worker:uuid}/file", opt=MANAGE)
async def show_file(worker: FromPath[UUID], actor: CurrentActor, now: Now) -> Template:
    """Study, examinations and towns of one worker."""
    return await _file_page(worker, actor, now, None)


@post(ROSTER + "/{worker:uuid}/study", opt=MANAGE)
async def do_study(
    request: Request[Any, Any, Any], worker: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Keep degree, study and towns."""
    form = parse(STUDY, (await posted(request)).texts)
    if not form.errors:
        study = files.Study(form["degree"], form["degree_study"] or "", form["graduated_on"], tuple(form["towns"]))
        try:
            await files.change_study(worker, study, actor, now)
            return go(f"{ROSTER}/{worker}/file")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _file_page(worker, actor, now, form, 422)


@post(ROSTER + "/{worker:uuid}/exams", opt=MANAGE)
async def do_exam(
    request: Request[Any, Any, Any], worker: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Enter a try at the examination, or its result."""
    form = parse(EXAM, (await posted(request)).texts)
    if not form.errors:
        exam = exams.Exam(**{**form.values, "support_document": form["support_document"] or ""})
        try:
            await exams.put_exam(worker, exam, actor, now)
            return go(f"{ROSTER}/{worker}/file")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _file_page(worker, actor, now, form, 422)


@post(ROSTER + "/{worker:uuid}/exams/{exam:uuid}/confirm", opt=MANAGE)
async def do_confirm_support(worker: FromPath[UUID], exam: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """A colleague confirms the support that another one entered."""
    await exams.confirm_support(exam, worker, actor, now)
    return go(f"{ROSTER}/{worker}/file")


@post(ROSTER + "/{worker:uuid}/code", opt=MANAGE)
async def do_invite(worker: FromPath[UUID], actor: CurrentActor, now: Now) -> Template:
    """A code to print; it is shown this once."""
    code = await invitations.invite(worker, actor, now)
    return page("vendors/workers/code.html", code=code, worker=await own_worker(worker, actor))


@get(ROSTER + "/template.xlsx", opt=MANAGE)
async def roster_template(actor: CurrentActor) -> Response[bytes]:
    """The headings to fill in under."""
    columns = columns_for(await employer_of(actor))
    headers = {"Content-Disposition": 'attachment; filename="workers.xlsx"', "Cache-Control": "no-store"}
    return Response(write_sheet(N_("社会工作者名册"), columns, []), media_type=MIME_TYPES["xlsx"], headers=headers)


def _import_page(form: Bound | None, status_code: int = 200, preview: Any = None) -> Template:
    return page("vendors/workers/import.html", status_code=status_code, form=form, preview=preview)


@get(ROSTER + "/import", opt=MANAGE, sync_to_thread=False)
def show_import() -> Template:
    """Ask for the roster."""
    return _import_page(None)


@post(ROSTER + "/import", opt=MANAGE)
async def do_import(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Show every row first; the same file sent again with the box ticked enters all of it or nothing."""
    sent, form = await posted(request), Bound()
    files_sent = sent.files.get("file", [])
    if not files_sent:
        form.refuse("file", N_("请选择要导入的表格。"))
        return _import_page(form, 422)
    try:
        content = await files_sent[0].read()
        preview = await imports.preview_roster(files_sent[0].filename, content, actor)
        if sent.texts.get("confirm") and not preview.mistakes and preview.new:
            await imports.enter_roster(preview, actor, now)
            return go(ROSTER)
    except FileRefused as refused:
        form.errors["file"] = refused.sentence
        return _import_page(form, 422)
    except DomainError as refused:
        form.errors["_import"] = refused.sentence
        return _import_page(form, refused.status_code)
    return _import_page(form, 422 if preview.mistakes else 200, preview)


ROUTES: list[Any] = [
    roster_template, show_import, do_import, show_file, do_study, do_exam, do_confirm_support, do_invite,
]  # fmt: skip
