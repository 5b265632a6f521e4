"""The guided tour of a rehearsal: the steps, whose place to take, and a machine that helps. No other county has it."""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from marketplace.accounts.guards import PUBLIC, Now
from marketplace.accounts.people.signing_in import enter
from marketplace.demo.accounts_command import sign_in_list
from marketplace.demo.cast import PASSWORD
from marketplace.demo.county.people import OPENERS
from marketplace.kernel.db import fetchval
from marketplace.kernel.errors import Forbidden, NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted
from marketplace.rehearsal.playing import ACTS, begin_round
from marketplace.rehearsal.queries import newest_round
from marketplace.rehearsal.rules import walk

AnyRequest = Request[Any, Any, Any]


@get("/rehearsal", opt=PUBLIC)
async def tour(request: AnyRequest, now: Now) -> Template:
    """Each step with what to do, as whom and where; what was really done is ticked."""
    found = await newest_round()
    steps = walk(found[1], now) if found else []
    people = {each["username"]: each for each in sign_in_list()}
    return page(
        "marketplace/rehearsal/tour.html", number=found[0] if found else 0, facts=found[1] if found else None,
        steps=steps, people=people, openers=OPENERS, password=PASSWORD,
        done=sum(each.is_done for each in steps),
    )  # fmt: skip


@post("/rehearsal/rounds", opt=PUBLIC)
async def do_begin(now: Now) -> Redirect:
    """Begin another round; the earlier ones stay as they are."""
    await begin_round(now)
    return go("/rehearsal")


@post("/rehearsal/as/{username:str}", opt=PUBLIC)
async def do_take_place(request: AnyRequest, username: FromPath[str]) -> Redirect:
    """Take the place of an invented person and go to where that one is needed."""
    person = await fetchval("SELECT id FROM person WHERE username = $1 AND is_active", username)
    if person is None or username not in {each["username"] for each in sign_in_list()}:
        raise NotFound()
    enter(request, person, second_factor=True)
    return go(_own_address(str((await posted(request)).texts.get("next", ""))))


def _own_address(path: str) -> str:
    """Never an address elsewhere."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/rehearsal"


@post("/rehearsal/steps/{key:str}", opt=PUBLIC)
async def do_step(request: AnyRequest, key: FromPath[str], now: Now) -> Redirect:
    """Let the machine do the step that is next. Raises Forbidden for a later one; one that is done is left alone."""
    found = await newest_round()
    shown = next((each for each in walk(found[1], now) if each.step.key == key), None) if found else None
    if found is None or shown is None:
        raise NotFound()
    if not shown.is_done:
        if not shown.is_next:
            raise Forbidden(N_("请先完成前面的步骤，系统才能接着做这一步。"))
        await ACTS[key](found[1], now, request.app.state["settings"])
    return go("/rehearsal")


@get("/rehearsal/keys/{username:str}", opt=PUBLIC)
async def give_key(request: AnyRequest, username: FromPath[str]) -> Response[bytes]:
    """An invented opener's locked key file, to be chosen on the page of the opening."""
    path = request.app.state["settings"].demo_identities_folder / f"{username}.age"
    if username not in OPENERS or not path.exists():
        raise NotFound()
    return Response(
        path.read_bytes(), media_type="application/octet-stream",
        headers={"content-disposition": f'attachment; filename="{username}.age"'},
    )  # fmt: skip


ROUTES: list[Any] = [tour, do_begin, do_take_place, do_step, give_key]
