"""What came with a visit is written once, with it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T20:05:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "append-only guard of what comes with a visit"

UP = [
    "CREATE OR REPLACE TRIGGER visit_record_append_only BEFORE UPDATE OR DELETE ON visit_record"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
]
DOWN = ["DROP TRIGGER IF EXISTS visit_record_append_only ON visit_record"]


async def forwards() -> MigrationManager:
    """Put the guard up; safe to run again."""
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
