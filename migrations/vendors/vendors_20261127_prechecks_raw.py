"""One open pre-check an item, steps and findings that nobody changes, and the grade in the register."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

from migrations.vendors.vendors_20261127_mergers_raw import KEEPS_CORE

ID = "2026-11-27T02:44:10:000000"
VERSION = "1.38.0"
DESCRIPTION = "open pre-checks, grades in the register"

_PAPER = (
    "FROM provider_paper a WHERE a.provider = p.id AND a.kind = 'assessment' AND a.ended_at IS NULL"
    " ORDER BY a.added_at DESC LIMIT 1)"
)
KEEPS_GRADE = (
    KEEPS_CORE.replace("core, sort_key, words,", "core, grade, granted_on, sort_key, words,")
    .replace(
        "name_core(o.name), o.sort_key,",
        f"name_core(o.name), coalesce((SELECT a.result {_PAPER}, ''), (SELECT a.granted_on {_PAPER}, o.sort_key,",
    )
    .replace("core = excluded.core,", "core = excluded.core, grade = excluded.grade, granted_on = excluded.granted_on,")
)
UP = [
    "CREATE UNIQUE INDEX IF NOT EXISTS precheck_open_once ON precheck (provider, item_code)"
    " WHERE status IN ('waiting', 'more_asked', 'proposed', 'objected')",
    "CREATE INDEX IF NOT EXISTS precheck_queue ON precheck (status, applied_at, reference)",
    *(f"CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
      " FOR EACH ROW EXECUTE FUNCTION refuse_change()" for table in ("precheck_step", "precheck_finding")),
    KEEPS_GRADE,
    "CREATE OR REPLACE TRIGGER register_follows AFTER INSERT OR UPDATE OR DELETE ON provider_paper"
    " FOR EACH ROW EXECUTE FUNCTION register_follows_part()",
    # what was checked as a whole file says nothing of an item
    "UPDATE provider SET file_status = 'open' WHERE file_status <> 'open'",
]  # fmt: skip
DOWN = [
    "DROP TRIGGER IF EXISTS register_follows ON provider_paper",
    KEEPS_CORE,
    "DROP TRIGGER IF EXISTS precheck_finding_append_only ON precheck_finding",
    "DROP TRIGGER IF EXISTS precheck_step_append_only ON precheck_step",
    "DROP INDEX IF EXISTS precheck_queue",
    "DROP INDEX IF EXISTS precheck_open_once",
]


async def forwards() -> MigrationManager:
    """Create indexes and triggers; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="vendors", description=DESCRIPTION)

    async def run() -> None:
        for sql in UP:
            await engine_finder().run_ddl(sql)

    async def back() -> None:
        for sql in DOWN:
            await engine_finder().run_ddl(sql)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
