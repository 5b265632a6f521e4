"""Find by a whole number that is kept hidden: posted, never in an address, and noted for whom it is about."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from litestar import Request, get, post
from litestar.response import Template

from contracts.billing.queries import invoices_of_account
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.privacy.services import Look, note_look
from marketplace.accounts.trail import record
from marketplace.kernel.db import transaction
from marketplace.kernel.forms import Bound, Field, choice, parse, text
from marketplace.kernel.i18n import N_, translate
from marketplace.kernel.web import page, posted
from vendors.numbers.queries import Row, providers_of_account, providers_of_phone, workers_of_identity
from vendors.numbers.rules import KIND_LABELS, READERS, WHO_MAY, NumberKind, tells_number

MAY = needs(*sorted(frozenset().union(*WHO_MAY.values())))
KIND = Field("kind", N_("号码的种类"), choice([kind.value for kind in NumberKind]))
PURPOSE = Field("purpose", N_("用途"), text(200))


async def _of_account(number: str) -> list[Row]:
    return [*await providers_of_account(number), *await invoices_of_account(number)]


FINDERS: Mapping[NumberKind, Callable[[str], Awaitable[list[Row]]]] = {
    NumberKind.IDENTITY: workers_of_identity,
    NumberKind.ACCOUNT: _of_account,
    NumberKind.PHONE: providers_of_phone,
}


def _kinds(actor: Actor) -> list[NumberKind]:
    return [kind for kind, permissions in WHO_MAY.items() if any(map(actor.may, permissions))]


def _search_page(actor: Actor, form: Bound, status_code: int = 200, found: list[Row] | None = None) -> Template:
    form.raw.pop("whole_number", None)  # a number is not written back into the page
    return page(
        "marketplace/site/number_search.html", status_code=status_code, form=form, found=found,
        kinds=[(kind.value, translate(KIND_LABELS[kind])) for kind in _kinds(actor)],
    )  # fmt: skip


@get("/number-search", opt=MAY, sync_to_thread=False)
def show_search(actor: CurrentActor) -> Template:
    """Ask for the whole number and what it is for."""
    return _search_page(actor, Bound())


@post("/number-search", opt=MAY)
async def do_search(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Template:
    """Show who has it."""
    typed = (await posted(request)).texts
    form = parse([Field("kind", KIND.label, choice(list(_kinds(actor)))), PURPOSE], typed)
    kind = NumberKind(form["kind"]) if "kind" not in form.errors else NumberKind.PHONE
    number = parse([Field("whole_number", N_("完整号码"), READERS[kind])], typed)
    if "kind" not in form.errors:
        form.errors.update(number.errors)
    if not form.errors and tells_number(form["purpose"], number["whole_number"]):
        form.refuse("purpose", N_("用途里不要写号码。"))
        form.raw.pop("purpose")
    if form.errors:
        return _search_page(actor, form, 422)
    return _search_page(actor, form, found=await find(kind, number["whole_number"], form["purpose"], actor, now))


async def find(kind: NumberKind, number: str, purpose: str, actor: Actor, now: datetime) -> list[Row]:
    """Who has a whole number; the search is in the audit, each hit also among the looks of whom it is about."""
    async with transaction():
        found = await FINDERS[kind](number)
        detail = {"kind": kind.value, "found": str(len(found)), "reason": purpose}
        await record("personal_data.searched", ("person", str(actor.person_id)), actor, detail, now)
        for row in found:
            whose = {"of_person": row["person"]} if row["person"] else {"of_organisation": row["organisation"]}
            look = Look(KIND_LABELS[kind], row["reference"], purpose, **whose)
            await note_look(look, (row["subject"], str(row["id"])), actor, now)
    return found


ROUTES: list[Any] = [show_search, do_search]
