"""What held of a worker on a day; rows of changes are kept for good."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T02:47:30:000000"
VERSION = "1.38.0"
DESCRIPTION = "what held of a worker on a day"

# a spell without changes says the same of every day; a day before the first row has what was entered first
AS_OF = """
CREATE OR REPLACE FUNCTION worker_as_of(spell uuid, on_day date) RETURNS TABLE (
  name text, certificate_level text, certificate_number text, registered_on date, certificate_until date
) STABLE LANGUAGE sql AS $$
  SELECT h.name, h.certificate_level, h.certificate_number, h.registered_on, h.certificate_until FROM (
    SELECT c.name, c.certificate_level, c.certificate_number, c.registered_on, c.certificate_until,
           c.from_on <= on_day OR c.number = 0 AS holds, c.from_on, c.number
    FROM worker_change c WHERE c.worker = spell
    UNION ALL
    SELECT w.name, w.certificate_level, w.certificate_number, w.registered_on, w.certificate_until,
           true, '-infinity'::date, 0 FROM worker w WHERE w.id = spell
  ) h WHERE h.holds ORDER BY h.from_on DESC, h.number DESC LIMIT 1
$$
"""
UP = [
    AS_OF,
    "CREATE OR REPLACE TRIGGER worker_change_append_only BEFORE UPDATE OR DELETE ON worker_change"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
]
DOWN = [
    "DROP TRIGGER IF EXISTS worker_change_append_only ON worker_change",
    "DROP FUNCTION IF EXISTS worker_as_of(uuid, date)",
]


async def forwards() -> MigrationManager:
    """Create the function and the trigger; safe to run again."""
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
