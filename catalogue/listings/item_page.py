"""The page of one catalogue item with its listings."""

from typing import Any

from litestar import get
from litestar.params import FromPath
from litestar.response import Template

from catalogue.items.queries import edition_of, item_by_code
from catalogue.items.rules import CATEGORY_LABELS, LEGAL_FORM_LABELS
from catalogue.listings.public_states import PUBLIC_STATES, PUBLIC_TONES, public_state
from catalogue.listings.queries import listings_of_item
from catalogue.listings.rules import shown_status
from marketplace.accounts.guards import PUBLIC, Now
from marketplace.kernel.errors import NotFound
from marketplace.kernel.web import page

MOST_CODE_LENGTH = 8


@get("/catalogue/{code:str}", opt=PUBLIC)
async def show_item(code: FromPath[str], now: Now) -> Template:
    """One item: content, unit, evidence, who may provide it, and the listings of it."""
    if len(code) > MOST_CODE_LENGTH:
        raise NotFound()
    item = await item_by_code(code.upper())
    listings = await listings_of_item(item["code"])
    for listing in listings:
        listing["state"] = public_state(listing, shown_status(listing["status"], listing["closes_at"], now))
    return page(
        "catalogue/items/item.html", item=item, edition=await edition_of(item["id"]), listings=listings,
        category_labels=CATEGORY_LABELS, legal_form_labels=LEGAL_FORM_LABELS,
        status_labels=PUBLIC_STATES, status_tones=PUBLIC_TONES,
    )  # fmt: skip


ROUTES: list[Any] = [show_item]
