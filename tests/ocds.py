"""The official schemas of the Open Contracting Data Standard, as set-up took them from their source packages."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

FOLDER = Path(__file__).resolve().parents[1] / ".venv" / "ocds"
needs_schemas = pytest.mark.skipif(
    not (FOLDER / "release-schema.json").exists(),
    reason="the official schemas were not taken at set-up: run `make setup-dev` with the network there",
)
# what the two extensions that our packages name add to the standard's own fields (bids: version 1.1.5)
BIDS = json.loads((Path(__file__).parent / "ocds_bids" / "release-schema.json").read_text())["properties"]["bids"]
LINKS = {"type": "object", "properties": {"next": {"type": "string", "format": "uri"}, "prev": {}}}


@cache
def schemas() -> tuple[dict[str, Any], dict[str, Any]]:
    """The schemas of a release and of a package, with the fields of the extensions."""
    release = json.loads((FOLDER / "release-schema.json").read_text())
    package = json.loads((FOLDER / "release-package-schema.json").read_text())
    release["properties"]["bids"] = BIDS
    package["properties"]["links"] = LINKS
    return release, package


def mistakes_in_package(package: dict[str, Any]) -> list[str]:
    """What the official schema says against a package; formats of moments and addresses are checked too."""
    release, schema = schemas()
    registry = Registry().with_resources(
        [(each["id"], Resource(contents=each, specification=DRAFT4)) for each in (release, schema)]
    )
    checker = FormatChecker(formats=["date-time", "uri"])
    assert "date-time" in checker.checkers and not checker.conforms("yesterday", "date-time")
    validator = Draft4Validator(schema, registry=registry, format_checker=checker)
    return [f"{'/'.join(map(str, each.path))}: {each.message}" for each in validator.iter_errors(package)]


def unknown_fields(package: dict[str, Any]) -> set[str]:
    """Fields that neither the standard nor a named extension knows; the schema itself lets them pass."""
    release, schema = schemas()
    found = {name for name in package if name not in schema["properties"]}
    for each in package.get("releases", ()):
        found |= _unknown(each, release, release, "")
    return found


def _unknown(value: Any, schema: dict[str, Any], root: dict[str, Any], path: str) -> set[str]:
    if "$ref" in schema:
        schema = root["definitions"][schema["$ref"].rsplit("/", 1)[1]]
    if isinstance(value, list):
        return set().union(*(_unknown(each, schema.get("items", {}), root, path) for each in value), set())
    if not isinstance(value, dict) or "properties" not in schema:
        return set()
    found: set[str] = set()
    for name, inner in value.items():
        known = schema["properties"].get(name)
        if known is None and not any(name.startswith(f"{base}_") for base in schema["properties"]):
            found.add(f"{path}/{name}")
        elif known is not None:
            found |= _unknown(inner, known, root, f"{path}/{name}")
    return found
