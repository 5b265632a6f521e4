"""Grants to providers: all with their totals, one more, one taken back, and a spreadsheet."""

import re
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Stream, Template

from catalogue.items.rules import LEGAL_FORM_LABELS, LegalForm
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.queries import document_facts
from marketplace.accounts.documents.routes import as_attachment
from marketplace.accounts.documents.services import LARGEST_UPLOAD_BODY, NewDocument
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.gateways.file_types import MIME_TYPES
from marketplace.gateways.spreadsheets import Column, write_sheet
from marketplace.kernel.errors import FormRefused, NotFound
from marketplace.kernel.forms import Bound, Field, choice, day, money, parse, text
from marketplace.kernel.i18n import N_, translate
from marketplace.kernel.web import go, page, posted
from vendors.incentives import queries, services
from vendors.incentives.rules import KIND_LABELS, NewIncentive, totals

ACCEPTED = ".pdf,.ofd,.docx,.png,.jpg,.jpeg"
GRANT = needs(Permission.GRANT_INCENTIVES)
READ = needs(Permission.GRANT_INCENTIVES, Permission.READ_EVERYTHING)

INCENTIVE = [
    Field("provider", N_("供应商"), text(40)),
    Field("kind", N_("种类"), choice(list(KIND_LABELS))),
    Field("amount", N_("金额"), money(), is_required=False),
    Field("starts_on", N_("开始日期"), day()),
    Field("ends_on", N_("结束日期"), day(), is_required=False),
    Field("document", N_("文号"), text(120)),
    Field("reason", N_("理由"), text(500)),
]
WITHDRAW = [Field("reason", N_("撤回的原因"), text(300))]

EXPORTED = [
    Column("reference", N_("编号"), text(40)),
    Column("name", N_("供应商"), text(120)),
    Column("legal_form", N_("组织形式"), text(40)),
    Column("kind", N_("种类"), text(40)),
    Column("amount", N_("金额"), money(), is_required=False),
    Column("starts_on", N_("开始日期"), day()),
    Column("ends_on", N_("结束日期"), day(), is_required=False),
    Column("document", N_("文号"), text(120)),
    Column("reason", N_("理由"), text(500)),
    Column("withdraw_reason", N_("撤回的原因"), text(300), is_required=False),
]


def asked_year(request: Request[Any, Any, Any]) -> int | None:
    """The year of the address; anything else means every year."""
    typed = request.query_params.get("year", "")
    return int(typed) if re.fullmatch(r"20[0-9]{2}", typed, re.ASCII) else None


async def _list_page(actor: Actor, year: int | None, form: Bound | None = None, status_code: int = 200) -> Template:
    grants = await queries.all_grants()
    shown = [g for g in grants if year is None or g["starts_on"].year == year]
    return page(
        "vendors/incentives/incentives.html", status_code=status_code, form=form, grants=shown, totals=totals(shown),
        kinds=KIND_LABELS, legal_forms=LEGAL_FORM_LABELS, year=year, may_grant=actor.may(Permission.GRANT_INCENTIVES),
        years=sorted({g["starts_on"].year for g in grants}, reverse=True),
    )  # fmt: skip


@get("/incentives", opt=READ)
async def show_incentives(request: Request[Any, Any, Any], actor: CurrentActor) -> Template:
    """Every grant with the totals by year and legal form."""
    return await _list_page(actor, asked_year(request))


@get("/incentives/export.xlsx", opt=READ)
async def export_incentives(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The grants of a year, or all, as a spreadsheet."""
    rows = [
        {
            **grant, "legal_form": translate(LEGAL_FORM_LABELS[LegalForm(grant["legal_form"])]),
            "kind": translate(KIND_LABELS[grant["kind"]]),
        }
        for grant in await queries.all_grants(asked_year(request))
    ]  # fmt: skip
    headers = {"Content-Disposition": 'attachment; filename="incentives.xlsx"', "Cache-Control": "no-store"}
    content = write_sheet(N_("激励措施"), EXPORTED, rows)
    return Response(content, media_type=MIME_TYPES["xlsx"], headers=headers)


def _form_page(form: Bound, status_code: int = 200) -> Template:
    return page(
        "vendors/incentives/new.html", status_code=status_code, form=form, kinds=KIND_LABELS, accepted=ACCEPTED
    )


@get("/incentives/new", opt=GRANT, sync_to_thread=False)
def show_new(request: Request[Any, Any, Any]) -> Template:
    """Ask what is granted to whom."""
    return _form_page(Bound(raw={"provider": request.query_params.get("provider", "")[:40]}))


@post("/incentives/new", opt=irreversible(GRANT), request_max_body_size=LARGEST_UPLOAD_BODY)
async def do_grant(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Record the grant."""
    sent = await posted(request)
    form = parse(INCENTIVE, sent.texts)
    files = sent.files.get("paper", [])
    if not files:
        form.refuse("paper", N_("请上传作出决定的文件。"))
    if not form.errors:
        values = {name: value for name, value in form.values.items() if name != "provider"}
        try:
            paper = NewDocument(files[0].filename, files[0].file)
            grant = services.NewGrant(form["provider"], NewIncentive(**values), paper)
            await services.grant_incentive(grant, request.app.state["gateways"].documents, actor, now)
            return go("/incentives")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return _form_page(form, 422)


@get("/incentives/{reference:str}/paper", opt=PUBLIC)
async def download_paper(request: Request[Any, Any, Any], reference: FromPath[str]) -> Stream:
    """The paper of a grant: for everybody while the grant stands, then for those who read all grants."""
    grant, actor = await queries.grant_by_reference(reference), request.scope.get("user")
    reads_all = actor is not None and (actor.may(Permission.GRANT_INCENTIVES) or actor.may(Permission.READ_EVERYTHING))
    if grant["paper"] is None or (grant["withdrawn_at"] and not reads_all):
        raise NotFound()
    return await as_attachment(await document_facts(grant["paper"]), request.app.state["gateways"].documents)


@post("/incentives/{reference:str}/withdraw", opt=GRANT)
async def do_withdraw(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Take a wrong record back."""
    form = parse(WITHDRAW, (await posted(request)).texts)
    if form.errors:
        # the list has a field of this name in every row: the summary names the mistake without a link
        form.errors = {"_reason": form.errors["reason"]}
        return await _list_page(actor, None, form, 422)
    await services.withdraw_incentive(reference, form["reason"], actor, now)
    return go("/incentives")


ROUTES: list[Any] = [show_incentives, export_incentives, show_new, do_grant, download_paper, do_withdraw]
