"""Pages of the yearly sweep: every town's coverage, one town's villages, and its ledger as a spreadsheet."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from catalogue.plans.import_routes import as_spreadsheet
from contracts.discovery import queries, services
from contracts.discovery.forms import FINISH, VILLAGE
from contracts.discovery.routes import HANDLING, READING
from contracts.discovery.rules import VillageCount
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now
from marketplace.accounts.permissions import Permission
from marketplace.gateways.spreadsheets import Column, write_sheet
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.forms import Bound, Field, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted


@get("/sweeps", opt=READING)
async def show_sweeps(actor: CurrentActor, now: Now) -> Template:
    """Every sweep this reader may see, by year."""
    rows, year = await queries.list_sweeps(actor), county_day(now).year
    own = actor.organisation_id if actor.may(Permission.HANDLE_CASES) else None
    may_open = own is not None and not any(r["town"] == own and r["year"] == year for r in rows)
    return page("contracts/discovery/sweeps.html", rows=rows, year=year, may_open=may_open)


@post("/sweeps", opt=HANDLING)
async def do_open(actor: CurrentActor, now: Now) -> Redirect:
    """Begin this year's."""
    return go(f"/sweeps/{await services.open_sweep(actor, now)}")


async def _page(  # noqa: PLR0913 - a page with its form and what was done
    sweep: UUID, actor: Actor, now: datetime, form: Bound | None = None, done: str = "", status_code: int = 200
) -> Template:
    found = await queries.sweep_page(sweep, visible_to=actor)
    is_own = actor.organisation_id == found["town"] and actor.may(Permission.HANDLE_CASES)
    return page(
        "contracts/discovery/sweep.html", status_code=status_code, sweep=found, form=form, done=done,
        villages=await queries.villages_of(sweep), may_change=is_own and found["finished_on"] is None,
    )  # fmt: skip


@get("/sweeps/{sweep:uuid}", opt=READING)
async def show_sweep(sweep: FromPath[UUID], actor: CurrentActor, now: Now, done: FromQuery[str] = "") -> Template:
    """One sweep: coverage by village, permanent and serviced residents apart."""
    return await _page(sweep, actor, now, done=done)


async def _act(  # noqa: PLR0913 - one act of the page
    request: Request[Any, Any, Any], sweep: UUID, actor: Actor, now: datetime, fields: list[Field],
    act: Callable[[Bound], Awaitable[object]],
) -> Redirect | Template:  # fmt: skip
    await queries.sweep_page(sweep, visible_to=actor)
    form = parse(fields, (await posted(request)).texts)
    if not form.errors:
        try:
            await act(form)
        except FormRefused as refused:
            form.errors.update(refused.errors)
        else:
            return go(f"/sweeps/{sweep}?done=done")
    return await _page(sweep, actor, now, form, status_code=422)


@post("/sweeps/{sweep:uuid}/villages", opt=HANDLING)
async def do_count(
    request: Request[Any, Any, Any], sweep: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """How far one village got."""
    names = [each.name for each in VILLAGE]
    return await _act(
        request, sweep, actor, now, VILLAGE,
        lambda f: services.count_village(sweep, VillageCount(**{name: f[name] for name in names}), actor, now),
    )  # fmt: skip


@post("/sweeps/{sweep:uuid}/finish", opt=HANDLING)
async def do_finish(
    request: Request[Any, Any, Any], sweep: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """It ends."""
    return await _act(
        request, sweep, actor, now, FINISH,
        lambda f: services.finish_sweep(sweep, f["finish_note"] or "", actor, now),
    )  # fmt: skip


LEDGER = [
    Column("village", N_("村（社区）"), text(80), width=20),
    Column("permanent", N_("常住人口的户数"), text(20), width=16),
    Column("permanent_visited", N_("走访的常住户"), text(20), width=16),
    Column("serviced", N_("服务人口的户数"), text(20), width=16),
    Column("serviced_visited", N_("走访的服务户"), text(20), width=16),
    Column("leads", N_("发现的线索"), text(20), width=14),
    Column("cases", N_("登记的个案"), text(20), width=14),
]


@get("/sweeps/{sweep:uuid}/ledger.xlsx", opt=READING)
async def export_ledger(sweep: FromPath[UUID], actor: CurrentActor) -> Response[bytes]:
    """The ledger by village; it names nobody."""
    found = await queries.sweep_page(sweep, visible_to=actor)
    names = [column.name for column in LEDGER]
    rows = [{name: str(row[name]) for name in names} for row in await queries.villages_of(sweep)]
    return as_spreadsheet(f"sweep-{found['year']}", write_sheet(N_("摸排台账"), LEDGER, rows))


ROUTES: list[Any] = [show_sweeps, do_open, show_sweep, do_count, do_finish, export_ledger]
