"""Reasons and decisions only grow."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T13:42:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "reasons and decisions only grow"
TABLES = ("finding_reason", "review_decision")

UP = [
    f"CREATE OR REPLACE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE ON {name}"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    for name in TABLES
]
DOWN = [f"DROP TRIGGER IF EXISTS {name}_append_only ON {name}" for name in TABLES]


async def forwards() -> MigrationManager:
    """Guard both tables."""
    manager = MigrationManager(migration_id=ID, app_name="catalogue", description=DESCRIPTION)

    async def run() -> None:
        for sql in UP:
            await engine_finder().run_ddl(sql)

    async def back() -> None:
        for sql in DOWN:
            await engine_finder().run_ddl(sql)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
