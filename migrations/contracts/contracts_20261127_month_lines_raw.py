"""Lines of closed months that change earlier ones: few among many, found without reading the rest."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T14:34:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "index of the adjustments in closed months"

UP = ["CREATE INDEX IF NOT EXISTS month_line_adjustments ON month_line (month_close) WHERE kind <> 'visit'"]
DOWN = ["DROP INDEX IF EXISTS month_line_adjustments"]


async def forwards() -> MigrationManager:
    """Add the index; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="contracts", description=DESCRIPTION)

    async def run() -> None:
        for sql in UP:
            await engine_finder().run_ddl(sql)

    async def run_backwards() -> None:
        for sql in DOWN:
            await engine_finder().run_ddl(sql)

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
