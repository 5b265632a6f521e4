"""Published versions only grow, and a listing has one corrigendum in preparation at a time."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T13:34:30:000001"
VERSION = "1.38.0"
DESCRIPTION = "versions that only grow"

UP = [
    "CREATE OR REPLACE TRIGGER listing_version_append_only BEFORE UPDATE OR DELETE ON listing_version"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE OR REPLACE TRIGGER listing_version_line_append_only BEFORE UPDATE OR DELETE ON listing_version_line"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    # two people who begin a corrigendum at once: the second one fails here
    "CREATE UNIQUE INDEX IF NOT EXISTS corrigendum_one_open ON corrigendum (listing)"
    " WHERE status IN ('draft', 'review')",
]
DOWN = [
    "DROP INDEX IF EXISTS corrigendum_one_open",
    "DROP TRIGGER IF EXISTS listing_version_line_append_only ON listing_version_line",
    "DROP TRIGGER IF EXISTS listing_version_append_only ON listing_version",
]


async def forwards() -> MigrationManager:
    """Guards and an index; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="catalogue", description=DESCRIPTION)

    async def run() -> None:
        for sql in UP:
            await engine_finder().run_ddl(sql)

    async def back() -> None:
        for sql in DOWN:
            await engine_finder().run_ddl(sql)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
