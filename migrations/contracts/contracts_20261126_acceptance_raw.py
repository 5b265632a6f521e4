"""A milestone is asked for and sent back; what was asked, found and deducted is never changed."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T20:23:40:000001"
VERSION = "1.38.0"
DESCRIPTION = "milestones are asked for and sent back"

TABLES = ("acceptance_request", "acceptance_rejection", "rejection_item", "acceptance_deduction")
UP = [
    "ALTER TABLE contract_milestone DROP CONSTRAINT IF EXISTS contract_milestone_status_known",
    "ALTER TABLE contract_milestone ADD CONSTRAINT contract_milestone_status_known CHECK (status IN"
    " ('open', 'requested', 'to_mend', 'accepted', 'invoiced', 'approved', 'paid'))",
    *(
        f"CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        for table in TABLES
    ),
]
DOWN = [
    *(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}" for table in TABLES),
    "ALTER TABLE contract_milestone DROP CONSTRAINT IF EXISTS contract_milestone_status_known",
    "ALTER TABLE contract_milestone ADD CONSTRAINT contract_milestone_status_known CHECK (status IN"
    " ('open', 'accepted', 'invoiced', 'approved', 'paid'))",
]


async def forwards() -> MigrationManager:
    """Widen the check and guard the rows; safe to run again."""
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
