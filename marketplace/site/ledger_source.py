"""From a movement on a budget line to the page of what caused it, whichever package that lies in."""

from typing import Any
from uuid import UUID

from litestar import get
from litestar.params import FromPath
from litestar.response import Redirect

from marketplace.accounts.guards import needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetchval
from marketplace.kernel.errors import NotFound
from marketplace.kernel.web import go

# what caused a movement: where its reference stands and which page tells of it
SOURCES: dict[str, tuple[str, str]] = {
    "listing": ("SELECT reference FROM listing WHERE id = $1", "/listings/"),
    "contract": ("SELECT reference FROM contract WHERE id = $1", "/contracts/"),
    "contract_opening": (
        "SELECT c.reference FROM contract_opening o JOIN contract c ON c.id = o.contract WHERE o.id = $1", "/contracts/"
    ),
    "budget_change": ("SELECT id FROM budget_change WHERE id = $1", "/budget/changes/"),
    "acceptance": (
        "SELECT c.reference || '/acceptance/' || m.position FROM acceptance a"
        " JOIN contract c ON c.id = a.contract JOIN contract_milestone m ON m.id = a.milestone WHERE a.id = $1",
        "/contracts/",
    ),
    "advance_claim": (
        "SELECT a.reference FROM advance_claim k JOIN contract_amendment a ON a.id = k.amendment WHERE k.id = $1",
        "/amendments/",
    ),
    "late_credit": (
        "SELECT i.reference FROM late_credit k JOIN invoice i ON i.id = k.invoice WHERE k.id = $1", "/invoices/",
    ),
    "contract_amendment": ("SELECT reference FROM contract_amendment WHERE id = $1", "/amendments/"),
    "late_interest": (
        "SELECT y.reference FROM late_interest l JOIN payment y ON y.id = l.payment WHERE l.id = $1",
        "/payments/",
    ),
    "payment_dispute": (
        "SELECT i.reference FROM payment_dispute d JOIN invoice i ON i.id = d.invoice WHERE d.id = $1", "/invoices/",
    ),
    "payment": ("SELECT reference FROM payment WHERE id = $1", "/payments/"),
}


@get("/budget/sources/{kind:str}/{source:uuid}", opt=needs(Permission.VIEW_BUDGET))
async def show_source(kind: FromPath[str], source: FromPath[UUID]) -> Redirect:
    """On to the listing, contract or payment; that page decides what this reader may see."""
    if kind not in SOURCES:
        raise NotFound()
    sql, path = SOURCES[kind]
    reference = await fetchval(sql, source)
    if reference is None:
        raise NotFound()
    return go(path + str(reference))


ROUTES: list[Any] = [show_source]
