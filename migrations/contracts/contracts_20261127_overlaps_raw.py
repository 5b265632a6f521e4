"""The same minute is looked for by who and when first: the chain, which is no order of time, comes last.

With the chain before the time the index of one person's visits lay in no order, and every entry read all of them.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T15:05:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "order of the columns in the overlaps of visits"

WORKER = "person WITH =, {first}, {then}"
RECIPIENT = "recipient_code WITH =, item_code WITH =, {first}, {then}"
TIME, CHAIN = "tstzrange(begins_at, ends_at) WITH &&", "chain WITH <>"


def _constraints(first: str, then: str) -> list[str]:
    return [
        "ALTER TABLE visit DROP CONSTRAINT IF EXISTS visit_worker_no_overlap,"
        " DROP CONSTRAINT IF EXISTS visit_recipient_no_overlap",
        "ALTER TABLE visit ADD CONSTRAINT visit_worker_no_overlap EXCLUDE USING gist"
        f" ({WORKER.format(first=first, then=then)}) WHERE (status IN ('logged', 'approved') AND NOT is_void)",
        "ALTER TABLE visit ADD CONSTRAINT visit_recipient_no_overlap EXCLUDE USING gist"
        f" ({RECIPIENT.format(first=first, then=then)})"
        " WHERE (status IN ('logged', 'approved') AND NOT is_void AND NOT is_group)",
    ]


UP, DOWN = _constraints(TIME, CHAIN), _constraints(CHAIN, TIME)


async def forwards() -> MigrationManager:
    """Make both anew; safe to run again."""
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
