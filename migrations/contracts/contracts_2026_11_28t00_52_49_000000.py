"""One run of a scheme for a month, one duty certificate of a post for a month; what a treasury said is kept."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-28T00:52:49:000000"
VERSION = "1.38.0"
DESCRIPTION = "one run of a scheme a month, one duty certificate of a post a month"

UP = [
    "DROP INDEX IF EXISTS subsidy_run_one_alive",
    "CREATE UNIQUE INDEX IF NOT EXISTS subsidy_run_one_of_scheme ON subsidy_run (scheme, month)"
    " WHERE status <> 'superseded'",
    "CREATE UNIQUE INDEX IF NOT EXISTS duty_certificate_one_alive ON duty_certificate (worker, month)"
    " WHERE status <> 'withdrawn'",
    "CREATE OR REPLACE TRIGGER subsidy_result_line_append_only BEFORE UPDATE OR DELETE ON subsidy_result_line"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
]
DOWN = [
    "DROP TRIGGER IF EXISTS subsidy_result_line_append_only ON subsidy_result_line",
    "DROP INDEX IF EXISTS duty_certificate_one_alive",
    "DROP INDEX IF EXISTS subsidy_run_one_of_scheme",
    "CREATE UNIQUE INDEX IF NOT EXISTS subsidy_run_one_alive ON subsidy_run (month) WHERE status <> 'superseded'",
]


async def forwards() -> MigrationManager:
    """Create the indexes and the trigger; safe to run again."""
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
