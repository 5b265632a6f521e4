"""Traces: routes and numbers of pages read, nothing of bids, and never a reader who waits for the collector."""

from __future__ import annotations

import json
import subprocess
import sys

import httpx
import pytest
from litestar.types import Receive, Scope, Send

from marketplace.upkeep.telemetry import Traced, is_told
from tests.architecture.source import ROOT

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize(("method", "template", "told"), [
    ("GET", "/listings/{reference:str}", True), ("HEAD", "/data", True), ("POST", "/listings/drafts", False),
    ("GET", "/listings/{reference:str}/lots/{lot:int}/bid", False), ("GET", "/bids/{receipt:str}", False),
    ("GET", "/sealed-uploads/{upload:uuid}/{number:int}", False), ("GET", "", False),
])  # fmt: skip
def test_only_reading_outside_the_rooms_of_bids_is_told(method: str, template: str, told: bool) -> None:
    assert is_told(method, template) is told


async def page(scope: Scope, receive: Receive, send: Send) -> None:
    """An application with one page."""
    scope["path_template"] = "/listings/{reference:str}"
    scope["request_number"] = "abc123"  # type: ignore[typeddict-unknown-key]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok", "more_body": False})


async def test_a_span_carries_the_route_and_the_number_and_follows_the_proxys_trace() -> None:
    got: list[httpx.Request] = []

    def collect(request: httpx.Request) -> httpx.Response:
        got.append(request)
        return httpx.Response(200 if len(got) == 1 else 503)

    collector = httpx.AsyncClient(transport=httpx.MockTransport(collect))
    app = Traced(page, "http://collector:4318/", "county", collector)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://c") as browser:
        secret = "/listings/JT-2026-0001?q=secret"
        assert (await browser.get(secret, headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})).text == "ok"
        await app.deliver()
        await browser.get(secret, headers={"traceparent": "00-broken"})
        await app.deliver()
    assert str(got[0].url) == "http://collector:4318/v1/traces"
    text = got[0].content.decode()
    assert "JT-2026-0001" not in text and "secret" not in text
    (span,) = json.loads(text)["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert (span["traceId"], span["parentSpanId"]) == (TRACE, "00f067aa0ba902b7")
    told = {each["key"]: each["value"] for each in span["attributes"]}
    assert told["http.route"] == {"stringValue": "/listings/{reference:str}"}
    assert told["marketplace.request"] == {"stringValue": "abc123"}
    assert told["http.response.status_code"] == {"intValue": "200"}
    assert len(got) == 2 and not app.waiting, "what was refused is dropped"


def test_without_the_setting_it_is_not_loaded() -> None:
    words = "import sys, marketplace.app; sys.exit('marketplace.upkeep.telemetry' in sys.modules)"
    assert subprocess.run([sys.executable, "-P", "-c", words], cwd=ROOT, check=False).returncode == 0
