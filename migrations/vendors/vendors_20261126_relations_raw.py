"""Find providers by their legal representative."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T18:25:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "an index of legal representatives"


async def forwards() -> MigrationManager:
    """Create the index; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="vendors", description=DESCRIPTION)

    async def run() -> None:
        await engine_finder().run_ddl(
            "CREATE INDEX IF NOT EXISTS provider_representative ON provider (legal_representative)"
        )

    async def back() -> None:
        await engine_finder().run_ddl("DROP INDEX IF EXISTS provider_representative")

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
