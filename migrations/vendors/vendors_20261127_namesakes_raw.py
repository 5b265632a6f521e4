"""The one provider that a name was compared with so far is its first candidate."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T03:50:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "candidates of names on lists"


async def forwards() -> MigrationManager:
    """Enter them; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="vendors", description=DESCRIPTION)

    async def run() -> None:
        await engine_finder().run_ddl(
            "INSERT INTO credit_list_candidate (id, row, provider) SELECT gen_random_uuid(), id, provider"
            " FROM credit_list_row WHERE matched_by = 'name' AND provider IS NOT NULL"
            " ON CONFLICT (row, provider) DO NOTHING"
        )

    async def back() -> None:
        """The rows keep the provider."""

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
