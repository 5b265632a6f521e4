"""Encrypt what stood in clear in provider.contact."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from marketplace.kernel.db import execute, fetch
from marketplace.kernel.private_columns import conceal

ID = "2026-11-26T18:59:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "encrypt provider.contact"
PLACE = "provider.contact"
CLEAR = "SELECT id, contact AS kept FROM provider WHERE contact <> '' AND contact !~ '^[^ :]+:[A-Za-z0-9+/=]{40,}$'"


async def forwards() -> MigrationManager:
    """Values only; those encrypted already begin with the name of their key."""
    manager = MigrationManager(migration_id=ID, app_name="vendors", description=DESCRIPTION)

    async def run() -> None:
        for row in await fetch(CLEAR):
            await execute("UPDATE provider SET contact = $2 WHERE id = $1", row["id"], conceal(row["kept"], PLACE))

    manager.add_raw(run)
    return manager
