"""What a record added up to is never changed; entries from before learn how large their contract was."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T23:10:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "standing as it was told"

UP = [
    "CREATE OR REPLACE TRIGGER standing_figure_append_only BEFORE UPDATE OR DELETE ON standing_figure"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    # sums by field: every page of a provider asks for the others of its field
    "CREATE INDEX IF NOT EXISTS standing_entry_field ON standing_entry (category, counts_until, counts_from)",
    # a new county has no contracts yet when this runs; there is nothing to learn then
    """
    DO $$ BEGIN
      IF to_regclass('contract') IS NOT NULL THEN
        ALTER TABLE standing_entry DISABLE TRIGGER standing_append_only;
        UPDATE standing_entry s SET contract_amount = c.amount FROM contract c
        WHERE c.reference = s.contract_reference AND s.contract_amount = 0;
        ALTER TABLE standing_entry ENABLE TRIGGER standing_append_only;
      END IF;
    END $$
    """,
]
DOWN = [
    "DROP INDEX IF EXISTS standing_entry_field",
    "DROP TRIGGER IF EXISTS standing_figure_append_only ON standing_figure",
]


async def forwards() -> MigrationManager:
    """Create trigger and index, fill the amounts; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="vendors", description=DESCRIPTION)

    async def run() -> None:
        for sql in UP:
            await engine_finder().run_ddl(sql)

    async def back() -> None:
        for sql in DOWN:
            await engine_finder().run_ddl(sql)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
