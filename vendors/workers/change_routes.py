"""Change what the roster says of a worker; the worker asks for it."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.web import go, page, posted
from vendors.workers.changes import Particulars, change_hours, change_particulars, move_to_community
from vendors.workers.file_routes import ROSTER
from vendors.workers.forms import DECLINE, MOVE, NEW_HOURS, PARTICULARS, change_of
from vendors.workers.requests import decline_request, requests_of
from vendors.workers.routes import worker_page
from vendors.workers.rules import HOURS_LABELS, LEVEL_LABELS
from vendors.workers.spells import own_worker

MANAGE = needs(Permission.MANAGE_WORKERS)


async def _change_page(worker: UUID, actor: Actor, now: Any, form: Bound | None = None, part: str = "") -> Template:
    """All three forms, or the `part` that came back with mistakes."""
    return page(
        "vendors/workers/change.html", status_code=422 if part else 200, form=form, part=part,
        worker=await own_worker(worker, actor), levels=LEVEL_LABELS, hours=HOURS_LABELS, today=county_day(now),
        requests=await requests_of([worker]),
    )  # fmt: skip


@get(ROSTER + "/{worker:uuid}/change", opt=MANAGE)
async def show_change(worker: FromPath[UUID], actor: CurrentActor, now: Now) -> Template:
    """Ask what else holds, and from which day."""
    return await _change_page(worker, actor, now)


@post(ROSTER + "/{worker:uuid}/change", opt=MANAGE)
async def do_change(
    request: Request[Any, Any, Any], worker: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Keep the name and the certificate from a day on."""
    form = parse(PARTICULARS, (await posted(request)).texts)
    if not form.errors:
        new = Particulars(
            form["name"], form["certificate_level"], form["certificate_number"] or "", form["registered_on"],
            form["certificate_until"],
        )  # fmt: skip
        try:
            await change_particulars(worker, new, change_of(form), actor, now)
            return go(f"{ROSTER}/{worker}")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _change_page(worker, actor, now, form, "certificate")


@post(ROSTER + "/{worker:uuid}/hours", opt=MANAGE)
async def do_change_hours(
    request: Request[Any, Any, Any], worker: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Full-time or part-time from a day on."""
    form = parse(NEW_HOURS, (await posted(request)).texts)
    if not form.errors:
        try:
            spell = await change_hours(worker, form["hours"] == "full_time", change_of(form), actor, now)
            return go(f"{ROSTER}/{spell}")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _change_page(worker, actor, now, form, "hours")


@post(ROSTER + "/{worker:uuid}/community", opt=MANAGE)
async def do_move(
    request: Request[Any, Any, Any], worker: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """A town's worker serves in another community."""
    form = parse(MOVE, (await posted(request)).texts)
    if form.errors:
        return await _change_page(worker, actor, now, form, "community")
    await move_to_community(worker, form["community"], form["reason"], actor, now)
    return go(f"{ROSTER}/{worker}")


@post(ROSTER + "/{worker:uuid}/requests/{asked:uuid}", opt=MANAGE)
async def do_decline(
    request: Request[Any, Any, Any], worker: FromPath[UUID], asked: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Say why nothing is changed."""
    form = parse(DECLINE, (await posted(request)).texts)
    if form.errors:
        return await worker_page(worker, actor, form, 422)
    await decline_request(worker, asked, form["answer"], actor, now)
    return go(f"{ROSTER}/{worker}")


ROUTES: list[Any] = [show_change, do_change, do_change_hours, do_move, do_decline]
