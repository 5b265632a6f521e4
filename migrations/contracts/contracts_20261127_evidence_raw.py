"""What proves an item stays as it was handed in."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T20:17:17:999999"
VERSION = "1.38.0"
DESCRIPTION = "evidence of an acceptance stays"

UP = (
    "CREATE OR REPLACE TRIGGER acceptance_evidence_append_only BEFORE UPDATE OR DELETE ON acceptance_evidence"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
)
DOWN = "DROP TRIGGER IF EXISTS acceptance_evidence_append_only ON acceptance_evidence"


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
