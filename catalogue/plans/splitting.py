"""Purchases without open tender, added up as the ban on splitting asks (R-METH-05)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from litestar import Request, get
from litestar.response import Template

from catalogue.plans import queries
from catalogue.plans.exemption_rules import GROUND_LABELS, counted_amounts, counts
from catalogue.plans.filters import chosen_lines
from catalogue.plans.splitting_rules import is_split
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.rulebook import number
from marketplace.kernel.web import page

THRESHOLD = "R-METH-04/open_tender"


@dataclass(frozen=True)
class SplittingSum:
    """One buyer's purchases of one category from one budget item in one year. Yuan."""

    listings: tuple[dict[str, Any], ...]
    threshold: Decimal

    @property
    def total(self) -> Decimal:
        """What those that count come to."""
        return sum(counted_amounts(self.listings), Decimal(0))

    @property
    def exempt(self) -> Decimal:
        """What the others come to."""
        return sum((listing["amount"] for listing in self.listings if not counts(listing)), Decimal(0))

    @property
    def is_over(self) -> bool:
        """Several purchases that together exceed the threshold; exactly at it is not over."""
        return is_split(counted_amounts(self.listings), self.threshold)


def splitting_sums(rows: list[dict[str, Any]], threshold: Decimal) -> list[SplittingSum]:
    """The rows added up by year, buyer, budget item and category; what is over stands first, then the largest."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        key = (row["year"], row["buyer"], row["budget_item"], row["item_code"])
        groups.setdefault(key, []).append(row)
    found = [SplittingSum(tuple(group), threshold) for group in groups.values()]
    return sorted(found, key=lambda each: (not each.is_over, -each.total))


@get("/budget/splitting", opt=needs(Permission.VIEW_BUDGET))
async def show_splitting(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Template:
    """The sums with the listings behind each."""
    threshold = number(THRESHOLD, county_day(now))
    sums = splitting_sums(await queries.bought_without_tender(actor, chosen_lines(request)), threshold)
    years, buyers = await queries.filter_choices(actor)
    chosen = {name: request.query_params.get(name, "") for name in ("year", "buyer")}
    return page(
        "catalogue/plans/splitting.html", sums=sums, threshold=threshold, years=years, buyers=buyers, chosen=chosen,
        total=len(sums), over=sum(each.is_over for each in sums), sees_all=queries.sees_all_lines(actor),
        grounds=GROUND_LABELS,
    )  # fmt: skip


ROUTES: list[Any] = [show_splitting]
