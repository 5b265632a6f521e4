"""Who named the next contract stays named: what one column held moves to the rows, and the rows are never changed."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T19:21:18:000001"
VERSION = "1.38.0"
DESCRIPTION = "who named the next contract of a handover stands"

UP = [
    "INSERT INTO handover_naming (id, handover, round, person, next_contract, named_at)"
    " SELECT gen_random_uuid(), id, round, named_by, next_contract, opened_at FROM handover"
    " WHERE named_by IS NOT NULL",
    "CREATE OR REPLACE TRIGGER handover_naming_append_only BEFORE UPDATE OR DELETE ON handover_naming"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
]
DOWN = ["DROP TRIGGER IF EXISTS handover_naming_append_only ON handover_naming"]


async def forwards() -> MigrationManager:
    """Move the names, then guard the rows."""
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
