"""The public list of listings."""

from typing import Any
from urllib.parse import urlencode

from litestar import Request, get
from litestar.response import Redirect, Template

from catalogue.listings.public_states import PUBLIC_STATES, PUBLIC_TONES, public_state
from catalogue.listings.queries import PAGE_SIZE, list_public
from catalogue.listings.rules import METHOD_LABELS, shown_status
from marketplace.accounts.guards import PUBLIC, Now
from marketplace.kernel.web import go, page, url


class Pages:
    """Where the reader is in a list and how to go on; filters stay in the address."""

    def __init__(self, number: int, total: int, query: dict[str, str]) -> None:
        self.number, self.total, self._query = number, total, {k: v for k, v in query.items() if v}
        self.pages = max(1, -(-total // PAGE_SIZE))

    def url_for(self, number: int) -> str:
        """The address of another page of the same list."""
        return url("/listings?" + urlencode({**self._query, "page": number}))


@get("/listings", opt=PUBLIC)
async def show_listings(request: Request[Any, Any, Any], now: Now) -> Template | Redirect:
    """Published listings, those open for bids first; words are looked for on the page of the search."""
    chosen = {"status": request.query_params.get("status", "")}
    if words := request.query_params.get("q", "").strip():
        asked = {"kind": "listing", "q": words, "state": chosen["status"]}
        return go("/search?" + urlencode({name: value for name, value in asked.items() if value}))
    status = chosen["status"] if chosen["status"] in PUBLIC_STATES else None
    typed = request.query_params.get("page", "1")
    number = min(int(typed), 10_000) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 1
    listings, total = await list_public(status, max(number, 1), now)
    for listing in listings:
        listing["state"] = public_state(listing, shown_status(listing["status"], listing["closes_at"], now))
    return page(
        "catalogue/listings/list.html", listings=listings, page=Pages(max(number, 1), total, chosen), chosen=chosen,
        statuses=list(PUBLIC_STATES.items()), status_labels=PUBLIC_STATES, status_tones=PUBLIC_TONES,
        method_labels=METHOD_LABELS,
    )  # fmt: skip


ROUTES: list[Any] = [show_listings]
