"""What a review changed is never changed again."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-28T00:12:24:000001"
VERSION = "1.38.0"
DESCRIPTION = "corrections of a review are never changed"

UP = [
    "DROP TRIGGER IF EXISTS evaluation_correction_is_append_only ON evaluation_correction",
    "CREATE TRIGGER evaluation_correction_is_append_only BEFORE UPDATE OR DELETE ON evaluation_correction"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
]
DOWN = ["DROP TRIGGER IF EXISTS evaluation_correction_is_append_only ON evaluation_correction"]


async def forwards() -> MigrationManager:
    """Guard the table; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="evaluations", description=DESCRIPTION)

    async def run() -> None:
        for sql in UP:
            await engine_finder().run_ddl(sql)

    async def back() -> None:
        for sql in DOWN:
            await engine_finder().run_ddl(sql)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
