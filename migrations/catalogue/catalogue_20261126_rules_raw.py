"""The rules a listing was published under stay as they were."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T14:05:30:000001"
VERSION = "1.38.0"
DESCRIPTION = "rules of a listing that stay"

UP = [
    "CREATE OR REPLACE TRIGGER listing_rule_append_only BEFORE UPDATE OR DELETE ON listing_rule"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
]
DOWN = ["DROP TRIGGER IF EXISTS listing_rule_append_only ON listing_rule"]


async def forwards() -> MigrationManager:
    """One guard; safe to run again."""
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
