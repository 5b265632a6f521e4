"""Accounts that subsidies are paid to: stated by the worker or by civil affairs, looked at by finance."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from contracts.subsidies.account_rules import ACCOUNT_LABELS
from contracts.subsidies.accounts import (
    accounts_of,
    accounts_to_look_at,
    decide_account,
    own_spell,
    spell_to_pay,
    state_account,
)
from contracts.subsidies.forms import ACCOUNT, ACCOUNT_REFUSAL
from contracts.subsidies.paying import whole_pay_file
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.web import go, page, posted

OWN = needs(Permission.READ_OWN_SUBSIDY)
RUNNING = needs(Permission.RUN_SUBSIDIES)
LOOKING = needs(Permission.RUN_SUBSIDIES, Permission.APPROVE_SUBSIDIES)
APPROVING = needs(Permission.APPROVE_SUBSIDIES)
MINE, ALL = "/subsidies/mine/account", "/subsidies/accounts"


async def _account_page(spell: dict[str, Any], action: str, form: Bound | None = None, done: str = "") -> Template:
    return page(
        "contracts/subsidies/account.html", status_code=422 if form else 200, worker=spell, form=form, done=done,
        action=action, is_own=action == MINE, accounts=await accounts_of(spell["id"]), labels=ACCOUNT_LABELS,
    )  # fmt: skip


async def _state(
    request: Request[Any, Any, Any], spell: dict[str, Any], action: str, actor: Actor, now: Any
) -> Redirect | Template:
    form = parse(ACCOUNT, (await posted(request)).texts)
    if form.errors:
        return await _account_page(spell, action, form)
    try:
        await state_account(spell["id"], form["bank"], form["number"], actor, now)
    except FormRefused as refused:
        form.errors.update(refused.errors)
        return await _account_page(spell, action, form)
    return go(f"{action}?done=stated")


@get(MINE, opt=OWN)
async def show_own_account(actor: CurrentActor, done: FromQuery[str] = "") -> Template:
    """The account an own subsidy is paid to, masked."""
    return await _account_page(await own_spell(actor.person_id), MINE, done=done)


@post(MINE, opt=irreversible(OWN))
async def do_state_own(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """State another account of one's own."""
    return await _state(request, await own_spell(actor.person_id), MINE, actor, now)


async def _list(done: str = "", form: Bound | None = None, about: str = "") -> Template:
    return page(
        "contracts/subsidies/accounts.html", status_code=422 if form else 200, accounts=await accounts_to_look_at(),
        done=done, form=form, about=about,
    )  # fmt: skip


@get(ALL, opt=LOOKING)
async def show_accounts(done: FromQuery[str] = "") -> Template:
    """Accounts that wait for a second look."""
    return await _list(done)


@get(ALL + "/of/{worker:uuid}", opt=RUNNING)
async def show_account(worker: FromPath[UUID], done: FromQuery[str] = "") -> Template:
    """What somebody without a sign-in is paid to, masked."""
    return await _account_page(await spell_to_pay(worker), f"{ALL}/of/{worker}", done=done)


@post(ALL + "/of/{worker:uuid}", opt=irreversible(RUNNING))
async def do_state_account(
    request: Request[Any, Any, Any], worker: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Enter the account from a signed application."""
    return await _state(request, await spell_to_pay(worker), f"{ALL}/of/{worker}", actor, now)


@post(ALL + "/{account:uuid}/confirm", opt=irreversible(APPROVING))
async def do_confirm_account(account: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Let the next pay file carry the account."""
    await decide_account(account, "", actor, now)
    return go(f"{ALL}?done=confirmed")


@post(ALL + "/{account:uuid}/refuse", opt=APPROVING)
async def do_refuse_account(
    request: Request[Any, Any, Any], account: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Say why an account is not used."""
    form = parse(ACCOUNT_REFUSAL, (await posted(request)).texts)
    if form.errors:
        return await _list(form=form, about=str(account))
    await decide_account(account, form["reason"], actor, now)
    return go(f"{ALL}?done=refused")


@post("/subsidies/runs/{reference:str}/pay-file/whole", opt=irreversible(APPROVING), status_code=200)
async def do_take_whole_file(reference: FromPath[str], actor: CurrentActor, now: Now) -> Response[bytes]:
    """The pay file with whole account numbers, for the treasury's bank; each time it is taken stands in the record."""
    name, content = await whole_pay_file(reference, actor, now)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


ROUTES: list[Any] = [
    show_own_account, do_state_own, show_accounts, show_account, do_state_account, do_confirm_account,
    do_refuse_account, do_take_whole_file,
]  # fmt: skip
