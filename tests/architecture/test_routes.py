"""The test of doors walks what is served; this one sees to it that all that is written is served."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

from litestar.routes import HTTPRoute

from marketplace.kernel.settings import PROJECT_FOLDER
from marketplace.rehearsal import routes as rehearsal

PACKAGES = ("marketplace", "catalogue", "vendors", "contracts", "evaluations")
WRITES_ROUTES = re.compile(r"^@(get|post|put|patch|delete|route)\(", re.MULTILINE)


def _modules(pattern: re.Pattern[str]) -> list[str]:
    files = [file for package in PACKAGES for file in (PROJECT_FOLDER / package).rglob("*.py")]
    found = [file.relative_to(PROJECT_FOLDER) for file in files if pattern.search(file.read_text())]
    return sorted(".".join(file.with_suffix("").parts) for file in found)


def test_every_handler_that_is_written_is_in_the_list_of_its_module_and_served(app: Any) -> None:
    served = {
        f"{handler.fn.__module__}.{handler.fn.__name__}"
        for route in app.app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
    }
    modules = _modules(WRITES_ROUTES)
    assert len(modules) > 50
    # served only where the settings have a token for it
    served.add("marketplace.site.service_page.metrics")
    # served only in a sandbox
    served |= {f"{each.fn.__module__}.{each.fn.__name__}" for each in rehearsal.ROUTES}
    forgotten = []
    for name in modules:
        source = (PROJECT_FOLDER / (name.replace(".", "/") + ".py")).read_text()
        written = re.findall(r"^@(?:get|post|put|patch|delete|route)\((?:.|\n)*?^async def (\w+)", source, re.MULTILINE)
        assert written and import_module(name)
        forgotten += [f"{name}.{each}" for each in written if f"{name}.{each}" not in served]
    assert forgotten == []
