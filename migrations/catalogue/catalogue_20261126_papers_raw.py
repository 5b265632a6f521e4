"""Published papers and what was sent to the platform only grow."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T13:17:12:000000"
VERSION = "1.38.0"
DESCRIPTION = "published papers only grow"

GROWING = ("published_paper", "platform_field_list", "platform_field", "platform_export_value")

UP = [
    *(
        f"CREATE OR REPLACE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        for table in GROWING
    ),
    *(
        f"CREATE OR REPLACE TRIGGER {table}_stays BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        for table in GROWING
    ),
    """
    CREATE OR REPLACE FUNCTION platform_export_is_confirmed_once() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE answer text[] := ARRAY['platform_number', 'platform_link', 'platform_published_on', 'difference',
                                   'confirmed_by', 'confirmed_at'];
    BEGIN
      IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'what was sent is never removed' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      IF OLD.confirmed_at IS NOT NULL OR to_jsonb(NEW) - answer IS DISTINCT FROM to_jsonb(OLD) - answer THEN
        RAISE EXCEPTION 'what was sent is never changed; its number is entered once'
          USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN NEW;
    END $$
    """,
    "CREATE OR REPLACE TRIGGER platform_export_is_confirmed_once BEFORE UPDATE OR DELETE ON platform_export"
    " FOR EACH ROW EXECUTE FUNCTION platform_export_is_confirmed_once()",
    # one template in use for each paper
    "CREATE UNIQUE INDEX IF NOT EXISTS paper_template_in_use ON paper_template (paper) WHERE ended_at IS NULL",
]
DOWN = [
    "DROP INDEX IF EXISTS paper_template_in_use",
    "DROP TRIGGER IF EXISTS platform_export_is_confirmed_once ON platform_export",
    "DROP FUNCTION IF EXISTS platform_export_is_confirmed_once()",
    *(f"DROP TRIGGER IF EXISTS {table}_only_grows ON {table}" for table in GROWING),
    *(f"DROP TRIGGER IF EXISTS {table}_stays ON {table}" for table in GROWING),
]


async def forwards() -> MigrationManager:
    """Create the guards; safe to run again."""
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
