"""Sealed quotes under the limit are among the methods a listing may go by."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T21:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "sealed quotes under the limit"

KNOWN = (
    "ALTER TABLE listing ADD CONSTRAINT listing_method_known CHECK (method IN ('open_tender', 'consultation',"
    " 'single_source', 'under_limit', 'three_quotes', 'collective_decision', 'invited_tender', 'negotiation',"
    " 'closed_framework', 'open_framework'{more}))"
)
UP = ["ALTER TABLE listing DROP CONSTRAINT IF EXISTS listing_method_known", KNOWN.format(more=", 'sealed_quotes'")]
DOWN = ["ALTER TABLE listing DROP CONSTRAINT IF EXISTS listing_method_known", KNOWN.format(more="")]


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
