"""The document of an amendment stays as it was handed in."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-28T06:48:50:000000"
VERSION = "1.38.0"
DESCRIPTION = "documents of amendments stay"

UP = (
    "CREATE OR REPLACE TRIGGER amendment_paper_append_only BEFORE UPDATE OR DELETE ON amendment_paper"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
)
DOWN = "DROP TRIGGER IF EXISTS amendment_paper_append_only ON amendment_paper"


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
