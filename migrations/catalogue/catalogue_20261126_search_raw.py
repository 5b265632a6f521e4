"""The public search hears of what is published and changed here."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T13:40:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "marks for the public search"

UP = [
    "CREATE OR REPLACE TRIGGER listing_search AFTER INSERT OR UPDATE ON listing"
    " FOR EACH ROW WHEN (NEW.published_at IS NOT NULL) EXECUTE FUNCTION mark_search_change('listing')",
    "CREATE OR REPLACE TRIGGER item_search AFTER INSERT OR UPDATE ON item"
    " FOR EACH ROW EXECUTE FUNCTION mark_search_change('item')",
]
DOWN = [
    "DROP TRIGGER IF EXISTS listing_search ON listing",
    "DROP TRIGGER IF EXISTS item_search ON item",
]


async def forwards() -> MigrationManager:
    """Create the marks; safe to run again."""
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
