"""What Piccolo cannot say of contracts: no minute twice, no point of a visit changed, one open row of each chain."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-24T00:00:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "exclusion and append-only guards of contracts"


def _constraint(name: str, table: str, definition: str) -> str:
    return f"""
    DO $$ BEGIN
      IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = '{name}') THEN
        ALTER TABLE {table} ADD CONSTRAINT {name} {definition};
      END IF;
    END $$
    """


UP = [
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    # the same minute of a worker is never counted twice, whoever employs them; a correction may cover its own original
    _constraint(
        "visit_worker_no_overlap",
        "visit",
        "EXCLUDE USING gist (person WITH =, chain WITH <>, tstzrange(begins_at, ends_at) WITH &&)"
        " WHERE (status IN ('logged', 'approved') AND NOT is_void)",
    ),
    # nor does one recipient get the same service twice at once, unless both are said to be in a group
    _constraint(
        "visit_recipient_no_overlap",
        "visit",
        "EXCLUDE USING gist (recipient_code WITH =, item_code WITH =, chain WITH <>,"
        " tstzrange(begins_at, ends_at) WITH &&)"
        " WHERE (status IN ('logged', 'approved') AND NOT is_void AND NOT is_group)",
    ),
    "CREATE UNIQUE INDEX IF NOT EXISTS visit_one_waiting ON visit (chain) WHERE status = 'logged'",
    "CREATE UNIQUE INDEX IF NOT EXISTS visit_one_approved ON visit (chain) WHERE status = 'approved'",
    "CREATE INDEX IF NOT EXISTS visit_contract_day ON visit (contract, day)",
    "CREATE INDEX IF NOT EXISTS visit_person_day ON visit (person, day)",
    "CREATE UNIQUE INDEX IF NOT EXISTS invoice_one_alive ON invoice (acceptance) WHERE status <> 'returned'",
    "CREATE UNIQUE INDEX IF NOT EXISTS subsidy_run_one_alive ON subsidy_run (month) WHERE status <> 'superseded'",
    """
    CREATE OR REPLACE FUNCTION guard_visit_points() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' OR
         (NEW.id, NEW.chain, NEW.corrects, NEW.contract, NEW.item_code, NEW.worker, NEW.person, NEW.recipient_code,
          NEW.town, NEW.village, NEW.day, NEW.begins_at, NEW.ends_at, NEW.minutes, NEW.is_group, NEW.is_void,
          NEW.is_late_entry, NEW.note, NEW.reason, NEW.entered_at) IS DISTINCT FROM
         (OLD.id, OLD.chain, OLD.corrects, OLD.contract, OLD.item_code, OLD.worker, OLD.person, OLD.recipient_code,
          OLD.town, OLD.village, OLD.day, OLD.begins_at, OLD.ends_at, OLD.minutes, OLD.is_group, OLD.is_void,
          OLD.is_late_entry, OLD.note, OLD.reason, OLD.entered_at) THEN
        RAISE EXCEPTION 'a visit is never changed; a correction is a row of its own';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER guard_visit_points BEFORE UPDATE OR DELETE ON visit
    FOR EACH ROW EXECUTE FUNCTION guard_visit_points()
    """,
    *(
        f"CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        for table in (
            "signature", "month_close", "month_line", "acceptance", "acceptance_item", "acceptance_month",
            "voucher_file", "scheme_level", "subsidy_line", "subsidy_condition",
        )
    ),
]
DOWN = [
    *(
        f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}"
        for table in (
            "signature", "month_close", "month_line", "acceptance", "acceptance_item", "acceptance_month",
            "voucher_file", "scheme_level", "subsidy_line", "subsidy_condition",
        )
    ),
    "DROP TRIGGER IF EXISTS guard_visit_points ON visit",
    "DROP FUNCTION IF EXISTS guard_visit_points()",
    "DROP INDEX IF EXISTS subsidy_run_one_alive",
    "DROP INDEX IF EXISTS invoice_one_alive",
    "DROP INDEX IF EXISTS visit_person_day",
    "DROP INDEX IF EXISTS visit_contract_day",
    "DROP INDEX IF EXISTS visit_one_approved",
    "DROP INDEX IF EXISTS visit_one_waiting",
    "ALTER TABLE visit DROP CONSTRAINT IF EXISTS visit_recipient_no_overlap",
    "ALTER TABLE visit DROP CONSTRAINT IF EXISTS visit_worker_no_overlap",
]


async def forwards() -> MigrationManager:
    """Create constraints, indexes and triggers; safe to run again."""
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
