"""Encrypt what stood in clear in invoice.bank_account."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from marketplace.kernel.db import execute, fetch
from marketplace.kernel.private_columns import conceal, search_hash

ID = "2026-11-26T18:59:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "encrypt invoice.bank_account"
PLACE = "invoice.bank_account"
CLEAR = "SELECT id, bank_account AS kept FROM invoice WHERE bank_account <> '' AND bank_account !~ '^[^ :]+:[A-Za-z0-9+/=]{40,}$'"


async def forwards() -> MigrationManager:
    """Values only; those encrypted already begin with the name of their key."""
    manager = MigrationManager(migration_id=ID, app_name="contracts", description=DESCRIPTION)

    async def run() -> None:
        for row in await fetch(CLEAR):
            await execute(
                "UPDATE invoice SET bank_account = $2, bank_account_hash = $3 WHERE id = $1",
                row["id"], conceal(row["kept"], PLACE), search_hash(row["kept"], PLACE),
            )  # fmt: skip

    manager.add_raw(run)
    return manager
