"""Of a voucher file only its release changes, of a late credit note only how it came back; earlier files are released."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T20:02:05:000001"
VERSION = "1.38.0"
DESCRIPTION = "release of voucher files, return of late credit notes"

UP = (
    """
    CREATE OR REPLACE FUNCTION only_these_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' OR (to_jsonb(NEW) - TG_ARGV::text[]) IS DISTINCT FROM (to_jsonb(OLD) - TG_ARGV::text[]) THEN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
      END IF;
      RETURN NEW;
    END $$
    """,
    "DROP TRIGGER IF EXISTS voucher_file_append_only ON voucher_file",
    "UPDATE voucher_file SET released_at = made_at WHERE released_at IS NULL AND withdrawn_at IS NULL",
    """
    CREATE OR REPLACE TRIGGER voucher_file_append_only BEFORE UPDATE OR DELETE ON voucher_file FOR EACH ROW EXECUTE
      FUNCTION only_these_change('released_by', 'released_at', 'withdrawn_by', 'withdrawn_at', 'withdraw_reason')
    """,
    """
    CREATE OR REPLACE TRIGGER late_credit_append_only BEFORE UPDATE OR DELETE ON late_credit
      FOR EACH ROW EXECUTE FUNCTION only_these_change('set_off_payment', 'returned_on', 'proof', 'returned_to')
    """,
)
DOWN = (
    "DROP TRIGGER IF EXISTS late_credit_append_only ON late_credit",
    "CREATE OR REPLACE TRIGGER voucher_file_append_only BEFORE UPDATE OR DELETE ON voucher_file"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
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
