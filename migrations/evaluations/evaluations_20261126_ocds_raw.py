"""The public record hears of what is published and changed here."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T17:59:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "marks for the public record"

UP = [
    "CREATE OR REPLACE TRIGGER award_ocds AFTER INSERT OR UPDATE ON award"
    " FOR EACH ROW WHEN (NEW.announced_at IS NOT NULL) EXECUTE FUNCTION mark_ocds_change('of_listing')",
    # what was public before there were releases
    "INSERT INTO ocds_change (listing) SELECT id FROM listing WHERE published_at IS NOT NULL ORDER BY published_at",
]
DOWN = [
    "DROP TRIGGER IF EXISTS award_ocds ON award",
]


async def forwards() -> MigrationManager:
    """Create the marks; safe to run again."""
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
