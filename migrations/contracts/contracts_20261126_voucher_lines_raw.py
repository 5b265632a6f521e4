"""Voucher files made before their lines were kept get them, in the order they were written."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T21:47:30:000001"
VERSION = "1.38.0"
DESCRIPTION = "lines of earlier voucher files"

UP = """
INSERT INTO voucher_line (id, voucher_file, number, payment, amount)
SELECT gen_random_uuid(), y.voucher_file, row_number() OVER (PARTITION BY y.voucher_file ORDER BY y.id), y.id, y.amount
FROM payment y WHERE y.voucher_file IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM voucher_line l WHERE l.voucher_file = y.voucher_file)
"""


async def forwards() -> MigrationManager:
    """Write the lines; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="contracts", description=DESCRIPTION)

    async def run() -> None:
        await engine_finder().run_ddl(UP)

    manager.add_raw(run)
    return manager
