"""Write THIRD_PARTY_NOTICES.md from the packages that are installed: what we use, and under which licence."""

import json
import re
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", re.MULTILINE)
FRONT_END = ROOT / "marketplace" / "front_end"
# licences that a package's description leaves out, read in its LICENSE file
READ_IN_THE_PACKAGE = {"pyrage": "MIT"}
HEAD = """# Third-party notices

Written by `make notices` from the pinned packages; do not edit by hand. The marketplace itself is under the
Apache License 2.0 (see LICENSE). The Python packages are installed from their own files and not copied into this
repository; each carries its licence text inside its own package.
"""


def licence_of(name: str) -> str:
    """The licence a package declares: its expression, else its classifiers, else its first line on it."""
    described = metadata.metadata(name)
    if expression := described.get("License-Expression"):
        return str(expression)
    classifiers = [c.rsplit(" :: ", 1)[1] for c in described.get_all("Classifier", []) if c.startswith("License ::")]
    named = [c for c in classifiers if c != "OSI Approved"]
    if named:
        return ", ".join(named)
    if name in READ_IN_THE_PACKAGE:
        return READ_IN_THE_PACKAGE[name]
    lines = (described.get("License") or "see the package").strip().splitlines()
    return lines[0][:80]


def table(pins: list[tuple[str, str]]) -> str:
    """One line per Python package."""
    lines = ["| package | version | licence |", "|---|---|---|"]
    for name, version in pins:
        try:
            lines.append(f"| {name} | {version} | {licence_of(name)} |")
        except metadata.PackageNotFoundError:
            lines.append(f"| {name} | {version} | see the package |")
    return "\n".join(lines)


def front_end_table() -> str:
    """One line per front-end package; the first kind is part of the style sheet and script that pages load."""
    declared = json.loads((FRONT_END / "package.json").read_text())
    locked = json.loads((FRONT_END / "package-lock.json").read_text())["packages"]
    lines = ["| package | version | licence | use |", "|---|---|---|---|"]
    for path, package in sorted(locked.items()):
        if not path:
            continue
        name = path.rpartition("node_modules/")[2]
        use = "in the pages" if name in declared.get("dependencies", {}) else "to build or test"
        lines.append(f"| {name} | {package['version']} | {package.get('license', 'see the package')} | {use} |")
    return "\n".join(lines)


def front_end_texts() -> str:
    """The licence texts of what is part of the pages, which we hand on to every reader."""
    texts = []
    for name in json.loads((FRONT_END / "package.json").read_text()).get("dependencies", {}):
        for path in sorted((FRONT_END / "node_modules" / name).glob("LICEN[CS]E*")):
            texts.append(f"### {name}\n\n```\n{path.read_text().strip()}\n```")
    return "\n\n".join(texts)


def main() -> None:
    """Write the file."""
    runtime = PINNED.findall((ROOT / "requirements.txt").read_text())
    development = [pin for pin in PINNED.findall((ROOT / "requirements-dev.txt").read_text()) if pin not in runtime]
    parts = [
        HEAD,
        f"## Python packages at run time\n\n{table(runtime)}\n",
        f"## Python packages for development and tests only\n\n{table(development)}\n",
        f"## Front-end packages\n\n{front_end_table()}\n",
        f"## Licence texts of what is part of the pages\n\n{front_end_texts()}\n",
    ]
    (ROOT / "THIRD_PARTY_NOTICES.md").write_text("\n".join(parts))


if __name__ == "__main__":
    main()
