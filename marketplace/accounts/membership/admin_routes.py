"""The administrator's page of accounts: find, close, open again, let somebody set up the authenticator anew."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.membership.queries import accounts_found
from marketplace.accounts.membership.services import close_account, reopen_account
from marketplace.accounts.permissions import ROLE_LABELS, Permission
from marketplace.accounts.second_factor.services import remove_second_factor
from marketplace.kernel.characters import small_number
from marketplace.kernel.web import go, page

MANAGE = needs(Permission.MANAGE_ACCOUNTS)
ON_A_PAGE = 50


@get("/accounts", opt=MANAGE)
async def show_accounts(request: Request[Any, Any, Any]) -> Template:
    """Accounts by name, user name or organisation."""
    words = request.query_params.get("q", "").strip()[:80]
    number = small_number(request.query_params.get("page", "1"))
    found = await accounts_found(words, ON_A_PAGE, (number - 1) * ON_A_PAGE)
    total = found[0]["total"] if found else 0
    return page(
        "marketplace/accounts/accounts.html", accounts=found, words=words, role_labels=ROLE_LABELS, total=total,
        number=number, pages=-(-total // ON_A_PAGE),
    )  # fmt: skip


@post("/accounts/{person:uuid}/close", opt=irreversible(MANAGE))
async def do_close(person: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Close an account."""
    await close_account(person, actor, now)
    return go("/accounts")


@post("/accounts/{person:uuid}/open", opt=irreversible(MANAGE))
async def do_open(person: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Open a closed account again."""
    await reopen_account(person, actor, now)
    return go("/accounts")


@post("/accounts/{person:uuid}/second-factor/end", opt=irreversible(MANAGE))
async def do_end_second_factor(person: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Phone and recovery codes are lost and the person was identified: they set up anew at the next sign-in."""
    await remove_second_factor(person, actor, now)
    return go("/accounts")


ROUTES: list[Any] = [show_accounts, do_close, do_open, do_end_second_factor]
