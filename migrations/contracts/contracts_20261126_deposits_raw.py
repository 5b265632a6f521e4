"""A deposit's money moves by its movements alone, movements are never changed, and one deposit is alive at a time."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T21:18:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "deposits moved by their movements alone"

UP = [
    """
    CREATE OR REPLACE FUNCTION deposit_movement_moves() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE deposit SET
        received = received + CASE NEW.kind WHEN 'receive' THEN NEW.amount ELSE 0 END,
        held = held + CASE NEW.kind WHEN 'receive' THEN NEW.amount ELSE -NEW.amount END,
        returned = returned + CASE NEW.kind WHEN 'return' THEN NEW.amount ELSE 0 END,
        forfeited = forfeited + CASE NEW.kind WHEN 'forfeit' THEN NEW.amount ELSE 0 END
      WHERE id = NEW.deposit;
      RETURN NULL;
    END $$
    """,
    "CREATE OR REPLACE TRIGGER deposit_movement_moves AFTER INSERT ON deposit_movement"
    " FOR EACH ROW EXECUTE FUNCTION deposit_movement_moves()",
    """
    CREATE OR REPLACE FUNCTION guard_deposit_money() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'INSERT' AND NEW.received = 0 THEN RETURN NEW; END IF;
      -- depth 1 is this guard called by a statement of somebody; depth 2 is the movement's own trigger
      IF TG_OP = 'UPDATE' AND (pg_trigger_depth() > 1 OR (NEW.received, NEW.held, NEW.returned, NEW.forfeited)
         = (OLD.received, OLD.held, OLD.returned, OLD.forfeited)) THEN
        RETURN NEW;
      END IF;
      RAISE EXCEPTION 'money of a deposit moves by movements alone' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    "CREATE OR REPLACE TRIGGER guard_deposit_money BEFORE INSERT OR UPDATE OR DELETE ON deposit"
    " FOR EACH ROW EXECUTE FUNCTION guard_deposit_money()",
    "CREATE OR REPLACE TRIGGER deposit_movement_kept BEFORE UPDATE OR DELETE ON deposit_movement"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE OR REPLACE TRIGGER deposit_movement_all BEFORE TRUNCATE ON deposit_movement"
    " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    # a second one may exist only on its way back
    "CREATE UNIQUE INDEX IF NOT EXISTS deposit_one_alive ON deposit"
    " (listing, provider, kind, coalesce(contract, '00000000-0000-0000-0000-000000000000'::uuid))"
    " WHERE status IN ('asked', 'declared', 'held') AND return_ground = ''",
]
DOWN = [
    "DROP INDEX IF EXISTS deposit_one_alive",
    "DROP TRIGGER IF EXISTS deposit_movement_all ON deposit_movement",
    "DROP TRIGGER IF EXISTS deposit_movement_kept ON deposit_movement",
    "DROP TRIGGER IF EXISTS guard_deposit_money ON deposit",
    "DROP FUNCTION IF EXISTS guard_deposit_money()",
    "DROP TRIGGER IF EXISTS deposit_movement_moves ON deposit_movement",
    "DROP FUNCTION IF EXISTS deposit_movement_moves()",
]


async def forwards() -> MigrationManager:
    """Triggers and an index; safe to run again."""
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
