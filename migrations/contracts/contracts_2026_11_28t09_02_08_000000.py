"""Visits are found by two columns or among few rows; what these serve needs no index of one column.

The plain ones go with the migration after this one.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-28T09:02:08:000000"
VERSION = "1.38.0"
DESCRIPTION = "indexes of visits by two columns and of few rows"

INDEXES = {
    # who was served on a day; what a worker did in a month, whatever the day
    "visit_recipient_day": "(recipient_code, day)",
    "visit_worker_day": "(worker, day)",
    # few of many: what waits for the buyer or for the worker, what corrects, what an order asked for
    "visit_open": "(contract, day) WHERE status IN ('logged', 'returned')",
    "visit_to_mend": "(person) WHERE status = 'returned'",
    "visit_correction": "(corrects) WHERE corrects IS NOT NULL",
    "visit_of_order": "(service_order) WHERE service_order IS NOT NULL",
}


async def forwards() -> MigrationManager:
    """Make them; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="contracts", description=DESCRIPTION)

    async def run() -> None:
        for name, columns in INDEXES.items():
            await engine_finder().run_ddl(f"CREATE INDEX IF NOT EXISTS {name} ON visit {columns}")

    async def run_backwards() -> None:
        for name in INDEXES:
            await engine_finder().run_ddl(f"DROP INDEX IF EXISTS {name}")

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
