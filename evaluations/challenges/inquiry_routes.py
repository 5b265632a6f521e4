"""The buyer lets signing rest for an inquiry, on the page of challenges (R-DISP-06)."""

from typing import Any

from litestar import Request, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from evaluations.challenges.inquiry_holds import hold_for_inquiry, settle_inquiry
from evaluations.challenges.routes import ANSWERING, PATH, challenges_page
from marketplace.accounts.guards import CurrentActor, Now
from marketplace.kernel.forms import Field, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, posted

Req = Request[Any, Any, Any]
HOLDING = [
    Field("inquiry_number", N_("哪一件询问"), text(60)),
    Field("inquiry_reason", N_("为什么可能影响结果"), text(1000)),
]
SETTLING = [Field("inquiry_end", N_("怎样处理，为什么可以继续"), text(1000))]


@post(PATH + "/inquiry", opt=ANSWERING)
async def do_hold_for_inquiry(
    request: Req, reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Signing and performance rest."""
    form = parse(HOLDING, (await posted(request)).texts)
    if form.errors:
        return await challenges_page(reference, actor, now, form)
    await hold_for_inquiry(reference, form["inquiry_number"], form["inquiry_reason"], actor, now)
    return go(f"/listings/{reference}/challenges")


@post(PATH + "/inquiry/end", opt=ANSWERING)
async def do_settle_inquiry(
    request: Req, reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """They go on."""
    form = parse(SETTLING, (await posted(request)).texts)
    if form.errors:
        return await challenges_page(reference, actor, now, form)
    await settle_inquiry(reference, form["inquiry_end"], actor, now)
    return go(f"/listings/{reference}/challenges")


ROUTES: list[Any] = [do_hold_for_inquiry, do_settle_inquiry]
