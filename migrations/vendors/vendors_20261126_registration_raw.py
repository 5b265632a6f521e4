"""One account at a time for each provider."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from marketplace.kernel.db import execute

ID = "2026-11-26T21:08:30:000001"
VERSION = "1.38.0"
DESCRIPTION = "one account at a time"


async def forwards() -> MigrationManager:
    """An index over the accounts that have not ended."""
    manager = MigrationManager(migration_id=ID, app_name="vendors", description=DESCRIPTION)

    async def run() -> None:
        await execute("CREATE UNIQUE INDEX provider_account_once ON provider_account (provider) WHERE ended_at IS NULL")

    manager.add_raw(run)
    return manager
