"""The one-time codes of the demo's accounts, for whoever tries the county by hand or by a script."""

from typing import Any

import msgspec
from litestar import get
from litestar.response import Response

from marketplace.accounts.described import DEMO, Told, described
from marketplace.accounts.guards import PUBLIC
from marketplace.accounts.second_factor.queries import codes_of
from marketplace.demo.cast import CAST


class Code(msgspec.Struct, frozen=True):
    """A one-time code, and the seconds to wait for it."""

    code: str
    wait_seconds: float


@get(
    "/demo/codes", summary="The one-time codes of the demo's accounts",
    **described({**PUBLIC, "skip_session": True}, Told(dict[str, Code], "By account"), tag=DEMO),
)  # fmt: skip
async def show_codes() -> Response[dict[str, dict[str, Any]]]:
    """For each demo account that signs in with a code: one that would be accepted, and the seconds to wait for it."""
    return Response(await codes_of([member.username for member in CAST]))


ROUTES: list[Any] = [show_codes]
