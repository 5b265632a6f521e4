"""One more kind of entry; proofs of checks that only grow; one removal of an entry at a time."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T17:45:30:000000"
VERSION = "1.38.0"
DESCRIPTION = "proofs of credit checks that only grow"

KINDS = "'debarment', 'serious_violation', 'dishonest_debtor', 'tax_violation'"
UP = [
    "ALTER TABLE credit_entry DROP CONSTRAINT IF EXISTS credit_kind_known",
    f"ALTER TABLE credit_entry ADD CONSTRAINT credit_kind_known CHECK (kind IN ({KINDS}, 'major_violation'))",
    "CREATE UNIQUE INDEX IF NOT EXISTS credit_removal_once ON credit_removal (entry) WHERE status <> 'declined'",
    "CREATE INDEX IF NOT EXISTS credit_list_row_unmatched ON credit_list_row (credit_list) WHERE provider IS NULL",
    "CREATE OR REPLACE TRIGGER credit_check_append_only BEFORE UPDATE OR DELETE ON credit_check"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE OR REPLACE TRIGGER credit_check_line_append_only BEFORE UPDATE OR DELETE ON credit_check_line"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
]
DOWN = [
    "DROP TRIGGER IF EXISTS credit_check_line_append_only ON credit_check_line",
    "DROP TRIGGER IF EXISTS credit_check_append_only ON credit_check",
    "DROP INDEX IF EXISTS credit_list_row_unmatched, credit_removal_once",
    "ALTER TABLE credit_entry DROP CONSTRAINT IF EXISTS credit_kind_known",
    f"ALTER TABLE credit_entry ADD CONSTRAINT credit_kind_known CHECK (kind IN ({KINDS}))",
]


async def forwards() -> MigrationManager:
    """Create guards and indexes; safe to run again."""
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
