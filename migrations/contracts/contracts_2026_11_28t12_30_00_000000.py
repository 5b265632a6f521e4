"""The guard of visits looks at a row without calling a function where nothing of its points changes."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-28T12:30:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "fifty thousand approvals without fifty thousand calls"

POINTS = (
    "id chain corrects contract item_code worker person recipient_code town village day begins_at ends_at minutes"
    " is_group is_void is_late_entry note reason entered_at"
).split()
CHANGES = " IS DISTINCT FROM ".join(f"({', '.join(f'{row}.{point}' for point in POINTS)})" for row in ("NEW", "OLD"))
GUARD = (
    "CREATE OR REPLACE TRIGGER {name} BEFORE {act} ON visit FOR EACH ROW{when} EXECUTE FUNCTION guard_visit_points()"
)
UP = [
    GUARD.format(name="guard_visit_kept", act="DELETE", when=""),
    GUARD.format(name="guard_visit_points", act="UPDATE", when=f" WHEN ({CHANGES})"),
]
DOWN = [
    GUARD.format(name="guard_visit_points", act="UPDATE OR DELETE", when=""),
    "DROP TRIGGER IF EXISTS guard_visit_kept ON visit",
]


async def forwards() -> MigrationManager:
    """Safe to run again."""
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
