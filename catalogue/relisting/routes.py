"""List an ended need again."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.interruptions.queries import ending_of
from catalogue.listings.methods import row_of
from catalogue.listings.queries import listing_page
from catalogue.listings.rules import check_may_draft_for
from catalogue.relisting.queries import attempts_before, lots_to_relist, taken_up_by, takes_up
from catalogue.relisting.rules import check_lot_ended, check_may_relist, title_again
from catalogue.relisting.services import relist, relist_lot
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
        method_row=row_of(listing), new_title=title_again(listing["title"], attempt), lot=None,
    )  # fmt: skip


@post("/listings/{reference:str}/relist", opt=DRAFT)
async def do_relist(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Copy it and go to the draft's task list."""
    return go(f"/listings/drafts/{await relist(reference, actor, now)}")


@get("/listings/{reference:str}/lots/{number:int}/relist", opt=DRAFT)
async def show_relist_lot(reference: FromPath[str], number: FromPath[int], actor: CurrentActor) -> Template:
    """The same for one lot that ended while the others stand."""
    listing = await listing_page(reference)
    check_may_draft_for(actor, listing["procuring_unit"])
    ended = next((each for each in await lots_to_relist(listing["id"], actor) if each["number"] == number), None)
    check_lot_ended(ended)
    assert ended is not None
    attempt = ended["attempt"] or await attempts_before(listing["id"]) + 1
    return page(
        "catalogue/relisting/relist.html", listing=listing, taken=ended if ended["is_relisted"] else None, lot=ended,
        attempt=attempt, form=None, method_row=row_of(listing), new_title=title_again(listing["title"], attempt),
    )  # fmt: skip


@post("/listings/{reference:str}/lots/{number:int}/relist", opt=DRAFT)
async def do_relist_lot(
    reference: FromPath[str], number: FromPath[int], actor: CurrentActor, now: Now
) -> Redirect:
    """Copy the lot and go to the draft's task list."""
    return go(f"/listings/drafts/{await relist_lot(reference, number, actor, now)}")


ROUTES: list[Any] = [show_relist, do_relist, show_relist_lot, do_relist_lot]
