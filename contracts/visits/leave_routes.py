"""Pages of leave."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from contracts.visits.leave import NewLeave, cancel_leave, enter_leave, leave_for, people_for
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.forms import Bound, Field, day, identifier, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

OF_LEAVE = needs(Permission.LOG_VISITS, Permission.MANAGE_WORKERS)
LEAVE = [
    Field("person", N_("谁请假"), identifier()),
    Field("from_on", N_("第一天"), day()),
    Field("to_on", N_("最后一天"), day()),
    Field("reason", N_("请假事由"), text(80), is_required=False),
]


async def _leave_page(actor: Actor, form: Bound | None) -> Template:
    return page(
        "contracts/visits/leave.html", status_code=422 if form else 200, form=form, leave=await leave_for(actor),
        people=await people_for(actor), me=actor.person_id,
    )  # fmt: skip


@get("/visits/leave", opt=OF_LEAVE)
async def show_leave(actor: CurrentActor) -> Template:
    """Leave, and the form for more."""
    return await _leave_page(actor, None)


@post("/visits/leave", opt=OF_LEAVE)
async def do_enter(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Enter leave."""
    form = parse(LEAVE, (await posted(request)).texts)
    if not form.errors:
        try:
            new = NewLeave(form["person"], form["from_on"], form["to_on"], form["reason"] or "")
            await enter_leave(new, actor, now)
            return go("/visits/leave")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _leave_page(actor, form)


@post("/visits/leave/{leave:uuid}/cancel", opt=OF_LEAVE)
async def do_cancel(leave: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Cancel leave."""
    await cancel_leave(leave, actor, now)
    return go("/visits/leave")


ROUTES: list[Any] = [show_leave, do_enter, do_cancel]
