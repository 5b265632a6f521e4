"""The roster of social workers and their accounts for the phone page."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.web import go, page, posted
from vendors.workers.changes import changes_of
from vendors.workers.files import overlaps
from vendors.workers.forms import ACCOUNT, END, fields_for, worker_of
from vendors.workers.queries import roster
from vendors.workers.requests import requests_of
from vendors.workers.rules import HOURS_LABELS, LEVEL_LABELS
from vendors.workers.services import WorkerAccount, add_worker, end_employment, link_account
from vendors.workers.spells import employer_of, own_worker

MANAGE = needs(Permission.MANAGE_WORKERS)


@get("/my-organisation/workers", opt=MANAGE)
async def show_workers(actor: CurrentActor) -> Template:
    """Everybody on the roster."""
    employer = await employer_of(actor)
    return page(
        "vendors/workers/workers.html", employer=employer, workers=await roster(actor.organisation_id),
        levels=LEVEL_LABELS, hours=HOURS_LABELS,
        overlaps=await overlaps(actor.organisation_id),
    )  # fmt: skip


async def _new_page(actor: Actor, form: Bound | None, status_code: int = 200) -> Template:
    return page(
        "vendors/workers/new.html", status_code=status_code, form=form, levels=LEVEL_LABELS, hours=HOURS_LABELS,
        employer=await employer_of(actor),
    )  # fmt: skip


@get("/my-organisation/workers/new", opt=MANAGE)
async def show_new(actor: CurrentActor) -> Template:
    """Ask about a new worker."""
    return await _new_page(actor, None)


@post("/my-organisation/workers/new", opt=MANAGE)
async def do_add(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Enter the worker."""
    form = parse(fields_for(await employer_of(actor)), (await posted(request)).texts)
    if not form.errors:
        try:
            worker = await add_worker(worker_of(form), actor, now, form.values.get("community") or "")
            return go(f"/my-organisation/workers/{worker}")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _new_page(actor, form, 422)


async def worker_page(worker: UUID, actor: Actor, form: Bound | None, status_code: int = 200) -> Template:
    """One worker as the employer sees it."""
    row = await own_worker(worker, actor)
    return page(
        "vendors/workers/worker.html", status_code=status_code, form=form, worker=row, levels=LEVEL_LABELS,
        hours=HOURS_LABELS, changes=await changes_of(worker), requests=await requests_of([worker]),
        overlaps=await overlaps(actor.organisation_id, worker),
    )  # fmt: skip


@get("/my-organisation/workers/{worker:uuid}", opt=MANAGE)
async def show_worker(worker: FromPath[UUID], actor: CurrentActor) -> Template:
    """One worker: certificate, account, employment."""
    return await worker_page(worker, actor, None)


@post("/my-organisation/workers/{worker:uuid}/account", opt=MANAGE)
async def do_link(
    request: Request[Any, Any, Any], worker: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Open the worker's account."""
    form = parse(ACCOUNT, (await posted(request)).texts)
    form.raw.pop("password", None)
    if not form.errors:
        try:
            await link_account(worker, WorkerAccount(form["username"].lower(), form["password"]), actor, now)
            return go(f"/my-organisation/workers/{worker}")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await worker_page(worker, actor, form, 422)


@post("/my-organisation/workers/{worker:uuid}/end", opt=MANAGE)
async def do_end(
    request: Request[Any, Any, Any], worker: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Say the last day."""
    form = parse(END, (await posted(request)).texts)
    if not form.errors:
        try:
            await end_employment(worker, form["employed_to"], actor, now)
            return go(f"/my-organisation/workers/{worker}")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await worker_page(worker, actor, form, 422)


ROUTES: list[Any] = [show_workers, show_new, do_add, show_worker, do_link, do_end]
