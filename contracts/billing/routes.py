"""Invoice and payment pages; a payment opens down to the visits behind it."""

from datetime import datetime
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Response, Template

from contracts.acceptance.queries import months_of
from contracts.acceptance.services import milestone_at
from contracts.agreements.payees import PAYEE_LABELS
from contracts.agreements.queries import contract_facts
from contracts.agreements.routes import reader
from contracts.agreements.rules import is_buyer_side, is_provider_side, may_see_hours
from contracts.billing import queries
from contracts.billing.account_on_file import account_on_file, fill_from_file
from contracts.billing.chain import visits_behind
from contracts.billing.credit_turns import turns_of
from contracts.billing.file_routes import handed_file
from contracts.billing.finance_fields import finance_fields
from contracts.billing.forms import CONFIRM, INVOICE, RETURN_INVOICE, SEE_ACCOUNT, STEP, VOUCHER
from contracts.billing.invoice_files import ACCEPTED, files_of
from contracts.billing.late_credit_rules import WAY_LABELS
from contracts.billing.milestone_money import left_of
from contracts.billing.other_account import OTHER, account_now, came_back, waiting_account
from contracts.billing.rules import (
    DISPUTE_LABELS,
    DOCUMENT_KINDS,
    INVOICE_LABELS,
    PART_LABELS,
    Part,
    payment_label,
)
from contracts.billing.services import (
    approve_payment,
    confirm_paid,
    make_treasury_file,
    return_invoice,
    see_account,
    submit_invoice,
)
from contracts.billing.steps import may_take, named_people, step_of, steps_left, take_step
from contracts.billing.voucher_rules import check_is_released
from contracts.billing.vouchers import vouchers_to_release
from contracts.billing.waits import part_that_may_wait, wait_of
from contracts.promises.approval import STEP_LABELS, Step, from_amount
from contracts.promises.queries import promise_of
from contracts.promises.words import state_of, tone_of, where_of
from contracts.visits.routes import read_month
from contracts.visits.rules import hours_words
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.services import LARGEST_UPLOAD_BODY
from marketplace.accounts.guards import PUBLIC, SIGNED_IN, CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.gateways.treasury_files import mask_account
from marketplace.kernel.characters import small_number
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import together
from marketplace.kernel.errors import DomainError, FormRefused, NotFound
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.i18n import N_
from marketplace.kernel.private_columns import reveal
from marketplace.kernel.web import go, page, posted

PAYING = needs(Permission.APPROVE_PAYMENT)


async def _invoice_form(
    reference: str, position: int, form: Bound | None, actor: Actor, now: datetime, status_code: int = 200
) -> Template:
    contract = await contract_facts(reference, visible_to=actor)
    if not (is_provider_side(actor, contract) and actor.may(Permission.SUBMIT_INVOICE)):
        raise NotFound()
    milestone = await milestone_at(contract, position)
    if milestone["acceptance"] is None and not (milestone["is_advance"] and contract["signed_at"]):
        raise NotFound()
    cause = {"acceptance": milestone["acceptance"]["id"]} if milestone["acceptance"] else {"advance": milestone["id"]}
    invoices, (base, left), replaced, on_file = await together(
        queries.invoices_of(contract["id"]), left_of(milestone["id"]), queries.returned_before(contract["id"], cause),
        account_on_file(contract["provider"]),
    )  # fmt: skip
    standing = [i for i in invoices if i["position"] == position and i["status"] != "returned"]
    returned = next((i for i in reversed(invoices) if i["position"] == position and i["status"] == "returned"), None)
    return page(
        "contracts/billing/new_invoice.html", status_code=status_code, contract=contract, milestone=milestone,
        acceptance=milestone["acceptance"], base=base, left=left, standing=standing, returned=returned, form=form,
        clock=await queries.clock_of_new(contract["id"], cause.get("acceptance"), now, replaced),
        account_on_file=on_file, accepted=ACCEPTED,
    )  # fmt: skip


@get("/contracts/{reference:str}/milestones/{position:int}/invoice", opt=needs(Permission.SUBMIT_INVOICE))
async def show_new_invoice(
    reference: FromPath[str], position: FromPath[int], actor: CurrentActor, now: Now
) -> Template:
    """Ask the provider for the invoice of an accepted milestone."""
    return await _invoice_form(reference, position, None, actor, now)


@post(
    "/contracts/{reference:str}/milestones/{position:int}/invoice", opt=needs(Permission.SUBMIT_INVOICE),
    request_max_body_size=LARGEST_UPLOAD_BODY,
)  # fmt: skip
async def do_submit(
    request: Request[Any, Any, Any], reference: FromPath[str], position: FromPath[int], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Hand the invoice in."""
    sent = await posted(request)
    form = parse(INVOICE, sent.texts)
    file = await handed_file(request, sent, form)
    if form.errors:
        return await _invoice_form(reference, position, form, actor, now, 422)
    try:
        await fill_from_file(form, reference, actor)
        number = await submit_invoice(reference, position, form, actor, now, file)
    except FormRefused as refused:
        form.errors.update(refused.errors)
        return await _invoice_form(reference, position, form, actor, now, 422)
    return go(f"/invoices/{number}?done=submitted")


async def _invoice_page(
    reference: str, actor: Actor, now: datetime, form: Bound | None = None, status_code: int = 200, **more: str
) -> Template:
    invoice, today = await queries.invoice_page(reference, visible_to=actor), county_day(now)
    is_provider, is_buyer = is_provider_side(actor, invoice), is_buyer_side(actor, invoice)
    step, received = step_of(invoice), county_day(invoice["received_at"])
    (bank, number), waits, named, returned, promise, files, interest = await together(
        account_now(invoice), waiting_account(invoice["id"]), named_people(invoice["buyer"]), came_back(invoice["id"]),
        promise_of(invoice["id"], today), files_of(invoice["id"]), queries.interest_of(invoice["id"]),
    )  # fmt: skip
    steps, notes, late, disputes, wait, may_wait, turns = await together(
        queries.steps_of(invoice["id"]), queries.credit_notes_of(invoice["id"]), queries.late_credits_of(invoice["id"]),
        queries.disputes_of(invoice["id"]), wait_of(invoice["id"]), part_that_may_wait(invoice, actor, today),
        turns_of(invoice["id"]),
    )  # fmt: skip
    takes = may_take(invoice, step, actor, named)
    limits = [(each, limit) for each in Step if (limit := from_amount(each, received)) is not None]
    return page(
        "contracts/billing/invoice.html", status_code=status_code, invoice=invoice, labels=INVOICE_LABELS, form=form,
        payment_label=payment_label,
        bank=bank, masked=mask_account(number), came_back=returned, waits=waits,
        waits_masked=mask_account(reveal(waits["bank_account"], OTHER)) if waits else "", is_provider=is_provider,
        pays=actor.may(Permission.APPROVE_PAYMENT),
        promise=promise, where_of=where_of,
        steps=steps, step=step, step_labels=STEP_LABELS, takes=takes, limits=limits,
        taken_over=steps_left(invoice)[1],
        notes=notes, late=late, way_labels=WAY_LABELS, disputes=disputes,
        dispute_labels=DISPUTE_LABELS, document_kinds=DOCUMENT_KINDS,
        credits=is_provider and actor.may(Permission.SUBMIT_INVOICE) and not invoice["is_settlement"],
        settles=is_provider or is_buyer, finance_fields=finance_fields(invoice),
        may_dispute=is_buyer and actor.may(Permission.ACCEPT_WORK) and invoice["acceptance"]
        and not invoice["is_settlement"] and today <= invoice["due_on"],
        files=files, lacks_file=not invoice["is_settlement"]
        and all(each["note_number"] for each in files),
        wait=wait, part_that_may_wait=may_wait,
        sees_handover=actor.may(Permission.HAND_OVER) or actor.may(Permission.READ_EVERYTHING),
        turns=turns, payee_labels=PAYEE_LABELS,
        interest=interest, done=more.get("done", ""),
        whole_account=more.get("account", ""),
    )  # fmt: skip


@get("/invoices/{reference:str}", opt=SIGNED_IN)
async def show_invoice(reference: FromPath[str], actor: CurrentActor, now: Now, done: FromQuery[str] = "") -> Template:
    """An invoice: what it is for, until when it is to be paid, and what finance may do."""
    return await _invoice_page(reference, actor, now, done=done)


@post("/invoices/{reference:str}/approve", opt=irreversible(PAYING))
async def do_approve(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Approve the payment of an invoice."""
    invoice = await queries.invoice_page(reference, visible_to=actor)
    payment = await approve_payment(invoice["id"], actor, now)
    return go(f"/payments/{payment}?done=approved")


@post("/invoices/{reference:str}/steps", opt=irreversible(needs(Permission.ACCEPT_WORK)))
async def do_take_step(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Agree to the payment in the capacity that waits."""
    form = parse(STEP, (await posted(request)).texts)
    if form.errors:
        return await _invoice_page(reference, actor, now, form, 422)
    await take_step(reference, Step(form["step"]), form["opinion"] or "", actor, now)
    return go(f"/invoices/{reference}?done=agreed")


@post("/invoices/{reference:str}/account", opt=PAYING)
async def do_see_account(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Template:
    """Show the whole account number once, for a purpose that the audit keeps and the provider sees."""
    form = parse(SEE_ACCOUNT, (await posted(request)).texts)
    if form.errors:
        return await _invoice_page(reference, actor, now, form, 422)
    account = await see_account(reference, form["purpose"], actor, now)
    return await _invoice_page(reference, actor, now, account=account)


@post("/invoices/{reference:str}/return", opt=needs(Permission.APPROVE_PAYMENT, Permission.ACCEPT_WORK))
async def do_return(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Give the invoice back with the reason."""
    form = parse(RETURN_INVOICE, (await posted(request)).texts)
    if form.errors:
        return await _invoice_page(reference, actor, now, form, 422)
    invoice = await queries.invoice_page(reference, visible_to=actor)
    await return_invoice(invoice["id"], form["reason"], actor, now)
    return go(f"/invoices/{reference}?done=returned")


async def _payments_page(actor: Actor, form: Bound | None = None, done: str = "", status_code: int = 200) -> Template:
    return page(
        "contracts/billing/payments.html", status_code=status_code, invoices=await queries.invoices_waiting(),
        approved=await queries.payments_by_status("approved"), vouchers=await vouchers_to_release(),
        sent=[each for each in await queries.payments_by_status("sent") if each["released_at"]],
        paid=await queries.latest_paid(), step_of=step_of, step_labels=STEP_LABELS, parts=PART_LABELS,
        form=form, done=done,
        pays=actor.may(Permission.APPROVE_PAYMENT),
    )  # fmt: skip


@get("/payments", opt=needs(Permission.APPROVE_PAYMENT, Permission.READ_EVERYTHING))
async def list_payments(actor: CurrentActor, done: FromQuery[str] = "") -> Template:
    """What waits to be paid, by its state."""
    return await _payments_page(actor, done=done)


@post("/payments/voucher-file", opt=PAYING)
async def do_make_file(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Write the voucher file of the chosen payments."""
    form = parse(VOUCHER, (await posted(request)).texts)
    if "payments" in form.errors and not form.raw.get("payments"):
        form.errors.clear()
        form.refuse("payments", N_("请先勾选至少一笔付款。"))
    if form.errors:
        return await _payments_page(actor, form, status_code=422)
    gateway = request.app.state["gateways"].payments
    await make_treasury_file(form["payments"], gateway, actor, now)
    return go("/payments?done=file")


@get("/payments/voucher-file/{number:str}", opt=needs(Permission.APPROVE_PAYMENT, Permission.READ_EVERYTHING))
async def get_file(request: Request[Any, Any, Any], number: FromPath[str]) -> Response[bytes]:
    """The voucher file itself, once it was released."""
    voucher = await queries.voucher_of(number)
    check_is_released(voucher["released_at"])
    content = await request.app.state["gateways"].documents.get(voucher["storage_key"])
    headers = {"Content-Disposition": f'attachment; filename="{number}.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


@post("/payments/{reference:str}/confirm", opt=irreversible(PAYING))
async def do_confirm(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """The treasury has paid, on the day that its receipt says."""
    payment = await queries.payment_page(reference, visible_to=actor)
    form = parse(CONFIRM, (await posted(request)).texts)
    if not form.errors:
        try:
            await confirm_paid(payment["id"], actor, now, form["paid_on"])
        except DomainError as refused:
            if form["paid_on"] is None:
                raise
            form.errors["paid_on"] = refused.sentence
    if form.errors:
        return await _payment_page(reference, actor, now, form, 422)
    return go(f"/payments/{reference}?done=paid")


async def _payment_page(  # noqa: PLR0913 - the page with the form on it and the part of it that is asked for
    reference: str,
    actor: Actor | None,
    now: datetime,
    form: Bound | None = None,
    status_code: int = 200,
    done: str = "",
    month: str = "",
    number: str = "1",
) -> Template:
    today = county_day(now)
    payment = await queries.payment_page(reference, visible_to=actor)
    # an advance rests on the signed contract alone
    months = await months_of(payment["acceptance"]) if payment["acceptance"] else []
    sees_codes = may_see_hours(actor, payment["facts"])
    asked = read_month(month, today)
    behind = await visits_behind(months, asked, small_number(number), sees_codes=sees_codes, today=today)
    promise, wait = await together(promise_of(payment["invoice"], today), wait_of(payment["invoice"]))
    return page(
        "contracts/billing/payment.html", status_code=status_code, payment=payment, contract=payment["facts"],
        behind=behind, hours_words=hours_words, payment_label=payment_label, form=form,
        finance_fields=finance_fields(payment), sees_codes=sees_codes, done=done,
        sees_budget=actor is not None and actor.may(Permission.VIEW_BUDGET) and (
            actor.may(Permission.READ_EVERYTHING) or actor.organisation_id == payment["facts"]["line_of"]
        ),
        sees_invoice=actor is not None and queries.may_see_invoice(actor, payment["facts"]),
        pays=actor is not None and actor.may(Permission.APPROVE_PAYMENT), state_of=state_of, tone_of=tone_of,
        promise=promise, wait=wait,
        interest=await queries.interest_of_payment(payment["id"]) if payment["part"] == Part.INTEREST else None,
    )  # fmt: skip


@get("/payments/{reference:str}", opt=PUBLIC)
async def show_payment(
    request: Request[Any, Any, Any], reference: FromPath[str], now: Now, month: FromQuery[str] = "",
    number: FromQuery[str] = "1",
) -> Template:  # fmt: skip
    """The chain down to the visits and up to the budget; codes of recipients only for those with the right."""
    done = request.query_params.get("done", "")
    return await _payment_page(reference, reader(request), now, done=done, month=month, number=number)


ROUTES: list[Any] = [
    show_new_invoice, do_submit, show_invoice, do_approve, do_take_step, do_see_account, do_return, list_payments,
    do_make_file, get_file, do_confirm, show_payment,
]  # fmt: skip
