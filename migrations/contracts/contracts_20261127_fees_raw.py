"""Money of a fee is owed to the treasury until it goes back or is handed over; its movements are never changed."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T23:50:04:000001"
VERSION = "1.38.0"
DESCRIPTION = "fees posted to the accounts"

UP = (
    """
    CREATE OR REPLACE FUNCTION book_fee() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE f fee; bank text;
    BEGIN
      SELECT * INTO f FROM fee WHERE id = NEW.fee;
      bank := CASE WHEN f.way <> 'online' THEN '100201' WHEN NEW.kind = 'refund' AND f.refund_failed THEN '100202'
                   ELSE '102101' END;
      IF NEW.kind = 'receive' THEN
        PERFORM book(bank, '2103', NEW.amount, 'contract', f.contract, 'fee_movement', NEW.id::text, NEW.moved_at);
      ELSE
        PERFORM book('2103', bank, NEW.amount, 'contract', f.contract, 'fee_movement', NEW.id::text, NEW.moved_at);
      END IF;
      RETURN NULL;
    END $$
    """,
    "CREATE OR REPLACE TRIGGER book_fee AFTER INSERT ON fee_movement FOR EACH ROW EXECUTE FUNCTION book_fee()",
    "CREATE OR REPLACE TRIGGER fee_movement_append_only BEFORE UPDATE OR DELETE ON fee_movement"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
)
DOWN = (
    "DROP TRIGGER IF EXISTS fee_movement_append_only ON fee_movement",
    "DROP TRIGGER IF EXISTS book_fee ON fee_movement",
    "DROP FUNCTION IF EXISTS book_fee()",
)


async def forwards() -> MigrationManager:
    """Safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="contracts", description=DESCRIPTION)

    async def run() -> None:
        for statement in UP:
            await engine_finder().run_ddl(statement)

    async def back() -> None:
        for statement in DOWN:
            await engine_finder().run_ddl(statement)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
