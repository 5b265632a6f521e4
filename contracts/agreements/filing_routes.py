"""The page on which a contract's filing number is entered."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from contracts.agreements.filing import FILING, enter_filing, filing_of, may_file
from contracts.agreements.queries import contract_facts
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.web import go, page, posted

FILES = needs(Permission.SIGN_FOR_BUYER, Permission.APPROVE_PAYMENT)


async def _filing_page(reference: str, actor: Actor, form: Bound | None = None) -> Template:
    contract = await contract_facts(reference, visible_to=actor)
    if not may_file(actor, contract):
        raise NotFound()
    return page(
        "contracts/agreements/filing.html", status_code=422 if form else 200, contract=contract, form=form,
        filing=await filing_of(contract["id"]),
    )  # fmt: skip


@get("/contracts/{reference:str}/filing", opt=FILES)
async def show_filing(reference: FromPath[str], actor: CurrentActor) -> Template:
    """Ask for the number under which finance filed the contract."""
    return await _filing_page(reference, actor)


@post("/contracts/{reference:str}/filing", opt=FILES)
async def do_file(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Keep the number."""
    form = parse(FILING, (await posted(request)).texts)
    if form.errors:
        return await _filing_page(reference, actor, form)
    try:
        await enter_filing(reference, form["number"], form["filed_on"], actor, now)
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        form.errors["filed_on"] = refused.sentence
        return await _filing_page(reference, actor, form)
    return go(f"/contracts/{reference}?done=filed")


ROUTES: list[Any] = [show_filing, do_file]
