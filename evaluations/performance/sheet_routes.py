"""Sheets of visits to the place: written down with and without a line, handed in once."""

from pathlib import Path
from typing import Any
from uuid import uuid4

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from contracts.visits.forms import text_without_people
from evaluations.performance import queries
from evaluations.performance.sheets import NewSheet, keep_sheet, sheets_of
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Bound, Field, day, identifier, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.settings import PROJECT_FOLDER
from marketplace.kernel.web import asset, go, page, posted

EVALUATING = needs(Permission.EVALUATE)
SHEET = [
    Field("id", N_("核查表"), identifier()),
    Field("visited_on", N_("哪天去的"), day()),
    Field("place", N_("去了哪里"), text(80)),
    Field("looked_at", N_("看了什么"), text_without_people(2000)),
    Field("found", N_("看到的情况"), text_without_people(4000)),
]


@get("/evaluations/worker.js", opt=PUBLIC, media_type="text/javascript; charset=utf-8")
async def sheets_worker() -> Response[bytes]:
    """The service worker of blank sheets: it has to be served from the folder it keeps pages of."""
    script = PROJECT_FOLDER / "marketplace" / asset("sheets_worker.js").lstrip("/")
    return Response(
        Path(script).read_bytes(), media_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-cache"}
    )


async def _sheets(reference: str, actor: Actor) -> dict[str, Any]:
    evaluation = await queries.get_evaluation(reference, visible_to=actor)
    seats = await queries.seats_of(evaluation["id"])
    evaluates = actor.organisation_id in {seat["organisation"] for seat in seats}
    if not evaluates and not actor.may(Permission.PLAN_EVALUATION):
        raise NotFound()
    sheets = await sheets_of(evaluation["id"])
    return {
        "evaluation": evaluation, "sheets": sheets, "may_add": evaluates and actor.may(Permission.EVALUATE),
        # what this device may forget: all of it lies here
        "handed": " ".join(str(each["id"]) for each in sheets if each["entered_by"] == actor.person_id),
    }  # fmt: skip


@get("/evaluations/{reference:str}/sheets", opt=needs(Permission.EVALUATE, Permission.PLAN_EVALUATION))
async def show_sheets(reference: FromPath[str], actor: CurrentActor) -> Template:
    """Sheets of visits to the place that were handed in."""
    return page("evaluations/performance/sheets.html", **await _sheets(reference, actor))


async def _blank(reference: str, actor: Actor, form: Bound, status_code: int = 200) -> Template:
    known = await _sheets(reference, actor)
    if not known["may_add"]:
        raise NotFound()
    return page(
        "evaluations/performance/sheet.html", status_code=status_code, form=form,
        new_id=form.raw.get("id") or uuid4(), **known,
    )  # fmt: skip


@get("/evaluations/{reference:str}/sheets/new", opt=EVALUATING)
async def show_blank_sheet(reference: FromPath[str], actor: CurrentActor) -> Template:
    """A blank sheet; the device keeps this page and opens it without a line, so it shows nothing others wrote."""
    return await _blank(reference, actor, Bound())


@post("/evaluations/{reference:str}/sheets", opt=EVALUATING)
async def do_keep_sheet(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Write a sheet down; sent twice it is one."""
    await queries.get_evaluation(reference, visible_to=actor)
    form = parse(SHEET, (await posted(request)).texts)
    if not form.errors:
        try:
            await keep_sheet(reference, NewSheet(**form.values), actor, now)
            return go(f"/evaluations/{reference}/sheets")
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["visited_on"] = refused.sentence
    return await _blank(reference, actor, form, 422)


ROUTES: list[Any] = [sheets_worker, show_sheets, show_blank_sheet, do_keep_sheet]
