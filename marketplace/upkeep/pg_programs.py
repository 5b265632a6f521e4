"""PostgreSQL's own programs, run against the database of the settings; passwords go by the environment."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from marketplace.kernel import devdb

Address = Mapping[str, Any]  # asyncpg's arguments


class ProgramFailed(Exception):
    """A program of PostgreSQL said no; the text is what it said."""


# pg_restore since then says a setting that an older server does not know, and pg_dump writes what no older one reads
NEWER_FORM = 17


def command(address: Address, program: str, *arguments: str) -> list[str]:
    """The command line, with the programs of the server's own version where this machine has them.

    An older pg_dump refuses a newer server, and a newer pg_restore an older one. Raises ProgramFailed.
    """
    return [str(programs_for(server_version(address), programs_by_version()) / program), *arguments]


def programs_for(server: int, known: Mapping[int, Path]) -> Path:
    """The folder of programs for a server of this version, else of the next newer one. Raises ProgramFailed."""
    fitting = (version for version in known if version < NEWER_FORM or server >= NEWER_FORM)
    able = sorted(version for version in fitting if version >= server)
    if not able:
        have = ", ".join(map(str, sorted(known))) or "none"
        raise ProgramFailed(
            f"The server is PostgreSQL {server}, and this machine has programs of version {have}, which cannot dump and"
            f" restore it. On Debian: apt-get install -y postgresql-client-{server}"
        )
    return known[able[0]]


def programs_by_version() -> dict[int, Path]:
    """Each version's programs on this machine."""
    found: dict[int, Path] = {}
    for folder in devdb.all_programs():
        with contextlib.suppress(OSError, subprocess.SubprocessError, IndexError, ValueError):
            said = subprocess.run([folder / "pg_dump", "--version"], capture_output=True, text=True, check=True).stdout
            found.setdefault(int(said.split("(PostgreSQL)")[1].split()[0].split(".")[0]), folder)
    return found


def server_version(address: Address) -> int:
    """The server's major version. Raises ProgramFailed."""
    asked = subprocess.run(
        [devdb.programs() / "psql", "-XAtc", "SHOW server_version_num"], env=environment(address), cwd="/",
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if asked.returncode:
        raise ProgramFailed(f"psql: {asked.stderr.strip()[-2000:]}")
    return int(asked.stdout) // 10_000


def environment(address: Address, database: str = "") -> dict[str, str]:
    """How a program of PostgreSQL finds the server and the database."""
    address = in_words(address)
    said = {
        "PGHOST": address.get("host"), "PGPORT": address.get("port"), "PGUSER": address.get("user"),
        "PGPASSWORD": address.get("password"), "PGDATABASE": database or address.get("database"),
        "PGTARGETSESSIONATTRS": address.get("target_session_attrs"),
    }  # fmt: skip
    return os.environ | {name: _joined(value) for name, value in said.items() if value}


def _joined(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def in_words(address: Address) -> Address:
    """An address with its host, user and database named, also where it came as one URL with the host in its query.

    It stays what asyncpg takes: several servers are lists of hosts and ports.
    """
    if "dsn" not in address:
        return address
    parts = urlsplit(str(address["dsn"]))
    query = dict(parse_qsl(parts.query))
    hosts, ports = query.get("host", "").split(","), [int(each) for each in query.get("port", "5432").split(",")]
    named: dict[str, Any] = {
        "host": hosts if len(hosts) > 1 else hosts[0], "port": ports if len(ports) > 1 else ports[0],
        "user": unquote(parts.username or query.get("user", "postgres")),
        "password": unquote(parts.password or query.get("password", "")), "database": parts.path.lstrip("/"),
    }  # fmt: skip
    if wanted := query.get("target_session_attrs"):  # of several servers the one that takes writes
        named["target_session_attrs"] = wanted
    return named


def started(program: list[str], variables: Mapping[str, str], **streams: Any) -> subprocess.Popen[bytes]:
    """A running program."""
    return subprocess.Popen(program, env=dict(variables), cwd="/", **streams)


def must_end_well(process: subprocess.Popen[bytes], errors: Path) -> None:
    """Wait for a program whose complaints go to a file. Raises ProgramFailed."""
    if process.wait():
        said = errors.read_text(errors="replace").strip()[-2000:]
        raise ProgramFailed(f"{Path(str(process.args[0])).name}: {said}")  # type: ignore[index]
