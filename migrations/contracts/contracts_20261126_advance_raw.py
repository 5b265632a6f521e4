"""Of the invoices for an advance one is alive, as of those for an acceptance."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T17:55:30:000001"
VERSION = "1.38.0"
DESCRIPTION = "one living invoice of an advance"

UP = "CREATE UNIQUE INDEX IF NOT EXISTS invoice_one_alive_advance ON invoice (advance) WHERE status <> 'returned'"
DOWN = "DROP INDEX IF EXISTS invoice_one_alive_advance"


async def forwards() -> MigrationManager:
    """Create the index; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="contracts", description=DESCRIPTION)

    async def run() -> None:
        await engine_finder().run_ddl(UP)

    async def back() -> None:
        await engine_finder().run_ddl(DOWN)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
