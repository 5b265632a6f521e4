"""A planned purchase names every method that a listing may have."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T00:47:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "every method in the procurement plan"

BEFORE = "'open_tender', 'consultation', 'under_limit'"
ADDED = (
    "'single_source', 'three_quotes', 'sealed_quotes', 'collective_decision', 'invited_tender', 'negotiation',"
    " 'closed_framework', 'open_framework'"
)
DROP = "ALTER TABLE planned_purchase DROP CONSTRAINT IF EXISTS planned_purchase_method_known"
ADD = "ALTER TABLE planned_purchase ADD CONSTRAINT planned_purchase_method_known CHECK (method IN ({}))"
UP = [DROP, ADD.format(f"{BEFORE}, {ADDED}")]
DOWN = [DROP, ADD.format(BEFORE)]


async def forwards() -> MigrationManager:
    """Replace the list of known methods; safe to run again."""
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
