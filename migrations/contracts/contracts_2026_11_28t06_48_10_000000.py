"""What a contract was drawn up from stays as it was."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-28T06:48:10:000000"
VERSION = "1.38.0"
DESCRIPTION = "what a contract was drawn up from stays"

TABLES = ("contract_basis", "contract_basis_part")


async def forwards() -> MigrationManager:
    """Two triggers; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="contracts", description=DESCRIPTION)

    async def run() -> None:
        for table in TABLES:
            await engine_finder().run_ddl(
                f"CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )

    async def back() -> None:
        for table in TABLES:
            await engine_finder().run_ddl(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}")

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
