"""Pages of casework: the files, one file with its texts and visits; group activities from plan to evaluation."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from contracts.casework import forms, queries, services
from contracts.casework.rules import (
    ENTRY_LABELS,
    GROUP_LABELS,
    ITEMS,
    STAGE_LABELS,
    Entry,
    entries_now,
    may_read_texts,
)
from contracts.orders.queries import orders_for_worker
from contracts.visits.queries import contracts_to_log
from contracts.visits.rules import hours_words
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import DomainError, FormRefused
from marketplace.kernel.forms import Bound, Field, parse
from marketplace.kernel.web import go, page, posted

WORKER = needs(Permission.LOG_VISITS)
SUPERVISOR = needs(Permission.ANSWER_ORDERS)
READING = needs(
    Permission.LOG_VISITS, Permission.ANSWER_ORDERS, Permission.HANDLE_CASES, Permission.OVERSEE_CASES
)  # fmt: skip
OF_GROUPS = needs(Permission.LOG_VISITS, Permission.ANSWER_ORDERS, Permission.APPROVE_HOURS)
LABELS = {"stages": STAGE_LABELS, "kinds": ENTRY_LABELS, "states": GROUP_LABELS, "hours_words": hours_words}


@get("/casework", opt=READING)
async def show_files(actor: CurrentActor) -> Template:
    """The files this reader may see."""
    return page("contracts/casework/list.html", rows=await queries.list_files(actor), **LABELS)


async def _contracts(actor: Actor, now: datetime) -> list[dict[str, Any]]:
    found = await contracts_to_log(actor.person_id, actor.organisation_id, county_day(now))
    return [each for each in found if each["item_code"] in ITEMS]


async def _new_page(actor: Actor, now: datetime, form: Bound | None = None) -> Template:
    contracts = await _contracts(actor, now)
    ids = {each["id"] for each in contracts}
    orders = [each for each in await orders_for_worker(actor.person_id) if each["contract"] in ids]
    return page(
        "contracts/casework/new.html", status_code=422 if form else 200, form=form, contracts=contracts, orders=orders,
        **LABELS,
    )  # fmt: skip


@get("/casework/new", opt=WORKER)
async def show_new(actor: CurrentActor, now: Now) -> Template:
    """Ask for the resident and the intake."""
    return await _new_page(actor, now)


async def _tried(form: Bound, act: Callable[[], Awaitable[Any]]) -> Any:
    """What an act gives; None with its words in the form where it was refused for what was typed."""
    if form.errors:
        return None
    try:
        return await act() or True
    except FormRefused as refused:
        form.errors.update(refused.errors)
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        form.errors["_"] = refused.sentence
    return None


@post("/casework/new", opt=WORKER)
async def do_open(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Take a resident in."""
    form = parse(forms.OPENING, (await posted(request)).texts)
    reference = await _tried(
        form,
        lambda: services.open_file(
            form["contract"], form["recipient_code"], form["order"] or "", forms.text_of(form), actor, now
        ),
    )
    return go(f"/casework/{reference}?done=done") if reference else await _new_page(actor, now, form)


async def _file(reference: str, actor: Actor, form: Bound | None = None, done: str = "") -> Template:
    file = await queries.file_page(reference, visible_to=actor)
    reads = may_read_texts(actor, file)
    supervises = reads and actor.may(Permission.ANSWER_ORDERS)
    return page(
        "contracts/casework/show.html", status_code=422 if form else 200, file=file, form=form, done=done, reads=reads,
        writes=file["worker"] == actor.person_id and file["ended_at"] is None, next=entries_now(file["stage"]),
        entries=await queries.entries_of(file, actor), visits=await queries.visits_in(file), me=actor.person_id,
        workers=await queries.workers_of(file["provider"]) if supervises and file["ended_at"] is None else [],
        **LABELS,
    )  # fmt: skip


@get("/casework/{reference:str}", opt=READING)
async def show_file(reference: FromPath[str], actor: CurrentActor, done: FromQuery[str] = "") -> Template:
    """One file: how far the work is, the visits it groups, and for its few readers the texts."""
    return await _file(reference, actor, done=done)


@post("/casework/{reference:str}/entry", opt=WORKER)
async def do_write(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Write the next text."""
    await queries.file_page(reference, visible_to=actor)
    form = parse(forms.ENTRY, (await posted(request)).texts)
    done = await _tried(
        form, lambda: services.write_entry(reference, Entry(form["kind"]), forms.text_of(form), actor, now)
    )
    return go(f"/casework/{reference}?done=done") if done else await _file(reference, actor, form)


@post("/casework/{reference:str}/worker", opt=SUPERVISOR)
async def do_hand_on(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Put another worker in charge."""
    await queries.file_page(reference, visible_to=actor)
    form = parse(forms.HANDING_ON, (await posted(request)).texts)
    done = await _tried(form, lambda: services.hand_on(reference, form["worker"], actor, now))
    return go(f"/casework/{reference}?done=done") if done else await _file(reference, actor, form)


@get("/group-activities", opt=OF_GROUPS)
async def show_groups(actor: CurrentActor) -> Template:
    """Group activities, the coming ones first."""
    return page("contracts/casework/groups.html", rows=await queries.list_groups(actor), **LABELS)


async def _plan_page(actor: Actor, now: datetime, form: Bound | None = None) -> Template:
    return page(
        "contracts/casework/group_new.html", status_code=422 if form else 200, form=form,
        contracts=await _contracts(actor, now), **LABELS,
    )  # fmt: skip


@get("/group-activities/new", opt=WORKER)
async def show_plan(actor: CurrentActor, now: Now) -> Template:
    """Ask for the plan."""
    return await _plan_page(actor, now)


@post("/group-activities/new", opt=WORKER)
async def do_plan(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Plan an activity."""
    form = parse(forms.PLANNING, (await posted(request)).texts)
    names = ("contract", "theme", "aim", "steps", "place", "planned_on")
    reference = await _tried(
        form, lambda: services.plan_group(services.Plan(*(form[name] for name in names)), actor, now)
    )
    return go(f"/group-activities/{reference}?done=done") if reference else await _plan_page(actor, now, form)


async def _group(reference: str, actor: Actor, form: Bound | None = None, done: str = "") -> Template:
    activity = await queries.group_page(reference, visible_to=actor)
    return page(
        "contracts/casework/group.html", status_code=422 if form else 200, activity=activity, form=form, done=done,
        leads=activity["leader"] == actor.person_id, codes=await queries.signed_in(activity["id"]), **LABELS,
    )  # fmt: skip


@get("/group-activities/{reference:str}", opt=OF_GROUPS)
async def show_group(reference: FromPath[str], actor: CurrentActor, done: FromQuery[str] = "") -> Template:
    """One activity: plan, who came, what came of it."""
    return await _group(reference, actor, done=done)


async def _on_group(  # noqa: PLR0913 - one act of the page
    request: Request[Any, Any, Any], reference: str, actor: Actor, fields: list[Field],
    act: Callable[[Bound], Awaitable[None]],
) -> Redirect | Template:  # fmt: skip
    await queries.group_page(reference, visible_to=actor)
    form = parse(fields, (await posted(request)).texts)
    done = await _tried(form, lambda: act(form))
    return go(f"/group-activities/{reference}?done=done") if done else await _group(reference, actor, form)


@post("/group-activities/{reference:str}/held", opt=WORKER)
async def do_hold(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Say when it was and who came."""
    return await _on_group(
        request, reference, actor, forms.HOLDING,
        lambda f: services.hold_group(reference, f["day"], f["begins"], f["ends"], f["codes"], actor, now),
    )  # fmt: skip


@post("/group-activities/{reference:str}/evaluation", opt=WORKER)
async def do_evaluate(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Say what came of it."""
    return await _on_group(
        request, reference, actor, forms.EVALUATING,
        lambda f: services.evaluate_group(reference, f["evaluation"], f["satisfied"], actor, now),
    )  # fmt: skip


@post("/group-activities/{reference:str}/cancel", opt=WORKER)
async def do_cancel(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Cancel it."""
    return await _on_group(
        request, reference, actor, forms.CANCELLING,
        lambda f: services.cancel_group(reference, f["cancel_reason"], actor, now),
    )  # fmt: skip


ROUTES: list[Any] = [
    show_files, show_new, do_open, show_file, do_write, do_hand_on, show_groups, show_plan, do_plan, show_group,
    do_hold, do_evaluate, do_cancel,
]  # fmt: skip
