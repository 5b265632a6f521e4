"""A locked mark changes by a lawful correction alone; what was signed and the signatures stay as they are."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T14:40:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "locked marks and signed reports stay"

UP = [
    """
    CREATE OR REPLACE FUNCTION locked_mark_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE locked timestamptz;
    BEGIN
      SELECT locked_at INTO locked FROM panel_member
      WHERE id = CASE WHEN TG_OP = 'INSERT' THEN NEW.member ELSE OLD.member END;
      IF locked IS NULL THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
      END IF;
      IF TG_OP = 'UPDATE' THEN
        IF (NEW.points, NEW.member, NEW.opened_bid, NEW.criterion)
           = (OLD.points, OLD.member, OLD.opened_bid, OLD.criterion) THEN
          RETURN NEW;  -- words may be added for the debrief (R-AWD-02)
        END IF;
        IF (NEW.member, NEW.opened_bid, NEW.criterion) = (OLD.member, OLD.opened_bid, OLD.criterion)
           AND OLD.marked_at <= NEW.marked_at AND EXISTS (
             SELECT FROM mark_correction c WHERE c.mark = OLD.id AND c.outcome = 'made'
             AND c.old_points = OLD.points AND c.new_points = NEW.points AND c.decided_at = NEW.marked_at) THEN
          RETURN NEW;
        END IF;
      END IF;
      RAISE EXCEPTION 'a locked mark changes only by a correction of the panel (R-COM-07)';
    END $$
    """,
    "CREATE OR REPLACE TRIGGER locked_mark_stays BEFORE INSERT OR UPDATE OR DELETE ON mark"
    " FOR EACH ROW EXECUTE FUNCTION locked_mark_stays()",
    """
    CREATE OR REPLACE FUNCTION signed_report_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'evaluation_report' THEN
        IF to_jsonb(NEW) - '{voided_at,whole_at,handed_at,handed_by}'::text[]
           = to_jsonb(OLD) - '{voided_at,whole_at,handed_at,handed_by}'::text[] THEN
          RETURN NEW;
        END IF;
      END IF;
      RAISE EXCEPTION 'what was signed stays as it was signed (R-COM-09)';
    END $$
    """,
    "CREATE OR REPLACE TRIGGER evaluation_report_stays BEFORE UPDATE OR DELETE ON evaluation_report"
    " FOR EACH ROW EXECUTE FUNCTION signed_report_stays()",
    "CREATE OR REPLACE TRIGGER report_signature_stays BEFORE UPDATE OR DELETE ON report_signature"
    " FOR EACH ROW EXECUTE FUNCTION signed_report_stays()",
]
DOWN = [
    "DROP TRIGGER IF EXISTS report_signature_stays ON report_signature",
    "DROP TRIGGER IF EXISTS evaluation_report_stays ON evaluation_report",
    "DROP FUNCTION IF EXISTS signed_report_stays()",
    "DROP TRIGGER IF EXISTS locked_mark_stays ON mark",
    "DROP FUNCTION IF EXISTS locked_mark_stays()",
]


async def forwards() -> MigrationManager:
    """Create functions and triggers; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="evaluations", description=DESCRIPTION)

    async def run() -> None:
        for sql in UP:
            await engine_finder().run_ddl(sql)

    async def back() -> None:
        for sql in DOWN:
            await engine_finder().run_ddl(sql)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
