"""Purchases without open tender, added up as the ban on splitting asks (R-METH-05)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from litestar import Request, get
from litestar.response import Template

from catalogue.plans import queries
from catalogue.plans.exemption_rules import GROUND_LABELS
from catalogue.plans.filters import Paging, chosen_lines, page_number
from catalogue.plans.splitting_queries import LISTINGS_ALONE, SUMS_SHOWN, sums_without_tender
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import NotFound
from marketplace.kernel.rulebook import number
from marketplace.kernel.web import page, url

THRESHOLD = "R-METH-04/open_tender"


@dataclass(frozen=True)
class SplittingSum:
    """One buyer's purchases of one category from one budget item in one year, with some of the listings. Yuan."""

    listings: tuple[dict[str, Any], ...]
    total: Decimal
    exempt: Decimal
    behind: int
    is_over: bool

    @property
    def address(self) -> str:
        """Where all of its listings stand."""
        first = self.listings[0]
        chosen = {"year": first["year"], "buyer": first["buyer"], "project": first["budget_item"]}
        return "/budget/splitting?" + urlencode({**chosen, "item": first["item_code"]})


def splitting_sums(rows: Sequence[dict[str, Any]]) -> list[SplittingSum]:
    """The rows of each group together, in their order."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        key = (row["year"], row["buyer"], row["budget_item"], row["item_code"])
        groups.setdefault(key, []).append(row)
    return [
        SplittingSum(tuple(group), group[0]["total"], group[0]["exempt"], group[0]["behind"], group[0]["is_over"])
        for group in groups.values()
    ]


@get("/budget/splitting", opt=needs(Permission.VIEW_BUDGET))
async def show_splitting(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Template:
    """The sums with the newest listings behind each, or one sum with all of them."""
    threshold = number(THRESHOLD, county_day(now))
    lines, asked, turned = chosen_lines(request), request.query_params, page_number(request)
    project = (asked.get("project", "") and lines.item and asked["project"][:100]) or None
    sums = splitting_sums(await sums_without_tender(actor, lines, threshold, project, turned))
    if turned > 1 and not sums:
        raise NotFound()
    first = sums[0].listings[0] if sums else {"groups": 0, "over": 0, "behind": 0}
    years, buyers = await queries.filter_choices(actor)
    chosen = {name: asked.get(name, "") for name in ("year", "buyer")}
    query = {name: asked[name] for name in ("year", "buyer", "project", "item") if asked.get(name)}
    return page(
        "catalogue/plans/splitting.html", sums=sums, threshold=threshold, years=years, buyers=buyers, chosen=chosen,
        total=first["groups"], over=first["over"], sees_all=queries.sees_all_lines(actor), grounds=GROUND_LABELS,
        project=project,
        page=Paging(
            turned, first["behind"] if project else first["groups"],
            lambda n: url("/budget/splitting?" + urlencode({**query, "page": n})),
            LISTINGS_ALONE if project else SUMS_SHOWN,
        ),
    )  # fmt: skip


ROUTES: list[Any] = [show_splitting]
