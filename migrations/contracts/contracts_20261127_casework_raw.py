"""One file of casework at work for a resident under a contract; what was written in it stays in its place.

The encrypted texts alone change: with another key, and at the end of their term.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T23:30:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "one open file of casework for a resident, and the guard of what was written in it"

UP = [
    "CREATE UNIQUE INDEX IF NOT EXISTS casework_file_one_open ON casework_file (contract, recipient_code)"
    " WHERE ended_at IS NULL",
    "CREATE OR REPLACE TRIGGER casework_entry_stays BEFORE DELETE OR UPDATE OF file, nth, kind, visit, written_by,"
    " written_at ON casework_entry FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE OR REPLACE TRIGGER group_sign_in_append_only BEFORE UPDATE OR DELETE ON group_sign_in"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
]
DOWN = [
    "DROP TRIGGER IF EXISTS group_sign_in_append_only ON group_sign_in",
    "DROP TRIGGER IF EXISTS casework_entry_stays ON casework_entry",
    "DROP INDEX IF EXISTS casework_file_one_open",
]


async def forwards() -> MigrationManager:
    """Put index and guards up; safe to run again."""
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
