"""Finance tells why a payment is late, and pays what that costs."""

from datetime import datetime
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from contracts.billing.delays import explain_delay
from contracts.billing.forms import DELAY
from contracts.billing.interest import approve_interest
from contracts.billing.queries import invoice_page
from contracts.promises.queries import promise_of
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import NotFound
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.web import go, page, posted

PAYING = needs(Permission.APPROVE_PAYMENT)


async def _delay_page(
    reference: str, actor: Actor, now: datetime, form: Bound | None = None, status_code: int = 200
) -> Template:
    invoice = await invoice_page(reference, visible_to=actor)
    promise = await promise_of(invoice["id"], county_day(now))
    if promise is None or not promise["days_late"]:
        raise NotFound()
    return page("contracts/billing/delay.html", status_code=status_code, invoice=invoice, promise=promise, form=form)


@get("/invoices/{reference:str}/delay", opt=PAYING)
async def show_delay(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """Ask finance why a payment is late."""
    return await _delay_page(reference, actor, now)


@post("/invoices/{reference:str}/delay", opt=PAYING)
async def do_explain(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Keep the reason."""
    form = parse(DELAY, (await posted(request)).texts)
    if form.errors:
        return await _delay_page(reference, actor, now, form, 422)
    await explain_delay(reference, form["reason"], actor, now)
    return go(f"/invoices/{reference}?done=explained")


@post("/invoices/{reference:str}/interest", opt=irreversible(PAYING))
async def do_approve_interest(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Approve the interest owed for lateness."""
    payment = await approve_interest(reference, actor, now)
    return go(f"/payments/{payment}?done=approved")


ROUTES: list[Any] = [show_delay, do_explain, do_approve_interest]
