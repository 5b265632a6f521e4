"""An award draws up one contract per lot; orders under a framework as many as are given."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T17:51:30:000001"
VERSION = "1.38.0"
DESCRIPTION = "one contract per awarded lot, one per order"

UP = [
    "ALTER TABLE contract DROP CONSTRAINT IF EXISTS contract_lot_key",
    "CREATE UNIQUE INDEX IF NOT EXISTS contract_of_awarded_lot ON contract (lot) WHERE NOT is_call_off",
]
DOWN = ["DROP INDEX IF EXISTS contract_of_awarded_lot"]


async def forwards() -> MigrationManager:
    """One contract for each awarded lot; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="contracts", description=DESCRIPTION)

    async def run() -> None:
        for sql in UP:
            await engine_finder().run_ddl(sql)

    async def back() -> None:
        for sql in DOWN:
            await engine_finder().run_ddl(sql)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
