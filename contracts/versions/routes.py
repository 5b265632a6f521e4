"""A contract as it stood on a day that the reader chooses."""

from datetime import date
from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Template

from contracts.agreements.queries import contract_facts
from contracts.agreements.routes import reader
from contracts.agreements.rules import CONTRACT_LABELS, MILESTONE_LABELS, SIDE_LABELS, MilestoneStatus
from contracts.amendments.rules import KIND_LABELS
from contracts.versions.queries import ContractThen, contract_then
from contracts.versions.rules import gone, total
from marketplace.accounts.guards import PUBLIC, Now
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Bound, Field, day, parse
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import page

DAY = [Field("day", N_("哪一天"), day())]
M = MilestoneStatus


def _money(then: ContractThen) -> dict[str, Any]:
    parts = {
        "open": (M.OPEN, M.REQUESTED, M.TO_MEND), "accepted": (M.ACCEPTED,), "invoiced": (M.INVOICED, M.APPROVED),
        "paid": (M.PAID,), "cancelled": (M.CANCELLED,),
    }  # fmt: skip
    dropped, came_back = gone(then.milestones)
    sums = {name: total(then.milestones, *states) for name, states in parts.items()}
    return {**sums, "dropped": dropped, "came_back": came_back}


@get("/contracts/{reference:str}/as-of", opt=PUBLIC)
async def show_contract_then(request: Request[Any, Any, Any], reference: FromPath[str], now: Now) -> Template:
    """Price, term, milestones and changes as they stood at the end of a day; today where none is chosen."""
    contract = await contract_facts(reference, visible_to=reader(request))
    typed = request.query_params.get("day", "")
    form = parse(DAY, {"day": typed or county_day(now).isoformat()})
    chosen: date | None = None if form.errors else min(form["day"], county_day(now))
    then = None
    if chosen is not None:
        try:
            then = await contract_then(contract, chosen)
        except DomainError as refused:
            form.errors["day"] = refused.sentence
    # a day that has not come is today: the field says what the page shows
    shown = Bound(raw={"day": chosen.isoformat() if chosen and not form.errors else typed}, errors=form.errors)
    return page(
        "contracts/versions/show.html", status_code=422 if form.errors else 200, contract=contract, then=then,
        form=shown, labels=CONTRACT_LABELS,
        milestone_labels=MILESTONE_LABELS, kinds=KIND_LABELS, side_labels=SIDE_LABELS,
        money=_money(then) if then else None,
    )  # fmt: skip


ROUTES: list[Any] = [show_contract_then]
