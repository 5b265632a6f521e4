"""Traces by OTLP over HTTP, for a county that has a collector (OpenTelemetry); loaded only where one is set.

One span for each page that was read: its route, never its address, with status, time and the request's number. What is
posted and the rooms of bids are left out altogether: how often they are used would tell how many bids were sealed.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections import deque
from contextlib import suppress
from typing import Any

import httpx
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from marketplace.kernel.logs import told
from marketplace.kernel.settings import VERSION

MOST_WAITING = 2_000  # spans; the oldest go when the collector stays away
EVERY = 5.0  # seconds between two deliveries
LONGEST_DELIVERY = 5.0
# rooms of bids, sealing and opening
HIDDEN = ("/bid", "/lots/", "/sealed-uploads", "/receipts", "/final-price", "/opening")
SERVER = 2  # the kind of a span that answers a request
ERROR = 2
log = logging.getLogger("marketplace.telemetry")


def is_told(method: str, template: str) -> bool:
    """Whether a request may be counted by others: pages that are read, outside the rooms of bids."""
    return method in ("GET", "HEAD") and bool(template) and not any(part in template for part in HIDDEN)


def parent_of(scope: Scope) -> tuple[str, str]:
    """The trace that a proxy began, by the header `traceparent`, or a new one without a parent."""
    for name, value in scope["headers"]:
        if name == b"traceparent":
            parts = value.decode("latin-1").split("-")
            if len(parts) == 4 and len(parts[1]) == 32 and len(parts[2]) == 16 and _is_hex(parts[1] + parts[2]):
                return parts[1], parts[2]
    return secrets.token_hex(16), ""


def _is_hex(text: str) -> bool:
    return all(sign in "0123456789abcdef" for sign in text) and set(text) != {"0"}


class Traced:
    """The application with a span told for each page read; a collector that is away never holds a reader up."""

    def __init__(self, app: ASGIApp, endpoint: str, name: str, client: httpx.AsyncClient | None = None) -> None:
        self.app, self.address, self.name = app, f"{endpoint.rstrip('/')}/v1/traces", name
        self.waiting: deque[dict[str, Any]] = deque(maxlen=MOST_WAITING)
        self.client = client
        self._delivery: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, and note how long it took."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        began, status = time.time_ns(), 0

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_on)
        finally:
            template = str(scope.get("path_template", ""))
            if is_told(scope["method"], template):
                self.waiting.append(_span(scope, template, began, status))
                if self._delivery is None or self._delivery.done():
                    self._delivery = asyncio.create_task(self._deliver())

    async def _deliver(self) -> None:
        await asyncio.sleep(EVERY)
        await self.deliver()

    async def deliver(self) -> None:
        """Send what waits; on a refusal it is dropped, and said in the log without a word of it."""
        spans = [self.waiting.popleft() for _ in range(len(self.waiting))]
        if not spans:
            return
        self.client = self.client or httpx.AsyncClient(timeout=LONGEST_DELIVERY)
        try:
            (await self.client.post(self.address, json=_packed(spans, self.name))).raise_for_status()
        except httpx.HTTPError as failure:
            with suppress(Exception):
                log.warning("%s spans were not taken: %s", len(spans), told(failure))


def _span(scope: Scope, template: str, began: int, status: int) -> dict[str, Any]:
    trace, parent = parent_of(scope)
    attributes: dict[str, str | int] = {
        "http.request.method": scope["method"], "http.route": template, "http.response.status_code": status,
        "marketplace.request": str(scope.get("request_number", "")),
    }  # fmt: skip
    return {
        "traceId": trace, "spanId": secrets.token_hex(8), "parentSpanId": parent, "kind": SERVER,
        "name": f"{scope['method']} {template}", "startTimeUnixNano": str(began),
        "endTimeUnixNano": str(time.time_ns()),
        "attributes": [_attribute(key, value) for key, value in attributes.items()],
        "status": {"code": ERROR} if status >= 500 or not status else {},
    }  # fmt: skip


def _attribute(key: str, value: str | int) -> dict[str, Any]:
    return {"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}


def _packed(spans: list[dict[str, Any]], name: str) -> dict[str, Any]:
    of = [_attribute("service.name", name), _attribute("service.version", VERSION)]
    scoped = {"scope": {"name": "marketplace"}, "spans": spans}
    return {"resourceSpans": [{"resource": {"attributes": of}, "scopeSpans": [scoped]}]}
