"""A provider's standing for everybody: the figure, its working, its history, and the same as JSON."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery, Parameter
from litestar.response import Response, Template

from catalogue.items.rules import CATEGORY_LABELS
from catalogue.listings.rules import GRADE_LABELS
from marketplace.accounts.described import Told, described
from marketplace.accounts.guards import PUBLIC, Now
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import page
from vendors.providers.queries import provider_by_reference
from vendors.standing.answers import StandingAnswer
from vendors.standing.pages import answer_of, standing_of_provider
from vendors.standing.rules import RULE, grade_on

Since = Annotated[FromQuery[str], Parameter(description="the day from which a move is explained: 2026-03-02")]


class DayNotUnderstood(DomainError):
    """A day that cannot be read, or that is still to come."""

    status_code = 422


def since_day(typed: str, today: date) -> date | None:
    """The day a reader asks to be compared with. Raises DayNotUnderstood."""
    if not typed:
        return None
    try:
        found = date.fromisoformat(typed)
    except ValueError as wrong:
        raise DayNotUnderstood(N_("请按“2026-03-02”的样子写日期。")) from wrong
    if not date(2000, 1, 1) <= found <= today:
        raise DayNotUnderstood(N_("请选今天或者以前的一天。"))
    return found


@get("/providers/{reference:str}/standing", opt=PUBLIC)
async def show_standing(reference: FromPath[str], now: Now, since: Since = "") -> Template:
    """The figures of today with every number they are counted from."""
    provider, today = await provider_by_reference(reference), county_day(now)
    told = await standing_of_provider(provider["id"], today, since_day(since, today))
    return page(
        "vendors/standing/show.html", provider=provider, told=told, category_labels=CATEGORY_LABELS,
        grade_labels=GRADE_LABELS, rule=RULE, grade_on=grade_on,
    )  # fmt: skip


@get(
    "/providers/{reference:str}/standing.json", summary="A provider's standing",
    **described(PUBLIC, Told(StandingAnswer), (404, 422)),
)  # fmt: skip
async def standing_file(reference: FromPath[str], now: Now, since: Since = "") -> Response[bytes]:
    """Every figure with its formula's inputs and its history, to compute again."""
    provider, today = await provider_by_reference(reference), county_day(now)
    told = await standing_of_provider(provider["id"], today, since_day(since, today))
    body = msgspec.json.format(msgspec.json.encode(answer_of(provider, told)), indent=1)
    return Response(body, media_type="application/json")


ROUTES: list[Any] = [show_standing, standing_file]
