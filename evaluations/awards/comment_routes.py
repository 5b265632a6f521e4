"""Where a panel member adds the words a debrief still lacks."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.listings.queries import listing_page
from evaluations.awards.comments import add_comment, unsaid_by
from evaluations.scoring.services import own_seat
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.forms import Bound, Field, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

PATH = "/listings/{reference:str}/scoring/comments"
SCORING = needs(Permission.SCORE_BIDS)


async def _page(reference: str, actor: Actor, form: Bound | None = None, about: UUID | None = None) -> Template:
    listing = await listing_page(reference)
    await own_seat(listing["id"], actor)
    return page(
        "evaluations/awards/comments.html", status_code=422 if form else 200, listing=listing, form=form, about=about,
        marks=await unsaid_by(listing["id"], actor),
    )  # fmt: skip


@get(PATH, opt=SCORING)
async def show_comments(reference: FromPath[str], actor: CurrentActor) -> Template:
    """The member's own marks without a word."""
    return await _page(reference, actor)


@post(PATH + "/{mark:uuid}", opt=SCORING)
async def do_comment(
    request: Request[Any, Any, Any], reference: FromPath[str], mark: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Add the words; the points stay."""
    form = parse([Field("comment", N_("评语"), text(2000))], (await posted(request)).texts)
    if form.errors:
        return await _page(reference, actor, form, mark)
    await add_comment((await listing_page(reference))["id"], mark, form["comment"], actor, now)
    return go(f"/listings/{reference}/scoring/comments")


ROUTES: list[Any] = [show_comments, do_comment]
