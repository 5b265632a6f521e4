"""A published intention never changes; a decided change of budget never changes."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T13:50:30:000001"
VERSION = "1.38.0"
DESCRIPTION = "intentions and decided changes stay"

UP = [
    "CREATE OR REPLACE TRIGGER intention_append_only BEFORE UPDATE OR DELETE ON intention"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    # what the public read in an intention stands in its planned purchase
    """
    CREATE OR REPLACE FUNCTION planned_purchase_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT 1 FROM intention WHERE planned_purchase = OLD.id) THEN
        RAISE EXCEPTION 'a published intention is never changed' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END $$
    """,
    "CREATE OR REPLACE TRIGGER planned_purchase_stays BEFORE UPDATE OR DELETE ON planned_purchase"
    " FOR EACH ROW EXECUTE FUNCTION planned_purchase_stays()",
    "CREATE OR REPLACE TRIGGER budget_change_decided_stays BEFORE UPDATE OR DELETE ON budget_change"
    " FOR EACH ROW WHEN (OLD.status <> 'proposed') EXECUTE FUNCTION refuse_change()",
]
DOWN = [
    "DROP TRIGGER IF EXISTS budget_change_decided_stays ON budget_change",
    "DROP TRIGGER IF EXISTS planned_purchase_stays ON planned_purchase",
    "DROP FUNCTION IF EXISTS planned_purchase_stays()",
    "DROP TRIGGER IF EXISTS intention_append_only ON intention",
]


async def forwards() -> MigrationManager:
    """Guards; safe to run again."""
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
