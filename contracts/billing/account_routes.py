"""Another account for a payment that came back: its form for the provider, its confirmation for finance."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from contracts.agreements.rules import is_provider_side
from contracts.billing.forms import OTHER_ACCOUNT
from contracts.billing.other_account import account_now, came_back, confirm_account, state_account
from contracts.billing.queries import invoice_page
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.gateways.treasury_files import mask_account
from marketplace.kernel.errors import FormRefused, NotFound
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.web import go, page, posted

STATING = needs(Permission.SUBMIT_INVOICE)


async def _account_form(reference: str, actor: Actor, form: Bound | None = None) -> Template:
    invoice = await invoice_page(reference, visible_to=actor)
    payment = await came_back(invoice["id"])
    if payment is None or not is_provider_side(actor, invoice):
        raise NotFound()
    bank, number = await account_now(invoice)
    return page(
        "contracts/billing/other_account.html", status_code=422 if form else 200, invoice=invoice, form=form,
        payment=payment, bank=bank, masked=mask_account(number),
    )  # fmt: skip


@get("/invoices/{reference:str}/other-account", opt=STATING)
async def show_other_account(reference: FromPath[str], actor: CurrentActor) -> Template:
    """Ask the provider for another account."""
    return await _account_form(reference, actor)


@post("/invoices/{reference:str}/other-account", opt=STATING)
async def do_state_account(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Keep the account until finance confirms it."""
    form = parse(OTHER_ACCOUNT, (await posted(request)).texts)
    if form.errors:
        return await _account_form(reference, actor, form)
    try:
        await state_account(reference, form, actor, now)
    except FormRefused as refused:
        form.errors.update(refused.errors)
        return await _account_form(reference, actor, form)
    return go(f"/invoices/{reference}?done=account")


@post("/invoices/{reference:str}/other-account/confirm", opt=irreversible(needs(Permission.APPROVE_PAYMENT)))
async def do_confirm_account(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Let the next voucher carry the new account."""
    await confirm_account(reference, actor, now)
    return go(f"/invoices/{reference}?done=account-confirmed")


ROUTES: list[Any] = [show_other_account, do_state_account, do_confirm_account]
