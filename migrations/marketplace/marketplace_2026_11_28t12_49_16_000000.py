"""A decision of the conference and what came of it wait for a second person before everybody reads them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-28T12:49:16:000000"
VERSION = "1.38.0"
DESCRIPTION = "states of decisions that a second person looks through"
OLD_PROCESSES = "go on: the conditions are wider; what is entered meanwhile they show as before"

STATES, REPORTED = "conference_decision_status_known", "conference_decision_done_whole"
TOLD = "(done_on IS NOT NULL AND outcome <> '' AND closed_by IS NOT NULL)"


def _anew(name: str, condition: str) -> list[str]:
    return [
        f"ALTER TABLE conference_decision DROP CONSTRAINT IF EXISTS {name}",
        f"ALTER TABLE conference_decision ADD CONSTRAINT {name} CHECK ({condition})",
    ]


UP = [
    *_anew(STATES, "status IN ('entered', 'open', 'reported', 'done', 'dropped')"),
    *_anew(REPORTED, f"(status IN ('reported', 'done')) = {TOLD}"),
]
DOWN = [
    "UPDATE conference_decision SET status = CASE status WHEN 'reported' THEN 'done' ELSE 'open' END"
    " WHERE status IN ('entered', 'reported', 'dropped')",
    *_anew(STATES, "status IN ('open', 'done')"),
    *_anew(REPORTED, f"(status = 'done') = {TOLD}"),
]


async def forwards() -> MigrationManager:
    """Wider conditions; safe to run again."""
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
