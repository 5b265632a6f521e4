"""Take documents, follow and stop following."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.interest import queries
from catalogue.interest.rules import documents_end, may_take_documents
from catalogue.interest.services import follow_listing, take_documents, unfollow_listing
from catalogue.listings.inviting.queries import check_may_read_documents
from catalogue.listings.methods import row_of
from catalogue.listings.public_states import PUBLIC_STATES, PUBLIC_TONES, public_state
from catalogue.listings.queries import listing_page
from catalogue.listings.rules import shown_status
from marketplace.accounts.guards import SIGNED_IN, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.web import go, page

TAKING = needs(Permission.TAKE_DOCUMENTS)


@get("/listings/{reference:str}/documents", opt=TAKING)
async def show_documents(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """What taking the documents means, until when, and whether it is done."""
    listing = await listing_page(reference)
    await check_may_read_documents(listing, actor)
    return page(
        "catalogue/interest/documents.html", listing=listing, taken_at=await queries.own_taking(listing["id"], actor),
        may_take=may_take_documents(listing, now), until=documents_end(listing),
        period_rule=row_of(listing).documents or row_of(listing).clause,
    )  # fmt: skip


@post("/listings/{reference:str}/documents", opt=TAKING)
async def do_take(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Take them."""
    await take_documents(reference, actor, now)
    return go(f"/listings/{reference}/documents")


@post("/listings/{reference:str}/follow", opt=SIGNED_IN)
async def do_follow(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """A mail whenever something changes."""
    await follow_listing(reference, actor, now)
    return go(f"/listings/{reference}#follow")


@post("/listings/{reference:str}/unfollow", opt=SIGNED_IN)
async def do_unfollow(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """No more mails."""
    await unfollow_listing(reference, actor, now)
    return go(f"/listings/{reference}#follow")


@get("/following", opt=SIGNED_IN)
async def show_following(actor: CurrentActor, now: Now) -> Template:
    """The listings this person follows."""
    followed = await queries.followed_by(actor)
    for listing in followed:
        listing["state"] = public_state(listing, shown_status(listing["status"], listing["closes_at"], now))
    return page(
        "catalogue/interest/following.html", followed=followed, total=len(followed), status_labels=PUBLIC_STATES,
        status_tones=PUBLIC_TONES,
    )  # fmt: skip


ROUTES: list[Any] = [show_documents, do_take, do_follow, do_unfollow, show_following]
