"""Steps, looks and movements stand; a decision stays as it was recorded; the reserve fund never falls below nothing."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T19:50:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "guards of cases, the reserve fund and service orders"

APPEND_ONLY = ("case_step", "resident_look", "case_referral_column", "reserve_movement", "service_order_step")
DECISION = """
CREATE OR REPLACE FUNCTION case_keeps_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.decided_on IS NOT NULL AND (NEW.decided_on, NEW.decided_by_office, NEW.decision_document,
        NEW.decision_reason, coalesce(NEW.granted_amount, 0)) IS DISTINCT FROM (OLD.decided_on, OLD.decided_by_office,
        OLD.decision_document, OLD.decision_reason, coalesce(OLD.granted_amount, 0)) THEN
        RAISE EXCEPTION 'the decision of case % stands', OLD.reference;
    END IF;
    RETURN NEW;
END $$
"""
BALANCE = """
CREATE OR REPLACE FUNCTION reserve_stays_above_nothing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT sum(amount) FROM reserve_movement WHERE town = NEW.town) < 0 THEN
        RAISE EXCEPTION 'the reserve fund of town % is too small', NEW.town USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$
"""
UP = [
    *(
        f"CREATE OR REPLACE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE ON {name}"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        for name in APPEND_ONLY
    ),
    DECISION,
    "CREATE OR REPLACE TRIGGER case_keeps_decision BEFORE UPDATE ON assistance_case"
    " FOR EACH ROW EXECUTE FUNCTION case_keeps_decision()",
    BALANCE,
    "CREATE OR REPLACE TRIGGER reserve_stays_above_nothing AFTER INSERT ON reserve_movement"
    " FOR EACH ROW EXECUTE FUNCTION reserve_stays_above_nothing()",
    "CREATE UNIQUE INDEX IF NOT EXISTS case_pause_one_open ON case_pause (\"case\") WHERE to_on IS NULL",
    "CREATE UNIQUE INDEX IF NOT EXISTS case_guardian_one_now ON case_guardian (\"case\") WHERE ended_at IS NULL",
    "CREATE INDEX IF NOT EXISTS case_of_town ON assistance_case (town, status, due_on)",
    "CREATE INDEX IF NOT EXISTS service_order_unanswered ON service_order (answer_by) WHERE status = 'asked'",
]
DOWN = [
    "DROP INDEX IF EXISTS service_order_unanswered, case_of_town, case_guardian_one_now, case_pause_one_open",
    "DROP TRIGGER IF EXISTS reserve_stays_above_nothing ON reserve_movement",
    "DROP FUNCTION IF EXISTS reserve_stays_above_nothing()",
    "DROP TRIGGER IF EXISTS case_keeps_decision ON assistance_case",
    "DROP FUNCTION IF EXISTS case_keeps_decision()",
    *(f"DROP TRIGGER IF EXISTS {name}_append_only ON {name}" for name in APPEND_ONLY),
]


async def forwards() -> MigrationManager:
    """Guard the rows; safe to run again."""
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
