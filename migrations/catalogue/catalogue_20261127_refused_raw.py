"""A listing may end because its winner did not sign (R-AWD-03)."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T11:22:30:000000"
VERSION = "1.38.0"
DESCRIPTION = "the ground of an ending: the winner refused to sign"

KNOWN = "'task_cancelled', 'must_change', 'failed', 'redo_ordered'"


def _ground_is_one_of(grounds: str) -> list[str]:
    return [
        "ALTER TABLE listing_ending DROP CONSTRAINT IF EXISTS ending_ground_is_known",
        f"ALTER TABLE listing_ending ADD CONSTRAINT ending_ground_is_known CHECK (ground IN ({grounds}))",
    ]


UP = _ground_is_one_of(f"{KNOWN}, 'winner_refused'")
DOWN = _ground_is_one_of(KNOWN)


async def forwards() -> MigrationManager:
    """Know the new ground; safe to run again."""
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
