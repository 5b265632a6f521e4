"""The book of accounts: what is owed, kept and paid, each total down to its entries and their causes."""

from datetime import datetime
from typing import Any

from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from contracts.treasury import book_queries as queries
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import SIGNED_IN, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import NotFound
from marketplace.kernel.ledger.accounts import CAUSE_WORDS, CHART, Account
from marketplace.kernel.web import page

SEEING = needs(Permission.READ_EVERYTHING)


def _account(code: str) -> Account:
    try:
        return Account(code)
    except ValueError:
        raise NotFound() from None


@get("/books", opt=SEEING)
async def show_books(now: Now) -> Template:
    """Every account with its totals; debits and credits agree."""
    return page("contracts/treasury/books.html", rows=await queries.trial_balance(now))


@get("/books/{code:str}", opt=SEEING)
async def show_account(code: FromPath[str], now: Now, number: FromQuery[int] = 1) -> Template:
    """The contracts and deposits that make up one account."""
    account = _account(code)
    found = await queries.on_account(account, now, number)
    return page(
        "contracts/treasury/account.html", code=account, line=CHART[account], page=found,
        sums=await queries.account_sums(account, now),
    )  # fmt: skip


async def _book(  # noqa: PLR0913 - whose book, on which account, for whom
    kind: str, reference: str, code: str, actor: Actor, now: datetime
) -> Template:
    owner = await queries.book_owner(kind, reference, actor, now)
    account = _account(code) if code else None
    return page(
        "contracts/treasury/book.html", kind=kind, reference=reference, code=account, chart=CHART,
        balances=await queries.balances_of(owner["id"]), entries=await queries.entries_of(owner["id"], account),
        causes=CAUSE_WORDS,
    )  # fmt: skip


@get("/contracts/{reference:str}/book", opt=SIGNED_IN)
async def show_contract_book(
    reference: FromPath[str], actor: CurrentActor, now: Now, account: FromQuery[str] = ""
) -> Template:
    """Every entry of a contract, or those on one account, each with its cause."""
    return await _book("contracts", reference, account, actor, now)


@get("/deposits/{reference:str}/book", opt=SIGNED_IN)
async def show_deposit_book(
    reference: FromPath[str], actor: CurrentActor, now: Now, account: FromQuery[str] = ""
) -> Template:
    """Every entry of a deposit, or those on one account."""
    return await _book("deposits", reference, account, actor, now)


ROUTES: list[Any] = [show_books, show_account, show_contract_book, show_deposit_book]
