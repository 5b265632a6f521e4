"""Where a bid was sealed from, as keyed hashes only: read after the opening, for people to look at (R-COLL-05)."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Any

from litestar import Request

from marketplace.accounts.people.signing_in import address_of
from marketplace.accounts.throttle.services import keyed
from marketplace.kernel.db import Statement
from vendors.bids.cookie import key_in


@dataclass(frozen=True)
class Trace:
    """A network address and a browser, as hashes under the server's key; None where nothing was to be learnt."""

    address: bytes | None = field(repr=False, default=None)
    browser: bytes | None = field(repr=False, default=None)


NO_TRACE = Trace()


def trace_of(request: Request[Any, Any, Any]) -> Trace:
    """What is kept of a request that seals."""
    secret: str = request.app.state["settings"].secret("sealing-trace")
    brought, address = key_in(request), address_of(request)
    return Trace(
        keyed(address, secret) if tells_apart(address) else None,
        keyed(brought.hex(), secret) if brought is not None else None,
    )


def tells_apart(address: str) -> bool:
    """The server's own address says nothing: it means that nobody passed the real one on."""
    try:
        return not ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def trace_of_bid(trace: Trace, bid: str) -> list[Statement]:
    """What keeps it beside the bid that the part of this name gives, written with the bid; it goes after its term."""
    if trace.address is None and trace.browser is None:
        return []
    return [Statement(
        "INSERT INTO sealing_trace (id, bid, address, browser)"
        f" SELECT gen_random_uuid(), id, $1::bytea, $2::bytea FROM {bid}",
        (trace.address, trace.browser),
    )]  # fmt: skip
