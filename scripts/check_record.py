"""Hold the public record against lib-cove-ocds, the checker behind the world's Data Review Tool, without its network.

`make cove FROM=...`: the address of a running marketplace (http://127.0.0.1:8000 where nothing is said) or a folder
that `marketplace export ocds --out` wrote. The checker would fetch the standard and the extension for bids itself; here
it gets the schemas that set-up took from their source packages, the closed codelists that stand in them, and the fields
of the extension (tests/ocds_bids). So open codelists are not compared; the tests do that for the words we use.
"""

from __future__ import annotations

import csv
import functools
import http.server
import io
import itertools
import json
import os
import subprocess
import sys
import threading
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TOOLS, SCHEMAS, BIDS = ROOT / ".venv" / "cove", ROOT / ".venv" / "ocds", ROOT / "tests" / "ocds_bids"
REQUIREMENTS = ROOT / "requirements-cove.txt"
# in another language: the standard allows them by a pattern, which the checker does not read
LANGUAGES = ("_en",)
AT_ONCE = 500


def main() -> int:
    """Install the checker in a folder of its own, then run this file by it."""
    source = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
    if Path(sys.prefix).resolve() == TOOLS.resolve():
        return check(source)
    if not (SCHEMAS / "versioned-release-validation-schema.json").exists():
        print("The official schemas are not there: run `make setup-dev` with the network there.", file=sys.stderr)
        return 1
    stamp, python = TOOLS / "pinned", TOOLS / "bin" / "python"
    if not stamp.exists() or stamp.read_text() != REQUIREMENTS.read_text():
        print("Installing lib-cove-ocds ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(TOOLS)], check=True)
        command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        subprocess.run([*command, "-r", str(REQUIREMENTS)], check=True)
        stamp.write_text(REQUIREMENTS.read_text())
    return subprocess.call([python, __file__, source])


def check(source: str) -> int:
    """Run the checker over each package; 1 when it finds anything but fields in another language."""
    from libcoveocds.api import ocds_json_output  # only the folder of its own has them
    from libcoveocds.config import LibCoveOCDSConfig

    with _extension() as address:
        config = LibCoveOCDSConfig({"context": "api", "standard_zip": _standard()})
        found: list[str] = []
        releases = packages = 0
        for package in _packages(source):
            package["extensions"] = [address]
            # of the extension for pages, which changes packages and not releases
            package.pop("links", None)
            packages, releases = packages + 1, releases + len(package["releases"])
            found += _told(ocds_json_output(json_data=package, lib_cove_ocds_config=config))
    for line in sorted(set(found)):
        print(line)
    print(f"{releases} releases in {packages} packages, {len(set(found))} kinds of mistakes by lib-cove-ocds.")
    return 1 if found or not releases else 0


def _told(result: dict[str, Any]) -> Iterator[str]:
    for name in ("validation_errors", "additional_closed_codelist_values", "additional_checks", "deprecated_fields"):
        if result[name]:
            yield f"{name}: {json.dumps(result[name], ensure_ascii=False, default=str)[:2000]}"
    for each in result["additional_fields"]:
        if not each["field"].endswith(LANGUAGES):
            yield f"additional_fields: {each['path']}/{each['field']}"


def _packages(source: str) -> Iterator[dict[str, Any]]:
    if not source.startswith("http"):
        yield from _packages_of_folder(Path(source))
        return
    page: str | None = f"{source.rstrip('/')}/data/ocds/releases"
    while page:
        with urllib.request.urlopen(page) as answer:
            package = json.load(answer)
        page = package.get("links", {}).get("next") if package["releases"] else None
        if package["releases"]:
            yield package


def _packages_of_folder(folder: Path) -> Iterator[dict[str, Any]]:
    about = json.loads((folder / "about.json").read_bytes())
    about.pop("releases_by_year", None)
    for file in sorted(folder.glob("[0-9][0-9][0-9][0-9].jsonl")):
        with file.open("rb") as lines:
            while some := [json.loads(line) for line in itertools.islice(lines, AT_ONCE)]:
                yield {**about, "publishedDate": max(each["date"] for each in some), "releases": some}


def _standard() -> bytes:
    """What the checker unpacks: schemas as they are, closed codelists as the schema of a release lists them."""
    release = json.loads((SCHEMAS / "release-schema.json").read_text())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("standard/", "")
        for schema in sorted(SCHEMAS.glob("*.json")):
            archive.write(schema, f"standard/schema/{schema.name}")
        for name, codes in sorted(_codelists(release)):
            lines = io.StringIO()
            csv.writer(lines).writerows([("Code", "Title", "Description"), *[(code, code, "") for code in codes]])
            archive.writestr(f"standard/schema/codelists/{name}", lines.getvalue())
    return packed.getvalue()


def _codelists(schema: Any) -> set[tuple[str, tuple[str, ...]]]:
    found: set[tuple[str, tuple[str, ...]]] = set()
    if isinstance(schema, dict):
        codes = schema.get("enum") or schema.get("items", {}).get("enum") if "codelist" in schema else None
        if codes:
            found.add((schema["codelist"], tuple(code for code in codes if code)))
        schema = list(schema.values())
    if isinstance(schema, list):
        for each in schema:
            found |= _codelists(each)
    return found


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """Says nothing of each file."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


class _extension:
    """Serves the fields of the extension: the checker reads extensions by HTTP only."""

    def __enter__(self) -> str:
        handler = functools.partial(_Quiet, directory=os.fspath(BIDS))
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}/extension.json"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()


if __name__ == "__main__":
    sys.exit(main())
