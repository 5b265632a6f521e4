"""The pre-check: handed in by the provider, passed or returned by civil affairs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Stream, Template

from catalogue.items.rules import LEGAL_FORM_LABELS
from marketplace.accounts.documents.queries import document_facts
from marketplace.accounts.documents.routes import as_attachment
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Bound, Field, choice, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted
from vendors.providers import queries
from vendors.providers.rules import (
    FILE_STATUS_LABELS,
    FILE_STATUS_TONES,
    PAPER_LABELS,
    FileStatus,
    masked_contact,
    missing_papers,
    runs_out_soon,
)
from vendors.qualification.queries import list_files, paper_document
from vendors.qualification.services import check_file, see_contact, submit_file

DECISION = [
    Field("decision", N_("预检结果"), choice(["pass", "return"])),
    Field("note", N_("需要补正的内容"), text(600), is_required=False),
]
SEE_CONTACT = [Field("purpose", N_("用途"), text(200))]


@post("/my-organisation/submit", opt=needs(Permission.EDIT_PROVIDER_FILE))
async def do_submit(actor: CurrentActor, now: Now) -> Redirect:
    """Hand the file in."""
    await submit_file(actor, now)
    return go("/my-organisation?done=submitted")


@get("/providers/checks", opt=needs(Permission.CHECK_PROVIDERS))
async def show_files(request: Request[Any, Any, Any]) -> Template:
    """Files that wait for a pre-check, or those in another state."""
    asked = request.query_params.get("status", "")
    status = asked if asked in FILE_STATUS_LABELS else FileStatus.SUBMITTED.value
    return page(
        "vendors/qualification/files.html", files=await list_files(status), chosen=status,
        status_labels=FILE_STATUS_LABELS, status_tones=FILE_STATUS_TONES, legal_forms=LEGAL_FORM_LABELS,
    )  # fmt: skip


async def _file_page(
    reference: str, now: datetime, form: Bound | None, status_code: int = 200, contact: str = ""
) -> Template:
    provider = await queries.provider_by_reference(reference)
    papers = await queries.current_papers(provider["id"])
    today = county_day(now)
    return page(
        "vendors/qualification/file.html", status_code=status_code, form=form, provider=provider, papers=papers,
        missing=missing_papers(provider["legal_form"], [p["kind"] for p in papers]), labels=PAPER_LABELS,
        legal_forms=LEGAL_FORM_LABELS, status_label=FILE_STATUS_LABELS[provider["file_status"]],
        status_tone=FILE_STATUS_TONES[provider["file_status"]], today=today,
        runs_out={p["id"] for p in papers if runs_out_soon(p["valid_until"], today)}, contact=contact,
        masked=masked_contact(provider["contact"]),
    )  # fmt: skip


@get("/providers/checks/{reference:str}", opt=needs(Permission.CHECK_PROVIDERS))
async def show_file(reference: FromPath[str], now: Now) -> Template:
    """One file with its papers."""
    return await _file_page(reference, now, None)


@post("/providers/checks/{reference:str}", opt=needs(Permission.CHECK_PROVIDERS))
async def do_check(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Pass the file or return it with a reason."""
    provider = await queries.provider_by_reference(reference)
    form = parse(DECISION, (await posted(request)).texts)
    if form["decision"] == "return" and not form["note"]:
        form.refuse("note", N_("退回时请写明要补正什么。"))
    if form.errors:
        return await _file_page(reference, now, form, 422)
    try:
        await check_file(provider["id"], form["decision"] == "pass", form["note"] or "", actor, now)
    except DomainError as refused:
        form.errors["decision"] = refused.sentence
        return await _file_page(reference, now, form, refused.status_code)
    return go("/providers/checks")


@post("/providers/checks/{reference:str}/contact", opt=needs(Permission.CHECK_PROVIDERS))
async def do_see_contact(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Template:
    """Show the contact whole once, for a purpose that the audit keeps and the provider sees."""
    form = parse(SEE_CONTACT, (await posted(request)).texts)
    if form.errors:
        return await _file_page(reference, now, form, 422)
    contact = await see_contact(reference, form["purpose"], actor, now)
    return await _file_page(reference, now, None, contact=contact)


@get("/providers/checks/{reference:str}/papers/{paper:uuid}", opt=needs(Permission.CHECK_PROVIDERS))
async def download_paper(
    request: Request[Any, Any, Any], reference: FromPath[str], paper: FromPath[UUID], actor: CurrentActor
) -> Stream:
    """One paper of a file, for the person who checks it."""
    document = await document_facts(await paper_document(reference, paper, actor))
    return as_attachment(document, request.app.state["gateways"].documents)


ROUTES: list[Any] = [do_submit, show_files, show_file, do_check, do_see_contact, download_paper]
