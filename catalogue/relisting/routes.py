"""List an ended need again."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.interruptions.queries import ending_of
from catalogue.listings.methods import row_of
from catalogue.listings.queries import listing_page
from catalogue.listings.rules import check_may_draft_for
from catalogue.relisting.queries import taken_up_by, takes_up
from catalogue.relisting.rules import check_may_relist, title_again
from catalogue.relisting.services import relist
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.web import go, page

DRAFT = needs(Permission.DRAFT_LISTING)


@get("/listings/{reference:str}/relist", opt=DRAFT)
async def show_relist(reference: FromPath[str], actor: CurrentActor) -> Template:
    """What is copied, what has to be filled in anew, and which other ways the law leaves."""
    listing = await listing_page(reference)
    check_may_draft_for(actor, listing["procuring_unit"])
    ending = await ending_of(listing["id"])
    taken = await taken_up_by(listing["id"], actor)
    if taken is None:
        check_may_relist(listing["status"], ending["ground"] if ending else None)
    before = await takes_up(listing["id"])
    attempt = (before["attempt"] if before else 1) + 1
    return page(
        "catalogue/relisting/relist.html", listing=listing, taken=taken, attempt=attempt, form=None,
        method_row=row_of(listing), new_title=title_again(listing["title"], attempt),
    )  # fmt: skip


@post("/listings/{reference:str}/relist", opt=DRAFT)
async def do_relist(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Copy it and go to the draft's task list."""
    return go(f"/listings/drafts/{await relist(reference, actor, now)}")


ROUTES: list[Any] = [show_relist, do_relist]
