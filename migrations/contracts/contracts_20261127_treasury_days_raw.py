"""A line of the treasury whose day of payment cannot be is a finding of its own."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T14:31:50:000001"
VERSION = "1.38.0"
DESCRIPTION = "lines of the treasury with a day that cannot be"

OLD = "'paid', 'returned', 'other_file', 'unknown', 'amount', 'twice', 'settled', 'unclear', 'missing'"
DROP = "ALTER TABLE treasury_result_line DROP CONSTRAINT IF EXISTS treasury_finding_known"
ADD = "ALTER TABLE treasury_result_line ADD CONSTRAINT treasury_finding_known CHECK (finding IN ({kinds}))"

UP = [DROP, ADD.format(kinds=OLD + ", 'date'")]
DOWN = [DROP, ADD.format(kinds=OLD) + " NOT VALID"]


async def forwards() -> MigrationManager:
    """A wider check; safe to run again."""
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
