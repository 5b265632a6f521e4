"""A closed month adds to the counts of its year and quarter in the transaction that writes its lines, whoever does."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-28T12:16:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "residents and hours of closed months are counted when they are closed"
OLD_PROCESSES = "go on: the trigger counts what they close as well; only the two new tables are emptied"

# a resident of a town and service, once for each closed month: hashes for the year and the quarter, and whether it is
# the first of these rows with that hash
_TOLD = """
SELECT t.*, row_number() OVER (PARTITION BY in_year ORDER BY month_close) = 1 AS leads_year,
  row_number() OVER (PARTITION BY in_quarter ORDER BY month_close, town, item_code) = 1 AS leads_quarter
FROM (
  SELECT l.month_close, m.month, v.town, v.item_code, sum(l.minutes) AS minutes,
    md5(to_char(m.month, 'YYYY') || '/' || v.town || '/' || v.item_code || '/' || v.recipient_code)::uuid AS in_year,
    md5(to_char(m.month, 'YYYY"Q"Q') || '/' || v.recipient_code)::uuid AS in_quarter
  FROM {lines} l JOIN month_close m ON m.id = l.month_close JOIN visit v ON v.id = l.visit
  GROUP BY l.month_close, m.month, v.town, v.item_code, v.recipient_code) t
"""
_MARKS = "SELECT DISTINCT x.id FROM told, unnest(ARRAY[in_year, in_quarter]) x (id) ORDER BY x.id"
_COUNTS = """
INSERT INTO month_served (id, month_close, month, town, item_code, minutes, first_in_year, first_in_quarter)
SELECT gen_random_uuid(), month_close, month, town, item_code, sum(minutes),
  count(*) FILTER (WHERE leads_year{new_year}), count(*) FILTER (WHERE leads_quarter{new_quarter})
FROM told GROUP BY month_close, month, town, item_code
"""
# visits are found one by one whatever the plan's first month was; marks go in one order, so that no two closes wait for
# each other
_FUNCTION = f"""
CREATE OR REPLACE FUNCTION count_served() RETURNS trigger LANGUAGE plpgsql
SET enable_hashjoin = off SET enable_mergejoin = off SET work_mem = '64MB' AS $$
BEGIN
  WITH told AS MATERIALIZED ({_TOLD.format(lines="lines")}),
  marked AS (INSERT INTO served_mark (id) {_MARKS} ON CONFLICT DO NOTHING RETURNING id)
  {_COUNTS.format(
      new_year=" AND in_year IN (SELECT id FROM marked)", new_quarter=" AND in_quarter IN (SELECT id FROM marked)"
  )};
  RETURN NULL;
END $$
"""
_FILL = f"""
WITH told AS MATERIALIZED ({_TOLD.format(lines="month_line")}),
marked AS (INSERT INTO served_mark (id) {_MARKS})
{_COUNTS.format(new_year="", new_quarter="")}
"""
# in the transaction of the migration: nobody closes a month between the trigger and what was closed before it
UP = [
    _FUNCTION,
    "LOCK TABLE month_line IN SHARE ROW EXCLUSIVE MODE",
    "CREATE OR REPLACE TRIGGER month_line_served AFTER INSERT ON month_line"
    " REFERENCING NEW TABLE AS lines FOR EACH STATEMENT EXECUTE FUNCTION count_served()",
    "TRUNCATE month_served, served_mark",
    "SET LOCAL work_mem = '256MB'",
    _FILL,
    *(
        f"CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        for table in ("month_served", "served_mark")
    ),
]  # fmt: skip
DOWN = ["DROP TRIGGER IF EXISTS month_line_served ON month_line", "DROP FUNCTION IF EXISTS count_served()"]


async def forwards() -> MigrationManager:
    """Count what was closed so far; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="contracts", description=DESCRIPTION)

    async def run() -> None:
        for statement in UP:
            await engine_finder().run_ddl(statement)

    async def back() -> None:
        for statement in DOWN:
            await engine_finder().run_ddl(statement)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
