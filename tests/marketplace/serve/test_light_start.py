"""What a web process loads before its first page: nothing that costs time and no page needs."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest
from litestar.types import ASGIApp, Receive, Scope, Send

from marketplace.first_pages import FirstPages
from marketplace.kernel.settings import PROJECT_FOLDER, Settings

NOT_AT_THE_START = (
    "pydantic", "segno", "babel.messages.pofile", "puremagic", "openpyxl", "docxtpl", "weasyprint", "boto3", "stripe",
    "pypinyin", "tantivy",
)  # fmt: skip
LOOK = (
    "import sys, piccolo_conf, marketplace.web_process;"
    "from marketplace.app import create_app, open_gateways;"
    "from marketplace.kernel.settings import Settings;"
    "s = Settings.from_environment({'MARKETPLACE_DEMO': '1', 'MARKETPLACE_VAR': sys.argv[1]});"
    "create_app(s, open_gateways(s)); print(*sorted(sys.modules))"
)
FIRST = LOOK.replace("create_app(", "create_first_app(").replace("import create_app", "import create_first_app")
# of the rest of the site's packages the first pages load what they show, and none of their pages
MOST_AT_FIRST = 320
BOTH_WAYS = """
from dataclasses import fields
from piccolo.columns.base import ColumnMeta
from piccolo.columns.defaults.base import Default
from litestar.params import FromPath, FromQuery, ParameterKwarg, PathParameter, QueryParameter
theirs = ColumnMeta.copy, Default.__eq__, ParameterKwarg.__hash__
import piccolo_conf, marketplace.route_table
from piccolo.table import TABLE_REGISTRY
assert all(old is not new for old, new in zip(
    theirs, (ColumnMeta.copy, Default.__eq__, ParameterKwarg.__hash__), strict=True))
columns = [column for table in TABLE_REGISTRY for column in table._meta.columns]
assert len(columns) > 1000
for column in columns:
    meta = column._meta
    ours, other = meta.copy(), theirs[0](meta)
    assert type(ours) is type(other) and list(sorted(ours.__dict__)) == list(sorted(other.__dict__))
    assert all(getattr(ours, each.name) is getattr(other, each.name) or getattr(ours, each.name) == getattr(
        other, each.name) for each in fields(meta))
    assert ours.params is not meta.params and ours.call_chain is not meta.call_chain
defaults = [each for column in columns if isinstance(each := column._meta.params.get("default"), Default)]
assert len(defaults) > 50
for one in defaults[:60]:
    for another in [*defaults[:60], None, 1]:
        known = another is not None and isinstance(another, Default)
        assert (one == another) == (known and bool(theirs[1](one, another)))
for one in (PathParameter(), QueryParameter(), QueryParameter(name="a"), ParameterKwarg()):
    for another in (PathParameter(), QueryParameter(), QueryParameter(name="a"), ParameterKwarg()):
        assert one != another or hash(one) == hash(another)
assert FromPath[int] == FromPath[int] != FromPath[str] and FromQuery[int] != FromPath[int]
print("same")
"""


def _loaded(look: str, folder: Path) -> set[str]:
    said = subprocess.run(
        [sys.executable, "-P", "-c", look, str(folder)], cwd=PROJECT_FOLDER, capture_output=True, text=True, check=True
    )
    return set(said.stdout.split())


def test_a_web_process_starts_without_what_few_pages_need(tmp_path: Path) -> None:
    loaded = _loaded(LOOK, tmp_path)
    assert {"marketplace.app", "contracts.visits.routes"} <= loaded
    assert sorted(loaded & set(NOT_AT_THE_START)) == []


def test_the_first_pages_do_not_wait_for_the_rest_of_the_site(tmp_path: Path) -> None:
    loaded = _loaded(FIRST, tmp_path)
    assert "marketplace.site.routes" in loaded
    assert not {"marketplace.route_table", "contracts.visits.routes", "vendors.bids.routes"} & loaded
    own = [name for name in loaded if name.split(".")[0] in ("catalogue", "contracts", "evaluations", "vendors")]
    assert len(own) < MOST_AT_FIRST, sorted(own)


async def test_whoever_wants_another_page_waits_for_the_rest_which_is_loaded_once() -> None:
    asked: list[tuple[str, str]] = []

    def an_application(name: str) -> ASGIApp:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            asked.append((name, scope.get("path", scope["type"])))

        return app

    made: list[ASGIApp] = []

    def load() -> ASGIApp:
        made.append(an_application("rest"))
        return made[-1]

    pages, nothing = FirstPages(an_application("first"), load), cast(Any, None)
    for path in ("/", "/static/built/site.css", "/healthz"):
        await pages(cast(Any, {"type": "http", "path": path}), nothing, nothing)
    await asyncio.gather(
        *(pages(cast(Any, {"type": "http", "path": path}), nothing, nothing) for path in ("/work", "/listings"))
    )
    await pages(cast(Any, {"type": "http", "path": "/"}), nothing, nothing)
    await pages(cast(Any, {"type": "lifespan"}), nothing, nothing)
    assert len(made) == 1
    assert asked[:3] == [("first", "/"), ("first", "/static/built/site.css"), ("first", "/healthz")]
    assert sorted(asked[3:5]) == [("rest", "/listings"), ("rest", "/work")]
    assert asked[5:] == [("rest", "/"), ("first", "lifespan")]


async def test_a_rest_that_cannot_be_loaded_is_said_to_whoever_waits() -> None:
    def fail() -> ASGIApp:
        raise RuntimeError("no such module")

    pages = FirstPages(cast(Any, None), fail)
    with pytest.raises(RuntimeError, match="no such module"):
        await pages(cast(Any, {"type": "http", "path": "/work"}), cast(Any, None), cast(Any, None))


def test_tables_and_routes_are_declared_quickly_and_as_the_libraries_declare_them() -> None:
    """What is put in the libraries' place gives what they would give."""
    looked = subprocess.run(
        [sys.executable, "-P", "-c", BOTH_WAYS], cwd=PROJECT_FOLDER, capture_output=True, text=True, check=True
    )
    assert looked.stdout.split() == ["same"]


def test_outside_a_demo_the_server_seals_nothing_unless_the_county_says_so(tmp_path: Path) -> None:
    told = {"MARKETPLACE_VAR": str(tmp_path)}
    assert not Settings.from_environment(told).server_seals
    assert Settings.from_environment(told | {"MARKETPLACE_DEMO": "1"}).server_seals
    assert Settings.from_environment(told | {"SERVER_SEALS": "yes"}).server_seals
    assert not Settings.from_environment(told | {"MARKETPLACE_DEMO": "1", "SERVER_SEALS": "no"}).server_seals
