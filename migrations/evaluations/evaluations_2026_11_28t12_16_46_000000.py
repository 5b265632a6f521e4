"""A passage of goals that was made black stays black."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-28T12:16:46:000000"
VERSION = "1.38.0"
DESCRIPTION = "passages of goals made black stay black"

UP = (
    "CREATE OR REPLACE TRIGGER goal_blackout_is_append_only BEFORE UPDATE OR DELETE ON goal_blackout"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
)
DOWN = "DROP TRIGGER IF EXISTS goal_blackout_is_append_only ON goal_blackout"


async def forwards() -> MigrationManager:
    """One trigger; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="evaluations", description=DESCRIPTION)

    async def run() -> None:
        await engine_finder().run_ddl(UP)

    async def back() -> None:
        await engine_finder().run_ddl(DOWN)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
