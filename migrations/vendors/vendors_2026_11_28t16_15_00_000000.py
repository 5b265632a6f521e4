"""Namesakes, and who shares representative and address, are found one by one."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-28T16:15:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "indexes for likely pairs of providers"

UP = [
    "CREATE INDEX IF NOT EXISTS register_entry_namesake ON register_entry (core, id)",
    "CREATE INDEX IF NOT EXISTS provider_led ON provider (legal_representative, address, id)",
]
DOWN = [f"DROP INDEX IF EXISTS {name}" for name in ("register_entry_namesake", "provider_led")]


async def forwards() -> MigrationManager:
    """Add the indexes; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="vendors", description=DESCRIPTION)

    async def run() -> None:
        for statement in UP:
            await engine_finder().run_ddl(statement)

    async def back() -> None:
        for statement in DOWN:
            await engine_finder().run_ddl(statement)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
