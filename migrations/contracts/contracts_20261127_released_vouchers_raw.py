"""Voucher files of before the second person count as released."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T19:42:38:999998"
VERSION = "1.38.0"
DESCRIPTION = "earlier voucher files are released"

UP = "UPDATE voucher_file SET released_at = made_at WHERE released_at IS NULL AND withdrawn_at IS NULL"


async def forwards() -> MigrationManager:
    """They went to the treasury when they were made."""
    manager = MigrationManager(migration_id=ID, app_name="contracts", description=DESCRIPTION)

    async def run() -> None:
        await engine_finder().run_ddl(UP)

    manager.add_raw(run)
    return manager
