"""Who of the buyer agreed to a payment stays as it was written."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T15:01:10:000001"
VERSION = "1.38.0"
DESCRIPTION = "steps of the buyer's chain stay"

UP = (
    "CREATE OR REPLACE TRIGGER payment_step_append_only BEFORE UPDATE OR DELETE ON payment_step"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
)
DOWN = "DROP TRIGGER IF EXISTS payment_step_append_only ON payment_step"


async def forwards() -> MigrationManager:
    """One trigger; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="contracts", description=DESCRIPTION)

    async def run() -> None:
        await engine_finder().run_ddl(UP)

    async def back() -> None:
        await engine_finder().run_ddl(DOWN)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
