"""The public record hears of what is published and changed here."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T17:59:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "marks for the public record"

UP = [
    "CREATE OR REPLACE TRIGGER listing_ocds AFTER INSERT OR UPDATE ON listing"
    " FOR EACH ROW WHEN (NEW.published_at IS NOT NULL) EXECUTE FUNCTION mark_ocds_change('listing')",
    "CREATE OR REPLACE TRIGGER listing_version_ocds AFTER INSERT OR UPDATE ON listing_version"
    " FOR EACH ROW EXECUTE FUNCTION mark_ocds_change('of_listing')",
    "CREATE OR REPLACE TRIGGER published_paper_ocds AFTER INSERT OR UPDATE ON published_paper"
    " FOR EACH ROW WHEN (NEW.listing IS NOT NULL) EXECUTE FUNCTION mark_ocds_change('of_listing')",
]
DOWN = [
    "DROP TRIGGER IF EXISTS listing_ocds ON listing",
    "DROP TRIGGER IF EXISTS listing_version_ocds ON listing_version",
    "DROP TRIGGER IF EXISTS published_paper_ocds ON published_paper",
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
