"""Finance enters decisions that keep a provider from bidding."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.forms import Bound, Field, choice, day, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted
from vendors.credit.services import NewCreditEntry, record_entry
from vendors.providers.queries import provider_by_reference
from vendors.providers.rules import CREDIT_LABELS

ENTRY = [
    Field("kind", N_("种类"), choice(list(CREDIT_LABELS))),
    Field("document_number", N_("决定书文号"), text(120)),
    Field("reason", N_("事由"), text(1000)),
    Field("starts_on", N_("开始日期"), day()),
    Field("ends_on", N_("结束日期"), day()),
]


async def _entry_page(reference: str, form: Bound | None, status_code: int = 200) -> Template:
    provider = await provider_by_reference(reference)
    return page(
        "vendors/credit/new.html", status_code=status_code, form=form, provider=provider, labels=CREDIT_LABELS
    )


@get("/providers/{reference:str}/credit/new", opt=needs(Permission.RECORD_CREDIT))
async def show_new(reference: FromPath[str]) -> Template:
    """Ask for the decision."""
    return await _entry_page(reference, None)


@post("/providers/{reference:str}/credit/new", opt=needs(Permission.RECORD_CREDIT))
async def do_record(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Enter the decision."""
    provider = await provider_by_reference(reference)
    form = parse(ENTRY, (await posted(request)).texts)
    if not form.errors:
        try:
            await record_entry(NewCreditEntry(provider=provider["id"], **form.values), actor, now)
            return go(f"/providers/{reference}")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _entry_page(reference, form, 422)


ROUTES: list[Any] = [show_new, do_record]
