"""The methods a listing may go by."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T13:57:06:000000"
VERSION = "1.38.0"
DESCRIPTION = "the methods a listing may go by"

UP = [
    "ALTER TABLE listing DROP CONSTRAINT IF EXISTS listing_method_known",
    "ALTER TABLE listing ADD CONSTRAINT listing_method_known CHECK (method IN ('open_tender', 'consultation',"
    " 'single_source', 'under_limit', 'three_quotes', 'collective_decision', 'invited_tender', 'negotiation'))",
]
DOWN = [
    "ALTER TABLE listing DROP CONSTRAINT IF EXISTS listing_method_known",
    "ALTER TABLE listing ADD CONSTRAINT listing_method_known CHECK (method IN ('open_tender', 'consultation',"
    " 'under_limit'))",
]


async def forwards() -> MigrationManager:
    """Widen the check; safe to run again."""
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
