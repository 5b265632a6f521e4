"""One listing of the anti-splitting sums, and the ground on which it does not count."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.plans import exemptions
from catalogue.plans.change_rules import KIND_LABELS
from catalogue.plans.exemption_rules import GROUND_LABELS, Ground, NewExemption
from catalogue.plans.splitting_queries import counted_listing
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.forms import Bound, Field, choice, day, identifier, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

PATH = "/budget/splitting/{reference:str}"
EXEMPTING = [
    Field("ground", N_("不计入的情形"), choice([ground.value for ground in Ground])),
    Field("budget_change", N_("预算调整"), identifier(), is_required=False),
    Field("document", N_("依据文件"), text(120)),
    Field("dated_on", N_("文件日期"), day()),
    Field("note", N_("说明"), text(1000), is_required=False),
]
WITHDRAWING = [Field("reason", N_("重新计入的理由"), text(500))]


async def _exemption_page(reference: str, actor: Actor, form: Bound, status_code: int = 200) -> Template:
    listing = await counted_listing(reference, actor)
    rows = await exemptions.exemptions_of(listing["listing"])
    return page(
        "catalogue/plans/exemption.html", status_code=status_code, listing=listing, form=form, rows=rows,
        standing=next((row for row in rows if row["withdrawn_at"] is None), None), grounds=GROUND_LABELS,
        changes=await exemptions.money_added(listing["line"]), change_kinds=KIND_LABELS,
        may_record=actor.may(Permission.ALLOT_BUDGET),
    )  # fmt: skip


@get(PATH, opt=needs(Permission.VIEW_BUDGET))
async def show_exemption(reference: FromPath[str], actor: CurrentActor) -> Template:
    """Whether a listing counts, and on what ground not."""
    return await _exemption_page(reference, actor, Bound())


@post(PATH, opt=needs(Permission.ALLOT_BUDGET))
async def do_exempt(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Record the ground."""
    form = parse(EXEMPTING, (await posted(request)).texts)
    if not form.errors:
        new = NewExemption(
            Ground(form["ground"]), form["document"], form["dated_on"], form["note"] or "", form["budget_change"]
        )
        try:
            await exemptions.record_exemption(reference, new, actor, now)
            return go(f"/budget/splitting/{reference}")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _exemption_page(reference, actor, form, 422)


@post(PATH + "/withdraw", opt=needs(Permission.ALLOT_BUDGET))
async def do_withdraw(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Count it again."""
    form = parse(WITHDRAWING, (await posted(request)).texts)
    if form.errors:
        return await _exemption_page(reference, actor, form, 422)
    await exemptions.withdraw_exemption(reference, form["reason"], actor, now)
    return go(f"/budget/splitting/{reference}")


ROUTES: list[Any] = [show_exemption, do_exempt, do_withdraw]
