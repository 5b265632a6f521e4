"""Days stored before their rows said so: what lies past the announced years is provisional (R-CAL-03)."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T23:59:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "provisional days of contracts"

# 2026 was the last year announced when the column came
UP = [
    """
    CREATE OR REPLACE FUNCTION guard_acceptance_request() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'UPDATE' AND (NEW.id, NEW.milestone, NEW.round, NEW.statement, NEW.requested_by, NEW.requested_at)
         IS NOT DISTINCT FROM (OLD.id, OLD.milestone, OLD.round, OLD.statement, OLD.requested_by, OLD.requested_at) THEN
        RETURN NEW;
      END IF;
      RAISE EXCEPTION 'a request for acceptance stays as it was made; only its provisional day is counted anew';
    END $$
    """,
    "CREATE OR REPLACE TRIGGER acceptance_request_append_only BEFORE UPDATE OR DELETE ON acceptance_request"
    " FOR EACH ROW EXECUTE FUNCTION guard_acceptance_request()",
    "UPDATE contract SET is_provisional = true WHERE sign_by >= '2027-01-01' AND signed_at IS NULL",
    "UPDATE contract_milestone SET is_provisional = true WHERE is_advance AND due_on >= '2027-01-01'",
    "UPDATE acceptance_request SET is_provisional = true WHERE decide_by >= '2027-01-01'",
    "UPDATE invoice SET is_provisional = true WHERE due_on >= '2027-01-01'",
    "UPDATE deposit SET is_provisional = true WHERE return_due >= '2027-01-01'",
    "UPDATE framework_application SET is_provisional = true WHERE review_by >= '2027-01-01' AND decided_at IS NULL",
    "UPDATE framework_place SET is_provisional = true WHERE sign_by >= '2027-01-01' AND signed_at IS NULL",
]


async def forwards() -> MigrationManager:
    """Let the day of a request follow, and mark the rows; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="contracts", description=DESCRIPTION)

    async def run() -> None:
        for sql in UP:
            await engine_finder().run_ddl(sql)

    manager.add_raw(run)
    return manager
