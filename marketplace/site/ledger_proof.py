"""The proof of the ledger as a page: every identity of the money, and the first row that breaks one."""

from typing import Any

from litestar import get
from litestar.response import Template

from marketplace.accounts.guards import needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.web import page
from marketplace.verify_ledger import IDENTITIES, first_difference, postings_counted


@get("/budget/proof", opt=needs(Permission.READ_EVERYTHING))
async def show_proof() -> Template:
    """What `marketplace verify ledger` says, for finance and the auditor."""
    return page(
        "marketplace/ledger_proof.html", identities=IDENTITIES, difference=await first_difference(),
        postings=await postings_counted(),
    )  # fmt: skip


ROUTES: list[Any] = [show_proof]
