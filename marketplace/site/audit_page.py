"""The audit as those who may read everything see it; bids before their deadline are not there for anyone."""

from typing import Any

from litestar import Request, get
from litestar.response import Template

from marketplace.accounts.guards import Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.audit.queries import list_entries
from marketplace.kernel.characters import small_number
from marketplace.kernel.web import page, url


@get("/audit", opt=needs(Permission.VIEW_AUDIT))
async def audit_page(request: Request[Any, Any, Any], now: Now) -> Template:
    """Who did what, newest first, with each entry's place and hash in the chain."""
    found = await list_entries(small_number(request.query_params.get("page", "1"), 999_999), now)
    paging = {"number": found.page, "pages": found.pages, "total": found.total}
    return page(
        "marketplace/site/audit.html", lines=found.lines, paging=paging, url_for=lambda n: f"{url('/audit')}?page={n}"
    )


ROUTES: list[Any] = [audit_page]
