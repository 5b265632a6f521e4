"""The public record hears of what is published and changed here."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T17:59:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "marks for the public record"

UP = [
    "CREATE OR REPLACE TRIGGER contract_ocds AFTER INSERT OR UPDATE ON contract"
    " FOR EACH ROW WHEN (NEW.published_at IS NOT NULL) EXECUTE FUNCTION mark_ocds_change('of_listing')",
    "CREATE OR REPLACE TRIGGER contract_milestone_ocds AFTER INSERT OR UPDATE ON contract_milestone"
    " FOR EACH ROW EXECUTE FUNCTION mark_ocds_change('of_contract')",
    "CREATE OR REPLACE TRIGGER acceptance_ocds AFTER INSERT OR UPDATE ON acceptance"
    " FOR EACH ROW EXECUTE FUNCTION mark_ocds_change('of_contract')",
    "CREATE OR REPLACE TRIGGER payment_ocds AFTER INSERT OR UPDATE ON payment"
    " FOR EACH ROW WHEN (NEW.status = 'paid') EXECUTE FUNCTION mark_ocds_change('of_invoice')",
]
DOWN = [
    "DROP TRIGGER IF EXISTS contract_ocds ON contract",
    "DROP TRIGGER IF EXISTS contract_milestone_ocds ON contract_milestone",
    "DROP TRIGGER IF EXISTS acceptance_ocds ON acceptance",
    "DROP TRIGGER IF EXISTS payment_ocds ON payment",
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
