"""Search and the public record hear of a result that was declared void: its row has left `award`."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T21:30:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "marks for void awards"

UP = [
    "CREATE OR REPLACE TRIGGER void_award_search AFTER INSERT ON void_award"
    " FOR EACH ROW WHEN (NEW.announced_at IS NOT NULL) EXECUTE FUNCTION mark_search_change('award')",
    "CREATE OR REPLACE TRIGGER void_award_ocds AFTER INSERT ON void_award"
    " FOR EACH ROW WHEN (NEW.announced_at IS NOT NULL) EXECUTE FUNCTION mark_ocds_change('of_listing')",
]
DOWN = [
    "DROP TRIGGER IF EXISTS void_award_search ON void_award",
    "DROP TRIGGER IF EXISTS void_award_ocds ON void_award",
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
