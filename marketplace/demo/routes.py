"""The county clock of a demo: anybody may read it and turn it forward; other installations have no such page."""

import json
from datetime import datetime, timedelta
from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.response import Response

from marketplace.accounts.described import DEMO, Taken, Told, described
from marketplace.accounts.guards import PUBLIC, Now
from marketplace.kernel.clock import COUNTY_ZONE, turn_clock_to
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_

NO_FORM = {**PUBLIC, "skip_session": True, "exclude_from_csrf": True}
LONGEST_TURN = timedelta(days=1100)  # a slip of the finger must not put the county into another century


class ClockSays(msgspec.Struct, frozen=True):
    """The county's time."""

    now: datetime


class Turn(msgspec.Struct, frozen=True):
    """The moment to turn the clock to; never back."""

    at: datetime


TOLD = Told(ClockSays, "The county's time")


def read_moment(body: bytes, now: datetime) -> datetime:
    """The moment that was asked for. Raises DomainError when it is no moment, lies behind or is far off."""
    try:
        moment = datetime.fromisoformat(str(json.loads(body)["at"]))
    except (ValueError, KeyError, TypeError) as wrong:
        raise DomainError(
            N_("请写出要拨到的时间，例如 {example}。"), example='{"at": "2026-03-02T14:00:00+08:00"}'
        ) from wrong
    moment = moment if moment.tzinfo else moment.replace(tzinfo=COUNTY_ZONE)
    if moment < now:
        raise DomainError(N_("县里的时间只能往前拨。"))
    if moment - now > LONGEST_TURN:
        raise DomainError(N_("一次最多往前拨三年。"))
    return moment


@get("/demo/clock", summary="The county's clock", **described(NO_FORM, TOLD, tag=DEMO))
async def show_clock(now: Now) -> Response[dict[str, str]]:
    """What time it is in the county."""
    return Response({"now": now.astimezone(COUNTY_ZONE).isoformat()})


@post(
    "/demo/clock", status_code=200, summary="Turn the county's clock",
    **described(NO_FORM, TOLD, (422,), Taken(Turn), DEMO),
)  # fmt: skip
async def do_turn(request: Request[Any, Any, Any], now: Now) -> Response[dict[str, str]]:
    """Turn the county clock forward."""
    moment = read_moment(await request.body(), now)
    await turn_clock_to(moment)
    return Response({"now": moment.astimezone(COUNTY_ZONE).isoformat()})


ROUTES: list[Any] = [show_clock, do_turn]
