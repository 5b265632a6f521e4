"""Marks for secrets, and a browser before an application whose every word is kept with them."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from marketplace.app import create_app, open_gateways
from marketplace.kernel.settings import Settings
from marketplace.upkeep.telemetry import Traced
from tests.marked import TRACES, Marks, listen


@pytest.fixture
def marks() -> Iterator[Marks]:
    """Marks; what was done to the logs meanwhile is undone."""
    # the browser of the test speaks of what it sends; no process of ours has one
    loggers = [logging.getLogger(name) for name in (None, "httpx", "httpcore")]
    before = [(each.handlers[:], each.level, each.disabled) for each in loggers]
    yield Marks()
    for each, (handlers, level, disabled) in zip(loggers, before, strict=True):
        each.handlers[:], each.level, each.disabled = handlers, level, disabled


@pytest_asyncio.fixture
async def visitor(
    db: Any, clock: Any, settings: Settings, marks: Marks, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """A browser before an application with figures and traces; what is traced is kept with the marks."""

    def collect(request: httpx.Request) -> httpx.Response:
        marks.said[TRACES].append(request.content)
        return httpx.Response(200)

    told = dataclasses.replace(settings, metrics_token="figures-only", documents_folder=tmp_path)
    app = create_app(told, open_gateways(told), own_pool=False)
    listen(marks)
    traced = Traced(app, "http://collector", "county", httpx.AsyncClient(transport=httpx.MockTransport(collect)))
    transport = httpx.ASGITransport(app=traced, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://county.test") as browser:
        browser.routed, browser.traced = app.app, traced  # type: ignore[attr-defined]
        yield browser
