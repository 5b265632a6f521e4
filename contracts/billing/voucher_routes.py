"""The page on which a second person of finance looks a voucher file through and releases it."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from contracts.billing import queries
from contracts.billing.forms import WITHDRAW
from contracts.billing.rules import PART_LABELS
from contracts.billing.vouchers import release_voucher, voucher_page, withdraw_voucher
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.capitals import in_capitals
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.web import go, page, posted

SEEING = needs(Permission.APPROVE_PAYMENT, Permission.READ_EVERYTHING)


async def _page(number: str, actor: Actor, form: Bound | None = None) -> Template:
    voucher = await voucher_page(number)
    waits = voucher["released_at"] is None and voucher["withdrawn_at"] is None
    return page(
        "contracts/billing/voucher.html", status_code=422 if form else 200, voucher=voucher, form=form, waits=waits,
        lines=await queries.payments_in_voucher(voucher["id"]), capitals=in_capitals(voucher["total"]),
        parts=PART_LABELS, releases=waits and actor.may(Permission.RELEASE_VOUCHER), is_maker=voucher["made_by"]
        == actor.person_id, withdraws=waits and actor.may(Permission.APPROVE_PAYMENT),
    )  # fmt: skip


@get("/payments/voucher-file/{number:str}/release", opt=SEEING)
async def show_voucher(number: FromPath[str], actor: CurrentActor) -> Template:
    """What the file pays, to whom and for what."""
    return await _page(number, actor)


@post("/payments/voucher-file/{number:str}/release", opt=irreversible(needs(Permission.RELEASE_VOUCHER)))
async def do_release(number: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Let it go to the treasury."""
    await release_voucher(number, actor, now)
    return go("/payments?done=released")


@post("/payments/voucher-file/{number:str}/withdraw", opt=needs(Permission.APPROVE_PAYMENT))
async def do_withdraw(
    request: Request[Any, Any, Any], number: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Take it back before it left."""
    form = parse(WITHDRAW, (await posted(request)).texts)
    if form.errors:
        return await _page(number, actor, form)
    await withdraw_voucher(number, form["reason"], actor, now)
    return go("/payments?done=withdrawn")


ROUTES: list[Any] = [show_voucher, do_release, do_withdraw]
