"""A lot has one contract of its award, and each contract one renewal that stands; why it was renewed and what it brought never changes."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T14:39:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "one renewal that stands per contract"

OWN = "(is_call_off OR renews IS NOT NULL)"
UP = [
    "ALTER TABLE contract DROP CONSTRAINT IF EXISTS contract_call_off_whole",
    "ALTER TABLE contract ADD CONSTRAINT contract_call_off_whole"
    f" CHECK ({OWN} = (quantity IS NOT NULL) AND {OWN} = (budget_line IS NOT NULL))",
    *(
        f"CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        for table in ("contract_renewal", "contract_opening")
    ),
    "DROP INDEX IF EXISTS contract_of_awarded_lot",
    "CREATE UNIQUE INDEX IF NOT EXISTS contract_of_awarded_lot ON contract (lot)"
    " WHERE NOT is_call_off AND renews IS NULL AND status <> 'rescinded'",
    "CREATE UNIQUE INDEX IF NOT EXISTS contract_renewed_once ON contract (renews) WHERE status <> 'rescinded'",
]
DOWN = [
    "DROP TRIGGER IF EXISTS contract_opening_append_only ON contract_opening",
    "DROP TRIGGER IF EXISTS contract_renewal_append_only ON contract_renewal",
    "ALTER TABLE contract DROP CONSTRAINT IF EXISTS contract_call_off_whole",
    "ALTER TABLE contract ADD CONSTRAINT contract_call_off_whole"
    " CHECK (is_call_off = (quantity IS NOT NULL) AND is_call_off = (budget_line IS NOT NULL))",
    "DROP INDEX IF EXISTS contract_renewed_once",
    "DROP INDEX IF EXISTS contract_of_awarded_lot",
    "CREATE UNIQUE INDEX IF NOT EXISTS contract_of_awarded_lot ON contract (lot)"
    " WHERE NOT is_call_off AND status <> 'rescinded'",
]


async def forwards() -> MigrationManager:
    """Narrow the one index, add the other; safe to run again."""
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
