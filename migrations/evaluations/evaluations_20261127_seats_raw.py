"""Evaluations of before had one evaluator: it takes a seat; what evaluators gave is never changed."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-28T00:04:32:000001"
VERSION = "1.38.0"
DESCRIPTION = "seats for the evaluations of before; scores are never changed"

UP = [
    "INSERT INTO evaluation_seat (id, evaluation, position, source, weight, organisation, on_behalf, due_on,"
    " submitted_by, submitted_at, left_out_reason)"
    " SELECT gen_random_uuid(), e.id, 1, 'third_party', 100, e.evaluator, '',"
    " (e.planned_at AT TIME ZONE 'Asia/Shanghai')::date + 30, e.scored_by, e.drafted_at, '' FROM evaluation e"
    " WHERE NOT EXISTS (SELECT 1 FROM evaluation_seat s WHERE s.evaluation = e.id)",
    "UPDATE evaluation SET draft_score = score WHERE draft_score IS NULL AND score IS NOT NULL",
    "DROP TRIGGER IF EXISTS seat_score_is_append_only ON seat_score",
    "CREATE TRIGGER seat_score_is_append_only BEFORE UPDATE OR DELETE ON seat_score"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
]
DOWN = ["DROP TRIGGER IF EXISTS seat_score_is_append_only ON seat_score"]


async def forwards() -> MigrationManager:
    """Fill and guard the tables; safe to run again."""
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
