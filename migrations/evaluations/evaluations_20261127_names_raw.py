"""The public search hears of a new name of whoever has contracts or awards."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T02:46:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "names in the public search"

UP = [
    """
    CREATE OR REPLACE FUNCTION mark_search_names() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO search_change (kind, subject)
      SELECT 'contract', c.id FROM contract c JOIN provider p ON p.id = c.provider
      WHERE p.organisation = NEW.id AND c.published_at IS NOT NULL
      UNION ALL
      SELECT 'award', a.id FROM award a JOIN provider p ON p.id = a.provider
      WHERE p.organisation = NEW.id AND a.announced_at IS NOT NULL;
      RETURN NULL;
    END $$
    """,
    "CREATE OR REPLACE TRIGGER organisation_search AFTER UPDATE OF name, name_en ON organisation"
    " FOR EACH ROW WHEN (NEW.kind = 'provider') EXECUTE FUNCTION mark_search_names()",
]
DOWN = [
    "DROP TRIGGER IF EXISTS organisation_search ON organisation",
    "DROP FUNCTION IF EXISTS mark_search_names()",
]


async def forwards() -> MigrationManager:
    """Create function and trigger; safe to run again."""
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
