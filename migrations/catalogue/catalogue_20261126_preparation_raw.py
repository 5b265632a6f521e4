"""Filed plans, surveys and close reviews stay as they were recorded; a plan's receipt is noted once."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T14:58:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "what was recorded before publication stays"

APPEND_ONLY = ("requirement_survey", "survey_source", "requirement_review", "requirement_reviewer")
RECEIPT = "ARRAY['received_by', 'received_at']"

UP = [
    *(
        f"CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        for table in APPEND_ONLY
    ),
    # finance notes that a plan came, once; nothing else of it ever moves
    f"""
    CREATE OR REPLACE FUNCTION implementation_plan_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' OR OLD.received_at IS NOT NULL
         OR to_jsonb(NEW) - {RECEIPT} IS DISTINCT FROM to_jsonb(OLD) - {RECEIPT} THEN
        RAISE EXCEPTION 'a filed plan stays as it was filed' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN NEW;
    END $$
    """,
    "CREATE OR REPLACE TRIGGER implementation_plan_stays BEFORE UPDATE OR DELETE ON implementation_plan"
    " FOR EACH ROW EXECUTE FUNCTION implementation_plan_stays()",
]
DOWN = [
    "DROP TRIGGER IF EXISTS implementation_plan_stays ON implementation_plan",
    "DROP FUNCTION IF EXISTS implementation_plan_stays()",
    *(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}" for table in APPEND_ONLY),
]


async def forwards() -> MigrationManager:
    """Guard the records; safe to run again."""
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
