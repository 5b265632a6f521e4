"""Where a bid was sealed from, as keyed hashes only: read after the opening, for people to look at (R-COLL-05)."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Any

from litestar import Request

from marketplace.accounts.people.signing_in import address_of
from marketplace.accounts.throttle.services import keyed
from marketplace.kernel.db import execute
from vendors.bids.cookie import key_in


@dataclass(frozen=True)
class Trace:
    """A network address and a browser, as hashes under the server's key; None where nothing was to be learnt."""

    address: bytes | None = field(repr=False, default=None)
    browser: bytes | None = field(repr=False, default=None)


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


async def keep_trace(receipt: str, trace: Trace) -> None:
    """Keep it beside the bid; it goes when its term is over."""
    if trace.address is None and trace.browser is None:
        return
    await execute(
        "INSERT INTO sealing_trace (id, bid, address, browser)"
        " SELECT gen_random_uuid(), id, $2, $3 FROM bid WHERE receipt_number = $1 ON CONFLICT (bid) DO NOTHING",
        receipt, trace.address, trace.browser,
    )  # fmt: skip
