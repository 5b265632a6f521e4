"""How tables above say that something public has changed; the public search reads it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T13:40:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "marks for the public search"

UP = [
    """
    CREATE OR REPLACE FUNCTION mark_search_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO search_change (kind, subject) VALUES (TG_ARGV[0], NEW.id);
      RETURN NULL;
    END $$
    """,
    "CREATE INDEX IF NOT EXISTS search_change_time ON search_change (changed_at)",
]
DOWN = [
    "DROP FUNCTION IF EXISTS mark_search_change()",
    "DROP INDEX IF EXISTS search_change_time",
]


async def forwards() -> MigrationManager:
    """Create the marks; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="marketplace", description=DESCRIPTION)

    async def run() -> None:
        for sql in UP:
            await engine_finder().run_ddl(sql)

    async def back() -> None:
        for sql in DOWN:
            await engine_finder().run_ddl(sql)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
