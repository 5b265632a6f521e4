"""One account may belong to several spells: of several employers, and of several times with one."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T03:06:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "one account for several spells"

UP = ["DROP INDEX IF EXISTS worker_one_account"]
DOWN = ["CREATE UNIQUE INDEX IF NOT EXISTS worker_one_account ON worker (person)"
        " WHERE person IS NOT NULL AND employed_to IS NULL"]


async def forwards() -> MigrationManager:
    """Drop the index; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="vendors", description=DESCRIPTION)

    async def run() -> None:
        for sql in UP:
            await engine_finder().run_ddl(sql)

    async def back() -> None:
        for sql in DOWN:
            await engine_finder().run_ddl(sql)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
