"""One pause of a listing at a time."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T13:51:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "one open suspension"

UP = "CREATE UNIQUE INDEX IF NOT EXISTS suspension_one_open ON listing_suspension (listing) WHERE resumed_at IS NULL"
DOWN = "DROP INDEX IF EXISTS suspension_one_open"


async def forwards() -> MigrationManager:
    """An index; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="catalogue", description=DESCRIPTION)

    async def run() -> None:
        await engine_finder().run_ddl(UP)

    async def back() -> None:
        await engine_finder().run_ddl(DOWN)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
