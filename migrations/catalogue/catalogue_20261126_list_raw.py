"""Indexes for the public list of listings: the open ones by deadline, the others by the newest, a state by itself."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T14:38:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "indexes of the public list"

UP = [
    "CREATE INDEX IF NOT EXISTS listing_newest ON listing (published_at DESC) WHERE published_at IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS listing_open ON listing (closes_at) WHERE status = 'published'",
    "CREATE INDEX IF NOT EXISTS listing_in_state ON listing (status, published_at DESC) WHERE published_at IS NOT NULL",
]
DOWN = ["DROP INDEX IF EXISTS listing_newest, listing_open, listing_in_state"]


async def forwards() -> MigrationManager:
    """Create the indexes; safe to run again."""
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
