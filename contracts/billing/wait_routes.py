"""What waits for a handover, and set-offs that finance turns into refunds."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from contracts.billing import queries
from contracts.billing.credit_turns import ask_for_refund, decide_turn, turns_of
from contracts.billing.forms import TURN
from contracts.billing.late_credit_rules import Way
from contracts.billing.waits import let_wait, release_wait
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import NotFound
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.web import go, page, posted

BUYING, PAYING = needs(Permission.ACCEPT_WORK), needs(Permission.APPROVE_PAYMENT)


@post("/invoices/{reference:str}/handover-wait", opt=irreversible(BUYING))
async def do_let_wait(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Let the printed share of the last payment wait for the handover."""
    await let_wait(reference, actor, now)
    return go(f"/invoices/{reference}?done=waits")


@post("/invoices/{reference:str}/handover-wait/release", opt=irreversible(BUYING))
async def do_release(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Wait no longer."""
    released = await release_wait(reference, actor, now)
    return go(f"/invoices/{released}?done=released")


async def _turn_page(note: UUID, actor: Actor, form: Bound | None = None) -> Template:
    found = next((each for each in await queries.late_credits_open() if each["id"] == note), None)
    if found is None or found["way"] != Way.SET_OFF:
        raise NotFound()
    invoice = await queries.invoice_page(found["invoice_reference"], visible_to=actor)
    if note in await turns_of(invoice["id"]):
        raise NotFound()
    return page(
        "contracts/billing/turn.html", status_code=422 if form else 200, note=found, invoice=invoice, form=form
    )


@get("/credit-notes/{note:uuid}/turn", opt=PAYING)
async def show_turn(note: FromPath[UUID], actor: CurrentActor) -> Template:
    """Ask finance why a credit note is refunded instead of set off."""
    return await _turn_page(note, actor)


@post("/credit-notes/{note:uuid}/turn", opt=PAYING)
async def do_ask(
    request: Request[Any, Any, Any], note: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Ask that the note is refunded; a second person decides."""
    form = parse(TURN, (await posted(request)).texts)
    if form.errors:
        return await _turn_page(note, actor, form)
    invoice = await ask_for_refund(note, form["reason"], actor, now)
    return go(f"/invoices/{invoice}?done=turn-asked")


@post("/credit-notes/{note:uuid}/turn/agree", opt=irreversible(PAYING))
async def do_agree(note: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """The second person agrees: the money comes back instead."""
    return go(f"/invoices/{await decide_turn(note, True, actor, now)}?done=turned")


@post("/credit-notes/{note:uuid}/turn/refuse", opt=PAYING)
async def do_refuse(note: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """The second person leaves it set off."""
    return go(f"/invoices/{await decide_turn(note, False, actor, now)}?done=not-turned")


ROUTES: list[Any] = [do_let_wait, do_release, show_turn, do_ask, do_agree, do_refuse]
