"""Subsidy pages: schemes and runs for civil affairs and finance, a worker's own lines."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from contracts.subsidies import line_routes, queries
from contracts.subsidies.forms import DOCUMENT, RUN, parse_scheme
from contracts.subsidies.line_rules import OBJECTION_LABELS, RECOVERY_LABELS
from contracts.subsidies.rules import LEVEL_LABELS, LEVELS, RUN_LABELS
from contracts.subsidies.services import (
    NewScheme,
    approve_run,
    confirm_subsidies_paid,
    make_pay_file,
    publish_scheme,
    run_month,
    set_document_number,
)
from contracts.visits.rules import hours_words
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.web import go, page, posted

READING = needs(Permission.RUN_SUBSIDIES, Permission.APPROVE_SUBSIDIES, Permission.READ_EVERYTHING)
RUNNING = needs(Permission.RUN_SUBSIDIES)
APPROVING = needs(Permission.APPROVE_SUBSIDIES)


async def _overview(actor: Actor, form: Bound | None = None, status_code: int = 200) -> Template:
    return page(
        "contracts/subsidies/overview.html", status_code=status_code, schemes=await queries.list_schemes(),
        runs=await queries.list_runs(), labels=RUN_LABELS, levels=LEVELS, level_labels=LEVEL_LABELS, form=form,
        hours_words=hours_words, computes=actor.may(Permission.RUN_SUBSIDIES),
    )  # fmt: skip


@get("/subsidies", opt=READING)
async def show_overview(actor: CurrentActor) -> Template:
    """Schemes and monthly runs."""
    return await _overview(actor)


@post("/subsidies", opt=RUNNING)
async def do_run(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Compute a month."""
    form = parse(RUN, (await posted(request)).texts)
    if form.errors:
        return await _overview(actor, form, 422)
    try:
        reference = await run_month(form["month"], actor, now)
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        form.errors["month"] = refused.sentence
        return await _overview(actor, form, 422)
    return go(f"/subsidies/runs/{reference}?done=computed")


@get("/subsidies/schemes/new", opt=RUNNING)
async def show_new_scheme() -> Template:
    """An empty scheme: no amount is offered."""
    return page("contracts/subsidies/new_scheme.html", form=None, levels=LEVELS, level_labels=LEVEL_LABELS)


@post("/subsidies/schemes/new", opt=RUNNING)
async def do_publish_scheme(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Set a scheme."""
    form = parse_scheme((await posted(request)).texts)
    if form.errors:
        return page(
            "contracts/subsidies/new_scheme.html", status_code=422, form=form, levels=LEVELS, level_labels=LEVEL_LABELS
        )
    amounts = {level: form[f"amount_{level}"] for level in LEVELS if form[f"amount_{level}"] is not None}
    scheme = NewScheme(
        form["name"], form["effective_from"], form["effective_to"], int(form["min_hours"] * 60), amounts,
        form["document_number"] or "",
    )  # fmt: skip
    scheme_id = await publish_scheme(scheme, actor, now)
    return go(f"/subsidies/schemes/{scheme_id}?done=set")


async def _scheme_page(
    scheme_id: UUID, actor: Actor, form: Bound | None = None, done: str = "", status_code: int = 200
) -> Template:
    return page(
        "contracts/subsidies/scheme.html", status_code=status_code, scheme=await queries.scheme_page(scheme_id),
        levels=LEVELS, level_labels=LEVEL_LABELS, hours_words=hours_words, form=form, done=done,
        computes=actor.may(Permission.RUN_SUBSIDIES),
    )  # fmt: skip


@get("/subsidies/schemes/{scheme_id:uuid}", opt=READING)
async def show_scheme(scheme_id: FromPath[UUID], actor: CurrentActor, done: FromQuery[str] = "") -> Template:
    """A scheme and whether it may be paid by."""
    return await _scheme_page(scheme_id, actor, done=done)


@post("/subsidies/schemes/{scheme_id:uuid}/document", opt=RUNNING)
async def do_set_document(
    request: Request[Any, Any, Any], scheme_id: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Enter the number of the county's document."""
    form = parse(DOCUMENT, (await posted(request)).texts)
    if form.errors:
        return await _scheme_page(scheme_id, actor, form, status_code=422)
    await set_document_number(scheme_id, form["document_number"], actor, now)
    return go(f"/subsidies/schemes/{scheme_id}?done=document")


@get("/subsidies/runs/{reference:str}", opt=READING)
async def show_run(reference: FromPath[str], actor: CurrentActor, done: FromQuery[str] = "") -> Template:
    """A month's lines with the reasons of each."""
    run = await queries.run_page(reference)
    return page(
        "contracts/subsidies/run.html", run=run, lines=await queries.lines_of_run(run["id"]), labels=RUN_LABELS,
        level_labels=LEVEL_LABELS, hours_words=hours_words, done=done,
        approves=actor.may(Permission.APPROVE_SUBSIDIES), computes=actor.may(Permission.RUN_SUBSIDIES),
        objection_labels=OBJECTION_LABELS, recovery_labels=RECOVERY_LABELS,
    )  # fmt: skip


@post("/subsidies/runs/{reference:str}/approve", opt=irreversible(APPROVING))
async def do_approve(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Freeze the month's lines."""
    run = await queries.run_page(reference)
    await approve_run(run["id"], actor, now)
    return go(f"/subsidies/runs/{reference}?done=approved")


@post("/subsidies/runs/{reference:str}/pay-file", opt=APPROVING)
async def do_make_file(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect:
    """Write the pay file of the month."""
    run = await queries.run_page(reference)
    await make_pay_file(run["id"], request.app.state["gateways"].payments, actor, now)
    return go(f"/subsidies/runs/{reference}?done=file")


@post("/subsidies/runs/{reference:str}/confirm", opt=APPROVING)
async def do_confirm(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """The treasury has paid."""
    run = await queries.run_page(reference)
    await confirm_subsidies_paid(run["id"], actor, now)
    return go(f"/subsidies/runs/{reference}?done=paid")


@get("/subsidies/mine", opt=needs(Permission.READ_OWN_SUBSIDY))
async def show_mine(actor: CurrentActor) -> Template:
    """A worker's own lines, month by month."""
    return page(
        "contracts/subsidies/mine.html", lines=await queries.lines_of_person(actor.person_id), labels=RUN_LABELS,
        level_labels=LEVEL_LABELS, hours_words=hours_words, objection_labels=OBJECTION_LABELS,
        recovery_labels=RECOVERY_LABELS,
    )  # fmt: skip


ROUTES: list[Any] = [
    show_overview, do_run, show_new_scheme, do_publish_scheme, show_scheme, do_set_document, show_run, do_approve,
    do_make_file, do_confirm, show_mine, *line_routes.ROUTES,
]  # fmt: skip
