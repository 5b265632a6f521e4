"""Random draws: all of them, one with its list and its working, its file, and the act of drawing."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from marketplace.accounts.actor import Actor
from marketplace.accounts.described import Told, described
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.characters import small_number
from marketplace.kernel.draws import queries
from marketplace.kernel.draws.answers import DrawFile
from marketplace.kernel.draws.rules import KIND_LABELS, LONGEST_LINE, STATUS_LABELS
from marketplace.kernel.draws.services import Witness, cancel_draw, hold_draw
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Bound, Field, parse, proper_name, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.public_words import public_text
from marketplace.kernel.web import go, page, posted, url

STATUS_TONES = {"frozen": "waiting", "drawn": "done", "cancelled": "neutral"}
# whoever may freeze one of the lists may draw from it; the service asks for the office that froze it
DRAWING = (Permission.DRAFT_LISTING, Permission.APPOINT_PANEL, Permission.DETERMINE_AWARD, Permission.PLAN_EVALUATION)
CANCELLING = [Field("reason", N_("作废的原因"), public_text(1000))]


def witness_fields(count: int) -> list[Field]:
    """Name and words of each person present."""
    fields: list[Field] = []
    for number in range(1, count + 1):
        fields += [
            Field(f"name_{number}", N_("在场的人"), proper_name(LONGEST_LINE)),
            Field(f"words_{number}", N_("报的字或者数"), text(LONGEST_LINE)),
        ]
    return fields


def _may_draw(actor: Actor | None, draw: dict[str, Any]) -> bool:
    return bool(
        actor and actor.organisation_id == draw["organisation"] and any(actor.may(permission) for permission in DRAWING)
    )


def _may_read_names(actor: Actor | None, draw: dict[str, Any]) -> bool:
    """Names are secret until the result where the law says so (R-COM-04, R-COUNT-01); supervisors see them before."""
    if draw["public_at"]:
        return True
    return _may_draw(actor, draw) or bool(actor and actor.may(Permission.READ_EVERYTHING))


@get("/draws", opt=PUBLIC)
async def list_draws(request: Request[Any, Any, Any]) -> Template:
    """Every draw with the hash of its frozen list; no names."""
    rows, number, total = await queries.list_draws(small_number(request.query_params.get("page", "1"), 999_999))
    paging = {"number": number, "pages": max(1, -(-total // queries.PAGE_SIZE)), "total": total}
    return page(
        "marketplace/site/draws.html", rows=rows, paging=paging, kinds=KIND_LABELS, words=STATUS_LABELS,
        tones=STATUS_TONES, url_for=lambda n: f"{url('/draws')}?page={n}",
    )  # fmt: skip


@get("/draws/{reference:str}", opt=PUBLIC)
async def show_draw(request: Request[Any, Any, Any], reference: FromPath[str]) -> Template:
    """One draw: what was fixed beforehand, and how the result follows from it."""
    return await _draw_page(reference, request.scope.get("user"), Bound())


async def _draw_page(reference: str, actor: Actor | None, form: Bound, status_code: int = 200) -> Template:
    draw = await queries.draw_by_reference(reference)
    reads_names = _may_read_names(actor, draw)
    is_drawn = draw["status"] == "drawn"
    return page(
        "marketplace/site/draw.html", status_code=status_code, draw=draw, form=form, reads_names=reads_names,
        candidates=await queries.candidates_of(draw["id"]) if reads_names else [],
        present=await queries.witnesses_of(draw["id"]) if reads_names and is_drawn else [],
        may_draw=_may_draw(actor, draw) and draw["status"] == "frozen", seats=range(1, draw["least_present"] + 1),
        kinds=KIND_LABELS, words=STATUS_LABELS, tones=STATUS_TONES,
    )  # fmt: skip


@get(
    "/draws/{reference:str}/draw.json", media_type="application/json", summary="A draw, to be done again",
    **described(PUBLIC, Told(DrawFile, "The draw, as a file"), (404,)),
)  # fmt: skip
async def download_draw(request: Request[Any, Any, Any], reference: FromPath[str]) -> Response[Any]:
    """The draw as a file for `marketplace verify draw`. Raises NotFound before the draw, and while names are secret."""
    draw = await queries.draw_by_reference(reference)
    if not _may_read_names(request.scope.get("user"), draw):
        raise NotFound()
    headers = {"Content-Disposition": f'attachment; filename="{reference}.json"'}
    return Response(await queries.file_of(draw), headers=headers)


@post("/draws/{reference:str}/hold", opt=needs(*DRAWING))
async def do_hold(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Draw, with what each person present said."""
    draw = await queries.draw_by_reference(reference)
    form = parse(witness_fields(draw["least_present"]), (await posted(request)).texts)
    if not form.errors:
        seats = range(1, draw["least_present"] + 1)
        present = [Witness(form[f"name_{number}"], form[f"words_{number}"]) for number in seats]
        try:
            await hold_draw(reference, present, actor, now)
            return go(f"/draws/{reference}")
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["name_1"] = refused.sentence
    return await _draw_page(reference, actor, form, 422)


@post("/draws/{reference:str}/cancel", opt=needs(*DRAWING))
async def do_cancel(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Give up a list from which nothing was drawn."""
    form = parse(CANCELLING, (await posted(request)).texts)
    if form.errors:
        return await _draw_page(reference, actor, form, 422)
    await cancel_draw(reference, form["reason"], actor, now)
    return go(f"/draws/{reference}")


ROUTES: list[Any] = [list_draws, show_draw, download_draw, do_hold, do_cancel]
