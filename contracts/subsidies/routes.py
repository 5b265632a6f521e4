"""Subsidy pages: runs for civil affairs and finance, the public list, a worker's own lines."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from contracts.subsidies import account_routes, double_routes, duty_routes, line_routes, queries, scheme_routes
from contracts.subsidies.account_rules import ACCOUNT_LABELS
from contracts.subsidies.accounts import accounts_of_person, without_account
from contracts.subsidies.doubles import open_doubles
from contracts.subsidies.forms import RUN
from contracts.subsidies.line_rules import OBJECTION_LABELS, RECOVERY_LABELS
from contracts.subsidies.paying import confirm_subsidies_paid, make_pay_file, reconciliation, take_subsidy_result
from contracts.subsidies.rules import LEVEL_LABELS, RUN_LABELS, public_name, public_until
from contracts.subsidies.scheme_rules import KIND_LABELS, SCHEME_LABELS
from contracts.subsidies.services import approve_run, compute_run, publish_run
from contracts.treasury.rules import FINDING_LABELS, field_map
from contracts.visits.rules import hours_words
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.gateways.file_types import FileRefused
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import together
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.web import go, page, posted

READING = needs(Permission.RUN_SUBSIDIES, Permission.APPROVE_SUBSIDIES, Permission.READ_EVERYTHING)
RUNNING = needs(Permission.RUN_SUBSIDIES)
APPROVING = needs(Permission.APPROVE_SUBSIDIES)


async def _overview(actor: Actor, form: Bound | None = None, status_code: int = 200) -> Template:
    schemes, runs, doubles = await together(queries.list_schemes(), queries.list_runs(), open_doubles())
    return page(
        "contracts/subsidies/overview.html", status_code=status_code, schemes=schemes, runs=runs, doubles=doubles,
        labels=RUN_LABELS, scheme_labels=SCHEME_LABELS, kinds=KIND_LABELS, form=form, hours_words=hours_words,
        computes=actor.may(Permission.RUN_SUBSIDIES),
        looks=actor.may(Permission.RUN_SUBSIDIES) or actor.may(Permission.APPROVE_SUBSIDIES),
    )  # fmt: skip


@get("/subsidies", opt=READING)
async def show_overview(actor: CurrentActor) -> Template:
    """Schemes and runs."""
    return await _overview(actor)


@post("/subsidies", opt=RUNNING)
async def do_run(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Compute a month or a quarter by a scheme."""
    form = parse(RUN, (await posted(request)).texts)
    if form.errors:
        return await _overview(actor, form, 422)
    try:
        reference = await compute_run(form["scheme"], form["month"], int(form["months"] or 1), actor, now)
    except NotFound:
        form.refuse("scheme", N_("请从列出的选项里选一个。"))
        return await _overview(actor, form, 422)
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        form.errors["month"] = refused.sentence
        return await _overview(actor, form, 422)
    return go(f"/subsidies/runs/{reference}?done=computed")


async def _run_page(
    reference: str, actor: Actor, done: str = "", number: int = 1, error: Sentence | None = None
) -> Template:
    run = await queries.run_page(reference)
    number = max(1, number)
    lines, sums, apart, money, open_lines, unpayable = await together(
        queries.lines_of_run(run["id"], number), queries.run_sums(run["id"]), queries.differences(run),
        reconciliation(run["id"]), queries.results_of(run["id"]), _unpayable(run),
    )  # fmt: skip
    pages = max(1, -(-sums["lines"] // queries.PAGE_SIZE))
    until = public_until(county_day(run["published_at"])) if run["published_at"] else None
    return page(
        "contracts/subsidies/run.html", status_code=422 if error else 200, run=run, lines=lines, sums=sums,
        differences=apart, money=money, open_lines=open_lines, unpayable=unpayable, until=until, number=number,
        pages=pages,
        form=Bound(errors={"file": error}) if error else None, labels=RUN_LABELS, finding_labels=FINDING_LABELS,
        level_labels=LEVEL_LABELS, hours_words=hours_words, done=done, kinds=KIND_LABELS,
        approves=actor.may(Permission.APPROVE_SUBSIDIES), computes=actor.may(Permission.RUN_SUBSIDIES),
        objection_labels=OBJECTION_LABELS, recovery_labels=RECOVERY_LABELS,
    )  # fmt: skip


async def _unpayable(run: dict[str, Any]) -> list[dict[str, Any]]:
    """Who would be left out of the pay file, while there is time to state an account."""
    return await without_account(run["id"]) if run["status"] in ("computed", "public", "approved") else []


@get("/subsidies/runs/{reference:str}", opt=READING)
async def show_run(
    reference: FromPath[str], actor: CurrentActor, done: FromQuery[str] = "", number: FromQuery[int] = 1
) -> Template:
    """A run's lines with the reasons of each, and what differs from the one before."""
    return await _run_page(reference, actor, done, number)


@post("/subsidies/runs/{reference:str}/publish", opt=irreversible(RUNNING))
async def do_publish(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Show the list in public."""
    run = await queries.run_page(reference)
    await publish_run(run["id"], actor, now)
    return go(f"/subsidies/runs/{reference}?done=public")


@post("/subsidies/runs/{reference:str}/approve", opt=irreversible(APPROVING))
async def do_approve(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Freeze the lines."""
    run = await queries.run_page(reference)
    await approve_run(run["id"], actor, now)
    return go(f"/subsidies/runs/{reference}?done=approved")


@post("/subsidies/runs/{reference:str}/pay-file", opt=APPROVING)
async def do_make_file(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect:
    """Write the pay file."""
    run = await queries.run_page(reference)
    await make_pay_file(run["id"], request.app.state["gateways"].payments, actor, now)
    return go(f"/subsidies/runs/{reference}?done=file")


@post("/subsidies/runs/{reference:str}/result", opt=irreversible(APPROVING))
async def do_take_result(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Take the treasury's result file."""
    run = await queries.run_page(reference)
    files = (await posted(request)).files.get("file", [])
    if not files:
        return await _run_page(reference, actor, error=say(N_("请选择国库的结果文件。")))
    fields = field_map(request.app.state["settings"].treasury_fields)
    try:
        file = (files[0].filename, await files[0].read())
        await take_subsidy_result(run["id"], file, fields, actor, now)
    except FileRefused as refused:
        return await _run_page(reference, actor, error=refused.sentence)
    return go(f"/subsidies/runs/{reference}?done=result")


@post("/subsidies/runs/{reference:str}/confirm", opt=APPROVING)
async def do_confirm(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """The treasury has paid what has no answer yet."""
    run = await queries.run_page(reference)
    await confirm_subsidies_paid(run["id"], actor, now)
    return go(f"/subsidies/runs/{reference}?done=paid")


@get("/subsidies/public", opt=PUBLIC)
async def show_public_lists() -> Template:
    """The lists that stand in public, and those that stood there."""
    return page("contracts/subsidies/public_lists.html", runs=[
        {**run, "until": public_until(county_day(run["published_at"]))} for run in await queries.public_runs()
    ], kinds=KIND_LABELS)  # fmt: skip


@get("/subsidies/public/{reference:str}", opt=PUBLIC)
async def show_public_list(reference: FromPath[str], now: Now, number: FromQuery[int] = 1) -> Template:
    """A list in public, names masked as the county sets. Raises NotFound for one that is not public."""
    run = await queries.run_page(reference)
    if run["published_at"] is None or run["status"] == "superseded":
        raise NotFound()
    number = max(1, number)
    lines, sums = await together(queries.public_lines(run["id"], number), queries.run_sums(run["id"]))
    shown_on = county_day(run["published_at"])
    return page(
        "contracts/subsidies/public_list.html", run=run, number=number, level_labels=LEVEL_LABELS, kinds=KIND_LABELS,
        lines=[{**line, "name": public_name(line["name"], shown_on)} for line in lines], until=public_until(shown_on),
        is_open=county_day(now) <= public_until(shown_on), sums=sums,
        pages=max(1, -(-sums["paid_people"] // queries.PAGE_SIZE)),
    )  # fmt: skip


@get("/subsidies/mine", opt=needs(Permission.READ_OWN_SUBSIDY))
async def show_mine(actor: CurrentActor) -> Template:
    """A worker's own lines, month by month, and where they are paid to."""
    lines, accounts = await together(queries.lines_of_person(actor.person_id), accounts_of_person(actor.person_id))
    paid_to = next((a for a in accounts if a["status"] in ("stated", "confirmed")), None)
    return page(
        "contracts/subsidies/mine.html", lines=lines, paid_to=paid_to, account_labels=ACCOUNT_LABELS, labels=RUN_LABELS,
        level_labels=LEVEL_LABELS, hours_words=hours_words, objection_labels=OBJECTION_LABELS,
        recovery_labels=RECOVERY_LABELS, kinds=KIND_LABELS,
    )  # fmt: skip


ROUTES: list[Any] = [
    show_overview, do_run, show_run, do_publish, do_approve, do_make_file, do_take_result, do_confirm,
    show_public_lists, show_public_list, show_mine, *scheme_routes.ROUTES, *line_routes.ROUTES, *duty_routes.ROUTES,
    *double_routes.ROUTES, *account_routes.ROUTES,
]  # fmt: skip
