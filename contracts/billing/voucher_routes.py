"""A second person of finance looks a voucher file through and releases it; then it is taken with whole accounts."""

import asyncio
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from contracts.billing import queries
from contracts.billing.forms import TAKE_WHOLE, WITHDRAW
from contracts.billing.rules import PART_LABELS
from contracts.billing.voucher_lines import accounts_in_voucher
from contracts.billing.voucher_rules import check_is_released
from contracts.billing.vouchers import release_voucher, voucher_page, whole_voucher_file, withdraw_voucher
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.gateways.file_types import MIME_TYPES
from marketplace.gateways.treasury_files import as_file, kept_rows, mask_account
from marketplace.kernel.capitals import in_capitals
from marketplace.kernel.clock import county_day
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.web import go, page, posted

SEEING = needs(Permission.APPROVE_PAYMENT, Permission.READ_EVERYTHING)


async def _page(number: str, actor: Actor, form: Bound | None = None) -> Template:
    voucher = await voucher_page(number)
    waits = voucher["released_at"] is None and voucher["withdrawn_at"] is None
    accounts = {
        payment: {**each, "account": mask_account(each["account"])}
        for payment, each in (await accounts_in_voucher(voucher["id"])).items()
    }
    return page(
        "contracts/billing/voucher.html", status_code=422 if form else 200, voucher=voucher, form=form, waits=waits,
        accounts=accounts, year=county_day(voucher["made_at"]).year, pays=actor.may(Permission.APPROVE_PAYMENT),
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


def _file(content: bytes, name: str, extension: str) -> Response[bytes]:
    kind = MIME_TYPES["xlsx"] if extension == "xlsx" else "text/csv; charset=utf-8"
    headers = {"Content-Disposition": f'attachment; filename="{name}.{extension}"', "Cache-Control": "no-store"}
    return Response(content, media_type=kind, headers=headers)


@get("/payments/voucher-file/{number:str}/xlsx", opt=SEEING)
async def download_voucher(request: Request[Any, Any, Any], number: FromPath[str]) -> Response[bytes]:
    """A released voucher file as a spreadsheet, its accounts masked."""
    voucher = await voucher_page(number)
    check_is_released(voucher["released_at"])
    kept = await request.app.state["gateways"].documents.get(voucher["storage_key"])
    return _file(await asyncio.to_thread(as_file, number, kept_rows(kept), "xlsx"), number, "xlsx")


@post(
    "/payments/voucher-file/{number:str}/pay-file/whole", opt=irreversible(needs(Permission.APPROVE_PAYMENT)),
    status_code=200,
)  # fmt: skip
async def do_take_whole(
    request: Request[Any, Any, Any], number: FromPath[str], actor: CurrentActor, now: Now
) -> Response[bytes] | Template:
    """The file that the treasury pays by, with whole account numbers."""
    form = parse(TAKE_WHOLE, (await posted(request)).texts)
    if form.errors:
        return await _page(number, actor, form)
    store = request.app.state["gateways"].documents
    content = await whole_voucher_file(number, form["extension"], store, actor, now)
    return _file(content, f"{number}-whole", form["extension"])


ROUTES: list[Any] = [show_voucher, do_release, do_withdraw, download_voucher, do_take_whole]
