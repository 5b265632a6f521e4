"""Payments of interest beside the one of the price; the class of providers in contracts signed before it was kept."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T11:24:30:000001"
VERSION = "1.38.0"
DESCRIPTION = "one payment of the price, late interest stays"

UP = [
    "CREATE UNIQUE INDEX IF NOT EXISTS payment_one_of_price ON payment (invoice) WHERE part = 'principal'",
    "CREATE OR REPLACE TRIGGER late_interest_append_only BEFORE UPDATE OR DELETE ON late_interest"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    """
    UPDATE contract c SET payee = CASE WHEN p.legal_form <> 'enterprise' THEN 'other' WHEN p.is_small_micro
      THEN 'small' ELSE 'large' END
    FROM provider p WHERE p.id = c.provider AND c.signed_at IS NOT NULL AND c.payee IS NULL
    """,
]
DOWN = [
    "DROP TRIGGER IF EXISTS late_interest_append_only ON late_interest",
    "DROP INDEX IF EXISTS payment_one_of_price",
]


async def forwards() -> MigrationManager:
    """Write the guards and the classes; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="contracts", description=DESCRIPTION)

    async def run() -> None:
        for sql in UP:
            await engine_finder().run_ddl(sql)

    async def run_backwards() -> None:
        for sql in DOWN:
            await engine_finder().run_ddl(sql)

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
