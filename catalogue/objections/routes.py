"""The publicity of a single source: who objects, what the experts say once more, what was answered."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.listings.sole.queries import expert_opinions, sole_provider
from catalogue.objections.queries import objections_of, publicised
from catalogue.objections.rules import OUTCOME_LABELS, NewObjection, Outcome, Reargument, publicity_ends, reargue_by
from catalogue.objections.services import answer_objection, enter_objection
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import PUBLIC, SIGNED_IN, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.forms import Bound, Field, choice, day, parse, proper_name, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

PATH = "/listings/{reference:str}/objections"
OBJECTION = [
    Field("objector", N_("异议人"), proper_name(120)),
    Field("email", N_("电子邮箱"), text(200), is_required=False),
    Field("sent_on", N_("递交或者交邮的日期"), day()),
    Field("text", N_("异议内容"), text(3000)),
]
ARGUMENT = [
    Field("argued_on", N_("补充论证日期"), day()),
    Field("experts", N_("参加论证的专家"), text(300)),
    Field("opinion", N_("补充论证意见"), text(3000)),
    Field("outcome", N_("结论"), choice([Outcome.NOT_UPHELD.value, Outcome.UPHELD.value])),
    Field("answer", N_("答复"), text(3000)),
]
TONES = {Outcome.OPEN: "waiting", Outcome.UPHELD: "refused", Outcome.NOT_UPHELD: "done"}


async def _objections_page(
    reference: str, actor: Actor | None, now: Any, forms: dict[str, Bound] | None = None, number: int = 0
) -> Template:
    listing, forms = await publicised(reference), forms or {}
    is_buyer = actor is not None and actor.organisation_id == listing["procuring_unit"]
    ends, today = publicity_ends(listing), county_day(now)
    return page(
        "catalogue/objections/objections.html", status_code=422 if forms else 200, listing=listing,
        objections=await objections_of(listing["id"]), outcome_labels=OUTCOME_LABELS, tones=TONES,
        sole=await sole_provider(listing["id"]), opinions=await expert_opinions(listing["id"]), ends=ends,
        argue_by=reargue_by(listing), is_open=today <= ends.date, today=today, form=forms.get("objection"),
        argument=forms.get("argument"), about=number, summary=next(iter(forms.values()), None),
        may_argue=is_buyer and actor is not None and actor.may(Permission.DRAFT_LISTING),
        may_object=actor is not None and (today <= ends.date or is_buyer) and listing["status"] == "published",
        is_buyer=is_buyer,
    )  # fmt: skip


@get(PATH, opt=PUBLIC)
async def show_objections(request: Request[Any, Any, Any], reference: FromPath[str], now: Now) -> Template:
    """The publicity with everything said against it and every answer, for everybody."""
    return await _objections_page(reference, request.scope.get("user"), now)


@post(PATH, opt=SIGNED_IN)
async def do_object(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Object in writing, or enter what came on paper."""
    form = parse(OBJECTION, (await posted(request)).texts)
    if not form.errors:
        new = NewObjection(form["objector"], form["text"], form["sent_on"], form["email"] or "")
        try:
            await enter_objection(reference, new, actor, now)
            return go(f"/listings/{reference}/objections")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _objections_page(reference, actor, now, {"objection": form})


@post(PATH + "/{number:int}/answer", opt=needs(Permission.DRAFT_LISTING))
async def do_answer(
    request: Request[Any, Any, Any], reference: FromPath[str], number: FromPath[int], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Record the second argument, publish and send the answer."""
    form = parse(ARGUMENT, (await posted(request)).texts)
    if not form.errors:
        values = {**form.values, "outcome": Outcome(form["outcome"])}
        try:
            await answer_objection(reference, number, Reargument(**values), actor, now)
            return go(f"/listings/{reference}/objections")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _objections_page(reference, actor, now, {"argument": form}, number)


ROUTES: list[Any] = [show_objections, do_object, do_answer]
