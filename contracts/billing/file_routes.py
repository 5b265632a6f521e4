"""The file of an invoice: taken with it or later, given to whoever may see the invoice."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Stream, Template

from contracts.agreements.rules import is_provider_side
from contracts.billing import queries
from contracts.billing.invoice_files import ACCEPTED, HandedFile, add_file, file_for, files_of
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.queries import document_facts
from marketplace.accounts.documents.routes import as_attachment
from marketplace.accounts.documents.services import LARGEST_UPLOAD_BODY
from marketplace.accounts.guards import SIGNED_IN, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import FormRefused, NotFound
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import PostedForm, go, page, posted

SUBMITTING = needs(Permission.SUBMIT_INVOICE)
MEGABYTE = 1024 * 1024
MOST = 20 * MEGABYTE


async def handed_file(request: Request[Any, Any, Any], sent: PostedForm, form: Bound) -> HandedFile | None:
    """The file of a posted form, if it has one; one that is too large is a mistake beside `file`."""
    files = sent.files.get("file", [])
    if not files:
        return None
    if files[0].file.seek(0, 2) > MOST:
        form.refuse("file", N_("发票文件最大 {most} MB。请上传数电票的原件。"), most=MOST // MEGABYTE)
        return None
    await files[0].seek(0)
    store = request.app.state["gateways"].documents
    return HandedFile(files[0].filename, await files[0].read(), store, agrees=sent.texts.get("agree_file") == "yes")


async def _page(reference: str, actor: Actor, form: Bound | None = None) -> Template:
    invoice = await queries.invoice_page(reference, visible_to=actor)
    has_own = any(each["note_number"] is None for each in await files_of(invoice["id"]))
    if not is_provider_side(actor, invoice) or invoice["is_settlement"] or has_own:
        raise NotFound()
    return page(
        "contracts/billing/add_file.html", status_code=422 if form else 200, invoice=invoice, form=form,
        accepted=ACCEPTED,
    )  # fmt: skip


@get("/invoices/{reference:str}/file", opt=SUBMITTING)
async def show_add_file(reference: FromPath[str], actor: CurrentActor) -> Template:
    """Ask the provider for the file of an invoice that came without one."""
    return await _page(reference, actor)


@post("/invoices/{reference:str}/file", opt=SUBMITTING, request_max_body_size=LARGEST_UPLOAD_BODY)
async def do_add_file(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Keep it."""
    sent = await posted(request)
    form = Bound(raw=dict(sent.texts))
    file = await handed_file(request, sent, form)
    if file is None:
        form.refuse("file", N_("请选择发票文件。"))
        return await _page(reference, actor, form)
    try:
        await add_file(reference, file, form, actor, now)
    except FormRefused as refused:
        form.errors.update(refused.errors)
        return await _page(reference, actor, form)
    return go(f"/invoices/{reference}?done=file")


@get("/invoices/{reference:str}/files/{document:uuid}", opt=SIGNED_IN)
async def download_file(
    request: Request[Any, Any, Any], reference: FromPath[str], document: FromPath[UUID], actor: CurrentActor
) -> Stream:
    """The file itself, for the provider, the buyer's people and finance."""
    found = await file_for(reference, document, actor)
    return await as_attachment(await document_facts(found), request.app.state["gateways"].documents)


ROUTES: list[Any] = [show_add_file, do_add_file, download_file]
