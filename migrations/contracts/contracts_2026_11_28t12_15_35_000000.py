"""An order to pay a subsidy back may be lifted, before the money came and after it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-28T12:15:35:000000"
VERSION = "1.38.0"
DESCRIPTION = "states of an order to pay a subsidy back"
OLD_PROCESSES = "go on: the checks are wider"

OLD = "'proposed', 'ordered', 'refused', 'returned'"
CHECK = "ALTER TABLE subsidy_recovery {act} CONSTRAINT {name}"
KNOWN, RETURNED = "subsidy_recovery_status_known", "subsidy_recovery_returned"
DROP = [CHECK.format(act="DROP", name=f"IF EXISTS {name}") for name in (KNOWN, RETURNED)]
UP = [
    *DROP,
    CHECK.format(act="ADD", name=KNOWN) + f" CHECK (status IN ({OLD}, 'lifted'))",
    CHECK.format(act="ADD", name=RETURNED)
    + " CHECK ((returned_on IS NULL) = (returned_by IS NULL) AND (status = 'returned') <= (returned_on IS NOT NULL)"
    " AND (returned_on IS NOT NULL) <= (status IN ('returned', 'lifted')))",
]
DOWN = [
    *DROP,
    CHECK.format(act="ADD", name=KNOWN) + f" CHECK (status IN ({OLD})) NOT VALID",
    CHECK.format(act="ADD", name=RETURNED)
    + " CHECK ((status = 'returned') = (returned_on IS NOT NULL AND returned_by IS NOT NULL)) NOT VALID",
]


async def forwards() -> MigrationManager:
    """Wider checks; safe to run again."""
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
