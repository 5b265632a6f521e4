"""Parts of an invoice: taken back by a credit note, disputed by the buyer, and how a dispute was settled."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from contracts.agreements.rules import is_buyer_side, is_provider_side
from contracts.billing import queries
from contracts.billing.credit_notes import submit_credit_note
from contracts.billing.disputes import raise_dispute, settle_dispute
from contracts.billing.file_routes import handed_file
from contracts.billing.forms import CREDIT_NOTE, DISPUTE, LATE_CREDIT, REFUND, SETTLEMENT
from contracts.billing.invoice_files import ACCEPTED
from contracts.billing.late_credit_rules import WAY_LABELS
from contracts.billing.late_credits import receive_refund, submit_late_credit
from contracts.billing.rules import DOCUMENT_KINDS
from contracts.promises.queries import promise_of
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.services import LARGEST_UPLOAD_BODY
from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import DomainError, FormRefused, NotFound
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.web import go, page, posted

SUBMITTING, DISPUTING = needs(Permission.SUBMIT_INVOICE), needs(Permission.ACCEPT_WORK)
SETTLING = needs(Permission.ACCEPT_WORK, Permission.SUBMIT_INVOICE)


async def _credit_page(reference: str, actor: Actor, form: Bound | None = None) -> Template:
    invoice = await queries.invoice_page(reference, visible_to=actor)
    is_paid = invoice["status"] == "paid" and invoice["acceptance"] is not None
    is_open = invoice["status"] == "submitted" or is_paid
    if not is_provider_side(actor, invoice) or not is_open or invoice["is_settlement"]:
        raise NotFound()
    left = invoice["payable"] - await queries.credited_late(invoice["id"])
    return page(
        "contracts/billing/credit_note.html", status_code=422 if form else 200, invoice=invoice, form=form,
        accepted=ACCEPTED, is_paid=is_paid, left=left, ways=WAY_LABELS,
    )  # fmt: skip


@get("/invoices/{reference:str}/credit-note", opt=SUBMITTING)
async def show_credit_note(reference: FromPath[str], actor: CurrentActor) -> Template:
    """Ask the provider for its credit note."""
    return await _credit_page(reference, actor)


@post(
    "/invoices/{reference:str}/credit-note", opt=irreversible(SUBMITTING), request_max_body_size=LARGEST_UPLOAD_BODY
)
async def do_credit(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Take the invoice back, wholly or in part."""
    sent = await posted(request)
    is_paid = (await queries.invoice_page(reference, visible_to=actor))["status"] == "paid"
    form = parse(LATE_CREDIT if is_paid else CREDIT_NOTE, sent.texts)
    file = await handed_file(request, sent, form)
    if form.errors:
        return await _credit_page(reference, actor, form)
    try:
        await (submit_late_credit if is_paid else submit_credit_note)(reference, form, actor, now, file)
    except FormRefused as refused:
        form.errors.update(refused.errors)
        return await _credit_page(reference, actor, form)
    return go(f"/invoices/{reference}?done=credited")


@post("/credit-notes/{note:uuid}/refund", opt=irreversible(needs(Permission.APPROVE_PAYMENT)))
async def do_receive_refund(
    request: Request[Any, Any, Any], note: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Note that the money of a credit note came back."""
    form = parse(REFUND, (await posted(request)).texts)
    if not form.errors:
        try:
            reference = await receive_refund(note, form["returned_on"], form["proof"], actor, now)
            return go(f"/invoices/{reference}?done=refunded")
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["returned_on"] = refused.sentence
    return await _refund_page(note, actor, form)


async def _refund_page(note: UUID, actor: Actor, form: Bound | None = None) -> Template:
    found = next((each for each in await queries.late_credits_open() if each["id"] == note), None)
    if found is None:
        raise NotFound()
    return page(
        "contracts/billing/refund.html", status_code=422 if form else 200, note=found, form=form,
        invoice=await queries.invoice_page(found["invoice_reference"], visible_to=actor), ways=WAY_LABELS,
    )  # fmt: skip


@get("/credit-notes/{note:uuid}/refund", opt=needs(Permission.APPROVE_PAYMENT))
async def show_refund(note: FromPath[UUID], actor: CurrentActor) -> Template:
    """Ask finance when the money came back and by which slip."""
    return await _refund_page(note, actor)


async def _dispute_form(reference: str, actor: Actor, now: datetime, form: Bound | None = None) -> Template:
    invoice = await queries.invoice_page(reference, visible_to=actor)
    is_open = invoice["status"] == "submitted" and invoice["acceptance"] and not invoice["is_settlement"]
    if not is_buyer_side(actor, invoice) or not is_open:
        raise NotFound()
    today = county_day(now)
    return page(
        "contracts/billing/dispute.html", status_code=422 if form else 200, invoice=invoice, form=form,
        promise=await promise_of(invoice["id"], today), is_late=today > invoice["due_on"],
    )  # fmt: skip


@get("/invoices/{reference:str}/dispute", opt=DISPUTING)
async def show_dispute(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """Ask the buyer which part is disputed, why, and by which clause."""
    return await _dispute_form(reference, actor, now)


@post("/invoices/{reference:str}/dispute", opt=irreversible(DISPUTING))
async def do_dispute(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Let a part wait; the rest goes on to be paid."""
    form = parse(DISPUTE, (await posted(request)).texts)
    if form.errors:
        return await _dispute_form(reference, actor, now, form)
    try:
        await raise_dispute(reference, form, actor, now)
    except FormRefused as refused:
        form.errors.update(refused.errors)
        return await _dispute_form(reference, actor, now, form)
    return go(f"/invoices/{reference}?done=disputed")


async def _settlement_page(reference: str, actor: Actor, form: Bound | None = None) -> Template:
    dispute = await queries.dispute_page(reference, visible_to=actor)
    is_provider = is_provider_side(actor, dispute)
    if dispute["status"] != "open" or not (is_provider or is_buyer_side(actor, dispute)):
        raise NotFound()
    return page(
        "contracts/billing/settlement.html", status_code=422 if form else 200, dispute=dispute, form=form,
        is_provider=is_provider, document_kinds=DOCUMENT_KINDS,
    )  # fmt: skip


@get("/disputed-parts/{reference:str}", opt=SETTLING)
async def show_settlement(reference: FromPath[str], actor: CurrentActor) -> Template:
    """Ask either side how a disputed part was settled."""
    return await _settlement_page(reference, actor)


@post("/disputed-parts/{reference:str}", opt=irreversible(SETTLING))
async def do_settle(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Pay the part that is owed after all, and give the rest back to the budget."""
    form = parse(SETTLEMENT, (await posted(request)).texts)
    if form.errors:
        return await _settlement_page(reference, actor, form)
    try:
        invoice = await settle_dispute(reference, form, actor, now)
    except FormRefused as refused:
        form.errors.update(refused.errors)
        return await _settlement_page(reference, actor, form)
    dispute = await queries.dispute_page(reference, visible_to=actor)
    done = "settled" if dispute["status"] == "settled" else "content"
    return go(f"/invoices/{invoice or dispute['invoice_reference']}?done={done}")


ROUTES: list[Any] = [
    show_credit_note, do_credit, show_refund, do_receive_refund, show_dispute, do_dispute, show_settlement, do_settle,
]  # fmt: skip
