"""No minute of other work twice, nothing of it changed but struck out, who came written once."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T20:30:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "exclusion and guards of work that is no visit"

POINTS = "kind, contract, recipient_code, day, begins_at, ends_at, minutes, asked_by, words, evaluation, entered_at"
NEW, OLD = (", ".join(f"{row}.{name.strip()}" for name in POINTS.split(",")) for row in ("NEW", "OLD"))
UP = [
    "ALTER TABLE side_work DROP CONSTRAINT IF EXISTS side_work_no_overlap",
    "ALTER TABLE side_work ADD CONSTRAINT side_work_no_overlap EXCLUDE USING gist"
    " (person WITH =, tstzrange(begins_at, ends_at) WITH &&) WHERE (cancelled_at IS NULL)",
    f"""
    CREATE OR REPLACE FUNCTION guard_side_work() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' OR OLD.cancelled_at IS NOT NULL OR (NEW.id, NEW.person, NEW.employer, {NEW})
         IS DISTINCT FROM (OLD.id, OLD.person, OLD.employer, {OLD}) THEN
        RAISE EXCEPTION 'work that is no visit is never changed; it is struck out and entered anew';
      END IF;
      RETURN NEW;
    END $$
    """,
    "CREATE OR REPLACE TRIGGER guard_side_work BEFORE UPDATE OR DELETE ON side_work"
    " FOR EACH ROW EXECUTE FUNCTION guard_side_work()",
    "CREATE OR REPLACE TRIGGER side_attendance_append_only BEFORE UPDATE OR DELETE ON side_attendance"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
]
DOWN = [
    "DROP TRIGGER IF EXISTS side_attendance_append_only ON side_attendance",
    "DROP TRIGGER IF EXISTS guard_side_work ON side_work",
    "DROP FUNCTION IF EXISTS guard_side_work()",
    "ALTER TABLE side_work DROP CONSTRAINT IF EXISTS side_work_no_overlap",
]


async def forwards() -> MigrationManager:
    """Put the guards up; safe to run again."""
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
