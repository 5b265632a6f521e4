"""Whether a pinned package has a known weakness: advisories in OSV format, from a file or folder handed in.

Nothing is asked over a network. The database is what the authors of the format publish for an ecosystem (PyPI, npm) as
one zip of JSON files, carried here on whatever way a county has; a folder of such files or one file does too.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

PYPI, NPM = "PyPI", "npm"
PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
SEMVER = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$")
FROM_THE_START = "0"
ENDLESS = "*"


class Unreadable(Exception):
    """The database is not there, or is no database of advisories; the words say which file."""


@dataclass(frozen=True)
class Pinned:
    """A package in the version that is installed, and the file that pins it."""

    ecosystem: str
    name: str
    version: str
    file: str


@dataclass(frozen=True)
class Finding:
    """A pinned package that an advisory tells of. `is_certain`: False where its versions could not be compared."""

    package: Pinned
    advisory: str
    also: tuple[str, ...]
    summary: str
    severity: str
    fixed_in: tuple[str, ...]
    is_certain: bool = True


@dataclass
class Audit:
    """What was read and found; `read` counts the advisories of each ecosystem, `newest` is the latest change."""

    read: dict[str, int] = field(default_factory=dict)
    newest: str = ""
    findings: list[Finding] = field(default_factory=list)


def pinned_packages(project: Path) -> list[Pinned]:
    """Every package of the requirements files and of the front end's lock file, each version once a file."""
    found = [
        Pinned(PYPI, canonicalize_name(name), version, path.name)
        for path in sorted(project.glob("requirements*.txt"))
        for name, version in PINNED.findall(path.read_text())
    ]
    lock = project / "marketplace" / "front_end" / "package-lock.json"
    packages = json.loads(lock.read_text())["packages"]
    found += [
        Pinned(NPM, each.get("name") or path.rpartition("node_modules/")[2], each["version"], lock.name)
        for path, each in packages.items()
        if path and "version" in each
    ]
    return list(dict.fromkeys(found))


def audit(packages: Iterable[Pinned], database: Path) -> Audit:
    """Hold every package against every advisory. Raises Unreadable."""
    by_name: dict[tuple[str, str], list[Pinned]] = {}
    for package in packages:
        by_name.setdefault((package.ecosystem, package.name), []).append(package)
    made, found = Audit(), dict[tuple[Pinned, str], Finding]()
    for advisory in advisories_in(database):
        made.newest = max(made.newest, str(advisory.get("modified", "")))
        for ecosystem in {ecosystem_of(part) for part in advisory.get("affected", ())}:
            made.read[ecosystem] = made.read.get(ecosystem, 0) + 1
        if advisory.get("withdrawn"):
            continue
        for finding in _findings(advisory, by_name):
            _add(found, finding)
    made.findings = sorted(found.values(), key=lambda each: (each.package.file, each.package.name, each.advisory))
    return made


def _findings(advisory: Mapping[str, Any], by_name: Mapping[tuple[str, str], list[Pinned]]) -> Iterator[Finding]:
    for part in advisory.get("affected", ()):
        ecosystem, name = ecosystem_of(part), str(part.get("package", {}).get("name", ""))
        for package in by_name.get((ecosystem, canonicalize_name(name) if ecosystem == PYPI else name), ()):
            if (certain := is_affected(part, package)) is not False:
                yield Finding(
                    package, str(advisory.get("id", "?")), tuple(advisory.get("aliases", ())),
                    str(advisory.get("summary") or advisory.get("details", ""))[:200].split("\n")[0],
                    severity_of(advisory, part), fixed_versions(part, package), certain is True,
                )  # fmt: skip


def _add(found: dict[tuple[Pinned, str], Finding], new: Finding) -> None:
    """Two registers often tell of one weakness under names of their own: it is said once, with all names."""
    names = {new.advisory, *new.also}
    for key, known in found.items():
        if key[0] == new.package and names & {known.advisory, *known.also}:
            also = tuple(sorted((names | set(known.also)) - {known.advisory}))
            fixed = tuple(dict.fromkeys((*known.fixed_in, *new.fixed_in)))
            found[key] = Finding(
                known.package, known.advisory, also, known.summary or new.summary, known.severity or new.severity,
                fixed, known.is_certain or new.is_certain,
            )  # fmt: skip
            return
    found[new.package, new.advisory] = new


def ecosystem_of(part: Mapping[str, Any]) -> str:
    """PyPI, npm or another; a release behind a colon is no part of it."""
    return str(part.get("package", {}).get("ecosystem", "")).partition(":")[0]


def is_affected(part: Mapping[str, Any], package: Pinned) -> bool | None:
    """Whether an `affected` part tells of this version; None where its versions cannot be compared."""
    compared = pep440 if package.ecosystem == PYPI else semver
    try:
        here = compared(package.version)
    except ValueError:
        return None
    if any(_same(each, here, compared) for each in part.get("versions", ())):
        return True
    ranges = [each for each in part.get("ranges", ()) if each.get("type") in ("ECOSYSTEM", "SEMVER")]
    try:
        return any(is_in_range(each.get("events", ()), package.version, compared) for each in ranges)
    except ValueError:
        return None


def is_in_range(events: Iterable[Mapping[str, str]], version: str, compared: Callable[[str], Any]) -> bool:
    """The events of one range in their order, as the format says. Raises ValueError for what is no version."""
    here = compared(version)
    placed: list[tuple[Any, str]] = []
    for event in events:
        for kind, word in event.items():
            if kind == "introduced" and word == FROM_THE_START:
                placed.append((None, kind))
            elif not (kind == "limit" and word == ENDLESS):
                placed.append((compared(word), kind))
    placed.sort(key=lambda each: () if each[0] is None else (each[0],))
    is_hit = False
    for at, kind in placed:
        if kind == "limit" and here >= at:
            return False
        if kind == "introduced" and (at is None or here >= at):
            is_hit = True
        elif (kind == "fixed" and here >= at) or (kind == "last_affected" and here > at):
            is_hit = False
    return is_hit


def fixed_versions(part: Mapping[str, Any], package: Pinned) -> tuple[str, ...]:
    """The versions above the pinned one that mend it, the lowest first."""
    compared = pep440 if package.ecosystem == PYPI else semver
    found: list[tuple[Any, str]] = []
    for each in part.get("ranges", ()):
        for event in each.get("events", ()):
            try:
                if "fixed" in event and compared(event["fixed"]) > compared(package.version):
                    found.append((compared(event["fixed"]), event["fixed"]))
            except ValueError:
                continue  # a commit or a word of its own: the advisory tells more
    return tuple(dict.fromkeys(word for _, word in sorted(found)))


def severity_of(advisory: Mapping[str, Any], part: Mapping[str, Any]) -> str:
    """How bad its authors call it, in their own words; empty where they say nothing."""
    for place in (advisory, part):
        said = (place.get("database_specific") or {}).get("severity")
        if isinstance(said, str):
            return said
    scores = advisory.get("severity") or part.get("severity") or ()
    return str(scores[0].get("score", "")) if scores else ""


def pep440(word: str) -> Version:
    """A version of Python's. Raises ValueError."""
    try:
        return Version(word)
    except InvalidVersion as wrong:
        raise ValueError(word) from wrong


def semver(word: str) -> tuple[Any, ...]:
    """A version of npm's as something to compare by the rules of semver.org. Raises ValueError."""
    found = SEMVER.fullmatch(word)
    if found is None:
        raise ValueError(word)
    numbers = tuple(int(each) for each in found.group(1, 2, 3))
    if found[4] is None:
        return (*numbers, 1)  # a release comes after what was tried before it
    marks = tuple((0, int(mark), "") if mark.isdigit() else (1, 0, mark) for mark in found[4].split("."))
    return (*numbers, 0, marks)


def _same(word: str, here: Any, compared: Callable[[str], Any]) -> bool:
    try:
        return bool(compared(word) == here)
    except ValueError:
        return False


def advisories_in(database: Path) -> Iterator[dict[str, Any]]:
    """Every advisory of a zip, a folder (with zips or JSON files in it) or a file. Raises Unreadable."""
    if not database.exists():
        raise Unreadable(str(database))
    if database.is_dir():
        for path in sorted(database.rglob("*")):
            if path.suffix in (".json", ".zip"):
                yield from advisories_in(path)
    elif database.suffix == ".zip":
        try:
            with zipfile.ZipFile(database) as packed:
                for name in packed.namelist():
                    if name.endswith(".json"):
                        yield from _read(packed.read(name), f"{database}: {name}")
        except zipfile.BadZipFile as broken:
            raise Unreadable(str(database)) from broken
    else:
        yield from _read(database.read_bytes(), str(database))


def _read(content: bytes, place: str) -> Iterator[dict[str, Any]]:
    """One advisory, a list of them, or an answer that holds them as `vulns`."""
    try:
        read = msgspec.json.decode(content)
    except msgspec.DecodeError as broken:
        raise Unreadable(place) from broken
    several = read.get("vulns") if isinstance(read, dict) and "vulns" in read else read
    for each in several if isinstance(several, list) else [several]:
        if not isinstance(each, dict) or "id" not in each:
            raise Unreadable(place)  # passing over it would call safe what nobody looked at
        yield each
