"""What the public record tells of bids and changes of contracts is told of earlier processes too."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-28T11:05:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "look at every process of the public record again"

# the next look makes a release of those alone of which more is told now
UP = ["INSERT INTO ocds_change (listing) SELECT id FROM listing WHERE published_at IS NOT NULL ORDER BY published_at"]


async def forwards() -> MigrationManager:
    """Mark every process; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="evaluations", description=DESCRIPTION)

    async def run() -> None:
        for sql in UP:
            await engine_finder().run_ddl(sql)

    async def back() -> None:
        """Marks are gone once they were looked at."""

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
