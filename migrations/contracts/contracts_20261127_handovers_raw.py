"""Names under a handover's list are never changed."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T11:21:35:000001"
VERSION = "1.38.0"
DESCRIPTION = "names under a handover stand"

UP = [
    "CREATE OR REPLACE TRIGGER handover_signature_append_only BEFORE UPDATE OR DELETE ON handover_signature"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
]
DOWN = ["DROP TRIGGER IF EXISTS handover_signature_append_only ON handover_signature"]


async def forwards() -> MigrationManager:
    """Guard the rows; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="contracts", description=DESCRIPTION)

    async def run() -> None:
        for sql in UP:
            await engine_finder().run_ddl(sql)

    async def back() -> None:
        for sql in DOWN:
            await engine_finder().run_ddl(sql)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
