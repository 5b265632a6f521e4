"""A tie goes to a draw: freeze the tied bidders, then on to the draw's own page."""

from typing import Any
from uuid import UUID

from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect

from catalogue.listings.queries import listing_page, lots
from evaluations.awards.ties import freeze_tie
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import NotFound
from marketplace.kernel.web import go


@post("/listings/{reference:str}/award/{lot:uuid}/draw", opt=needs(Permission.DETERMINE_AWARD))
async def do_freeze_tie(reference: FromPath[str], lot: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Freeze the tied bidders of one lot."""
    listing = await listing_page(reference)
    if lot not in {each["id"] for each in await lots(listing["id"])}:
        raise NotFound()
    return go(f"/draws/{await freeze_tie(lot, actor, now)}")


ROUTES: list[Any] = [do_freeze_tie]
