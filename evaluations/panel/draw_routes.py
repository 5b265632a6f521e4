"""Draw a panel's experts from the county's own list, and seat those drawn."""

from typing import Any

from litestar import Request, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from evaluations.panel import queries
from evaluations.panel.drawing import freeze_panel_list, seat_drawn
from evaluations.panel.routes import panel_page
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Field, parse, whole_number
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, posted

TAKING = [Field("take", N_("抽取几名"), whole_number(1, 15))]


@post("/listings/{reference:str}/panel/draw", opt=needs(Permission.APPOINT_PANEL))
async def do_freeze_panel_list(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Freeze the county's list for this panel."""
    listing = await queries.panel_listing(reference, actor)
    form = parse(TAKING, (await posted(request)).texts)
    if not form.errors:
        try:
            return go(f"/draws/{await freeze_panel_list(listing['id'], form['take'], actor, now)}")
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["take"] = refused.sentence
    return await panel_page(reference, actor, form, now, 422)


@post("/listings/{reference:str}/panel/seat-drawn", opt=needs(Permission.APPOINT_PANEL))
async def do_seat_drawn(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Those drawn come on the panel."""
    listing = await queries.panel_listing(reference, actor)
    await seat_drawn(listing["id"], actor, now)
    return go(f"/listings/{reference}/panel")


ROUTES: list[Any] = [do_freeze_panel_list, do_seat_drawn]
