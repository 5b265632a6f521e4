"""What a web process loads before its first page: nothing that costs time and no page needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
BOTH_WAYS = """
from dataclasses import fields
from piccolo.columns.base import ColumnMeta
from piccolo.columns.defaults.base import Default
from litestar.params import FromPath, FromQuery, ParameterKwarg, PathParameter, QueryParameter
theirs = ColumnMeta.copy, Default.__eq__, ParameterKwarg.__hash__
import piccolo_conf, marketplace.app
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


def test_a_web_process_starts_without_what_few_pages_need(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-P", "-c", LOOK, str(tmp_path)],
        cwd=PROJECT_FOLDER, capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = set(said.stdout.split())
    assert "marketplace.app" in loaded
    assert sorted(loaded & set(NOT_AT_THE_START)) == []


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
