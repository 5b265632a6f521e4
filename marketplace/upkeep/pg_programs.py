"""PostgreSQL's own programs, run against the database of the settings; passwords go by the environment."""

from __future__ import annotations

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


def command(program: str, *arguments: str) -> list[str]:
    """The command line: the newest programs on this machine, because an older pg_dump refuses a newer server."""
    return [str(devdb.programs() / program), *arguments]


def environment(address: Address, database: str = "") -> dict[str, str]:
    """How a program of PostgreSQL finds the server and the database."""
    address = in_words(address)
    said = {
        "PGHOST": address.get("host"), "PGPORT": address.get("port"), "PGUSER": address.get("user"),
        "PGPASSWORD": address.get("password"), "PGDATABASE": database or address.get("database"),
        "PGTARGETSESSIONATTRS": address.get("target"),
    }  # fmt: skip
    return os.environ | {name: str(value) for name, value in said.items() if value}


def in_words(address: Address) -> Address:
    """An address with its host, user and database named, also where it came as one URL with the host in its query."""
    if "dsn" not in address:
        return address
    parts = urlsplit(str(address["dsn"]))
    query = dict(parse_qsl(parts.query))
    return {
        "host": query.get("host", ""), "port": query.get("port", "") or 5432,
        "user": unquote(parts.username or query.get("user", "postgres")),
        "password": unquote(parts.password or query.get("password", "")), "database": parts.path.lstrip("/"),
        # of several servers the one that takes writes
        "target": query.get("target_session_attrs", ""),
    }  # fmt: skip


def started(program: list[str], variables: Mapping[str, str], **streams: Any) -> subprocess.Popen[bytes]:
    """A running program."""
    return subprocess.Popen(program, env=dict(variables), cwd="/", **streams)


def must_end_well(process: subprocess.Popen[bytes], errors: Path) -> None:
    """Wait for a program whose complaints go to a file. Raises ProgramFailed."""
    if process.wait():
        said = errors.read_text(errors="replace").strip()[-2000:]
        raise ProgramFailed(f"{Path(str(process.args[0])).name}: {said}")  # type: ignore[index]
