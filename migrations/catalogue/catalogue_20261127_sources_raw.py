"""Whose judgement counts is part of a published listing: it changes only with a new version."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-28T00:04:30:000001"
VERSION = "1.38.0"
DESCRIPTION = "sources of evaluation are versioned, never edited"

UP = [
    "DROP TRIGGER IF EXISTS listing_source_is_versioned ON listing_source",
    "CREATE CONSTRAINT TRIGGER listing_source_is_versioned AFTER INSERT OR UPDATE OR DELETE ON listing_source"
    " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION listing_part_is_versioned()",
]
DOWN = ["DROP TRIGGER IF EXISTS listing_source_is_versioned ON listing_source"]


async def forwards() -> MigrationManager:
    """Guard the table; safe to run again."""
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
