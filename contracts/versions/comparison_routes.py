"""A contract beside procurement document and bid, term by term, and putting back what differs."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from contracts.agreements.comparing import AS_PRINTED, is_compared
from contracts.agreements.comparison import may_restore, restore_contract, terms_of
from contracts.agreements.queries import contract_facts
from contracts.agreements.routes import reader
from contracts.agreements.rules import CONTRACT_LABELS
from contracts.redactions.services import reads_whole
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import NotFound
from marketplace.kernel.rulebook import rule
from marketplace.kernel.web import go, page


@get("/contracts/{reference:str}/comparison", opt=PUBLIC)
async def show_comparison(request: Request[Any, Any, Any], reference: FromPath[str]) -> Template:
    """What was printed, what was bid, what the contract says, and the rule of each term; long texts for the sides."""
    actor = reader(request)
    contract = await contract_facts(reference, visible_to=actor)
    if contract["counted_from"]:  # drawn up elsewhere: there is no document and no bid here
        raise NotFound()
    terms = sorted(await terms_of(contract), key=lambda each: each.agrees)  # what differs comes first
    return page(
        "contracts/versions/comparison.html", contract=contract, terms=terms, labels=CONTRACT_LABELS,
        wrong=[each for each in terms if not each.agrees], whole=reads_whole(actor, contract),
        restores=may_restore(actor, contract), citations={each.clause: rule(each.clause).citation for each in terms},
        done=request.query_params.get("done", ""), as_printed=AS_PRINTED, compared=is_compared(terms),
    )  # fmt: skip


@post("/contracts/{reference:str}/comparison/restoration", opt=irreversible(needs(Permission.SIGN_FOR_BUYER)))
async def do_restore(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Put the contract back to what was printed and bid."""
    await restore_contract(reference, actor, now)
    return go(f"/contracts/{reference}/comparison?done=restored")


ROUTES: list[Any] = [show_comparison, do_restore]
