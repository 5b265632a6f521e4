"""Which method: four questions, then every method with its reason or the clause that refuses it."""

from typing import Any

from litestar import Request, get
from litestar.response import Template

from catalogue.listings.method_choice import GROUND_LABELS, lawful_methods
from catalogue.listings.method_forms import KINDS, REASONS, SUPPLIERS, chooser_form
from catalogue.listings.methods import methods_on
from catalogue.listings.rules import ALL_METHOD_LABELS, METHOD_HINTS
from marketplace.accounts.guards import Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.forms import Bound
from marketplace.kernel.web import page

ASK = needs(Permission.DRAFT_LISTING, Permission.APPROVE_LISTING, Permission.READ_EVERYTHING)


@get("/listings/drafts/method", opt=ASK)
async def show_chooser(request: Request[Any, Any, Any], now: Now) -> Template:
    """Ask, and once asked, answer on the same page; the answers stay in the address."""
    asked = request.query_params
    typed = {name: asked.getall(name) if name == "reasons" else asked[name] for name in asked}
    form, facts = chooser_form(typed) if "amount" in asked else (Bound(raw={"kind": "service", **typed}), None)
    on = county_day(now)
    return page(
        "catalogue/methods/choose.html", status_code=422 if form.errors else 200, form=form, facts=facts, on=on,
        verdicts=lawful_methods(facts, methods_on(on), on) if facts else (), kinds=KINDS, suppliers=SUPPLIERS,
        reasons=[(code, GROUND_LABELS[code]) for code in REASONS], method_labels=ALL_METHOD_LABELS,
        method_hints=METHOD_HINTS, line=asked.get("line", ""),
    )  # fmt: skip


ROUTES: list[Any] = [show_chooser]
