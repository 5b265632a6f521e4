"""`marketplace migrate`: bring the database up to date, once, however many processes ask at the same time."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import os
import sys

import asyncpg

from marketplace.kernel import devdb
from marketplace.kernel.safe_engine import engine_config
from marketplace.kernel.settings import PROJECT_FOLDER, Settings

MIGRATION_LOCK = 7_240_001  # any number, the same in every process


def main(argv: list[str]) -> int:
    """Migrate the database that DATABASE_URL names, or the embedded one. Raises nothing; 1 on failure."""
    if argv:
        print("marketplace migrate takes no arguments. It migrates the database of DATABASE_URL.", file=sys.stderr)
        return 2
    settings = Settings.from_environment()
    try:
        asyncio.run(migrate(settings))
    except (OSError, asyncpg.PostgresError, devdb.DatabaseNotReady, MigrationFailed) as error:
        print(f"The database could not be brought up to date: {error}", file=sys.stderr)
        return 1
    return 0


class MigrationFailed(Exception):
    """A migration did not run through; the database keeps what the earlier ones did."""


async def migrate(settings: Settings) -> bool:
    """Run the migrations that are missing; False when there were none. Says which kind of county a new database is."""
    wanted = migrations_hash()
    connection = await asyncpg.connect(**address(settings))
    try:
        if await recorded_hash(connection) == wanted:
            await check_kind(settings, connection)
            return False
        # Piccolo takes no lock of its own and records a migration after its transaction
        await connection.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
        if await recorded_hash(connection) == wanted:
            return False
        await run_all()
        await connection.execute(
            "INSERT INTO installation (id, is_demo, created_at, migrations_hash, is_rehearsal)"
            " VALUES (1, $1, now(), $2, $3) "
            "ON CONFLICT (id) DO UPDATE SET migrations_hash = excluded.migrations_hash",
            settings.is_demo,
            wanted,
            settings.is_rehearsal,
        )
        await check_kind(settings, connection)
        await connection.execute(
            "INSERT INTO county_clock (id, offset_by) VALUES (1, interval '0') ON CONFLICT (id) DO NOTHING"
        )
        return True
    finally:
        await connection.close()  # which gives the lock back too


def address(settings: Settings) -> dict[str, object]:
    """How to reach the database, as asyncpg's arguments."""
    if settings.database_url:
        return dict(engine_config(settings.database_url))
    return dict(devdb.dsn(os.environ.get("MARKETPLACE_DATABASE", "marketplace")))


async def check_kind(settings: Settings, connection: asyncpg.Connection) -> None:
    """A sandbox never becomes a county that sends mail and pays, nor the other way round. Raises MigrationFailed."""
    if await connection.fetchval("SELECT is_rehearsal FROM installation WHERE id = 1") != settings.is_rehearsal:
        raise MigrationFailed(
            "this database is no rehearsal; `marketplace rehearse` makes one of its own." if settings.is_rehearsal
            else "this database is a rehearsal; run it with `marketplace rehearse` alone."
        )


def migrations_hash() -> str:
    """One fingerprint of every migration: equal to the recorded one when there is nothing to do."""
    digest = hashlib.sha256()
    for path in sorted((PROJECT_FOLDER / "migrations").rglob("*.py")):
        digest.update(str(path.relative_to(PROJECT_FOLDER)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


async def recorded_hash(connection: asyncpg.Connection) -> str | None:
    """The fingerprint of the last finished run; None in a new database."""
    try:
        return await connection.fetchval("SELECT migrations_hash FROM installation WHERE id = 1")  # type: ignore[no-any-return]
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError):
        return None


async def run_all() -> None:
    """Run every package's migrations in the order of the staircase."""
    os.environ.setdefault("PICCOLO_CONF", "piccolo_conf")  # read when Piccolo is loaded
    # loaded only when there is something to migrate: a warm start has no half second to spare
    from piccolo.apps.migrations.commands.forwards import run_forwards

    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        result = await run_forwards(app_name="all")
    if not result.success:
        raise MigrationFailed(f"{result.message}\n{said.getvalue()[-2000:]}")
