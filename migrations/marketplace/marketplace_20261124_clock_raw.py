"""The county clock, the installation row and the ledger's guards: what Piccolo cannot say in its tables."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-24T00:00:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "county clock and guards"

UP = [
    """
    CREATE OR REPLACE FUNCTION county_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS
    $$ SELECT clock_timestamp() + (SELECT offset_by FROM county_clock WHERE id = 1) $$
    """,
    # a county that lives in real time may never have its clock turned, and a demo can never become a real county
    """
    CREATE OR REPLACE FUNCTION guard_county_clock() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.offset_by <> interval '0' AND NOT EXISTS (SELECT 1 FROM installation WHERE is_demo) THEN
        RAISE EXCEPTION 'the county clock can only be turned in a database created as a demo';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER guard_county_clock BEFORE INSERT OR UPDATE ON county_clock
    FOR EACH ROW EXECUTE FUNCTION guard_county_clock()
    """,
    """
    CREATE OR REPLACE FUNCTION guard_installation() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' OR NEW.is_demo <> OLD.is_demo OR NEW.id <> OLD.id THEN
        RAISE EXCEPTION 'what kind of installation this is never changes';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER guard_installation BEFORE UPDATE OR DELETE ON installation
    FOR EACH ROW EXECUTE FUNCTION guard_installation()
    """,
    """
    CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER ledger_posting_append_only BEFORE UPDATE OR DELETE ON ledger_posting
    FOR EACH ROW EXECUTE FUNCTION refuse_change()
    """,
    "INSERT INTO county_clock (id, offset_by) VALUES (1, interval '0') ON CONFLICT DO NOTHING",
    "CREATE UNIQUE INDEX IF NOT EXISTS opener_key_one_current ON opener_key (person) WHERE retired_at IS NULL",
]
DOWN = [
    "DROP INDEX IF EXISTS opener_key_one_current",
    "DROP TRIGGER IF EXISTS ledger_posting_append_only ON ledger_posting",
    "DROP TRIGGER IF EXISTS guard_installation ON installation",
    "DROP TRIGGER IF EXISTS guard_county_clock ON county_clock",
    "DROP FUNCTION IF EXISTS refuse_change()",
    "DROP FUNCTION IF EXISTS guard_installation()",
    "DROP FUNCTION IF EXISTS guard_county_clock()",
    "DROP FUNCTION IF EXISTS county_now()",
]


async def forwards() -> MigrationManager:
    """Create functions and triggers; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="marketplace", description=DESCRIPTION)

    async def run() -> None:
        for sql in UP:
            await engine_finder().run_ddl(sql)

    async def back() -> None:
        for sql in DOWN:
            await engine_finder().run_ddl(sql)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
