"""The public record hears of changes of contracts and of money that comes back, and looks at everything once more."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-28T10:05:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "marks of changed contracts and of money that comes back for the public record"
OLD_PROCESSES = "go on: only triggers and marks are added; the function goes on the way back alone"

UP = [
    "CREATE OR REPLACE TRIGGER contract_amendment_ocds AFTER INSERT OR UPDATE ON contract_amendment"
    " FOR EACH ROW WHEN (NEW.status = 'in_force') EXECUTE FUNCTION mark_ocds_change('of_contract')",
    "CREATE OR REPLACE TRIGGER late_credit_ocds AFTER INSERT OR UPDATE ON late_credit"
    " FOR EACH ROW WHEN (NEW.returned_on IS NOT NULL) EXECUTE FUNCTION mark_ocds_change('of_invoice')",
    """
    CREATE OR REPLACE FUNCTION mark_ocds_claim() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO ocds_change (listing) SELECT c.listing FROM contract_amendment x JOIN contract c ON c.id = x.contract
        WHERE x.id = NEW.amendment;
      RETURN NULL;
    END $$
    """,
    "CREATE OR REPLACE TRIGGER advance_claim_ocds AFTER INSERT OR UPDATE ON advance_claim"
    " FOR EACH ROW WHEN (NEW.received_on IS NOT NULL) EXECUTE FUNCTION mark_ocds_claim()",
    # what was released before bids, changes and values as amended were told; what says the same is not released again
    "INSERT INTO ocds_change (listing) SELECT l.id FROM listing l WHERE l.published_at IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM ocds_change o WHERE o.listing = l.id) ORDER BY l.published_at",
]
DOWN = [
    "DROP TRIGGER IF EXISTS contract_amendment_ocds ON contract_amendment",
    "DROP TRIGGER IF EXISTS late_credit_ocds ON late_credit",
    "DROP FUNCTION IF EXISTS mark_ocds_claim() CASCADE",
]


async def forwards() -> MigrationManager:
    """Create the marks; safe to run again."""
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
