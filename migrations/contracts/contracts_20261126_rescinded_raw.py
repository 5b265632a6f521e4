"""A lot has one contract that stands; those rescinded with a void award stay beside it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T21:05:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "one standing contract per awarded lot"

UP = [
    "DROP INDEX IF EXISTS contract_of_awarded_lot",
    "CREATE UNIQUE INDEX IF NOT EXISTS contract_of_awarded_lot ON contract (lot)"
    " WHERE NOT is_call_off AND status <> 'rescinded'",
]
DOWN = [
    "DROP INDEX IF EXISTS contract_of_awarded_lot",
    "CREATE UNIQUE INDEX IF NOT EXISTS contract_of_awarded_lot ON contract (lot) WHERE NOT is_call_off",
]


async def forwards() -> MigrationManager:
    """Narrow the index; safe to run again."""
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
