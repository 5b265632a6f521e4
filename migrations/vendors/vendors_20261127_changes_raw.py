"""What a provider was called at a moment; one change of the registration waits at a time."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T02:45:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "names at a moment"


def _name_then(function: str, column: str) -> str:
    """The first confirmed change after the moment says what stood until then; without one, what stands now."""
    return f"""
CREATE OR REPLACE FUNCTION {function}(provider_id uuid, at timestamptz) RETURNS text STABLE LANGUAGE sql AS $$
  SELECT coalesce(
    (SELECT c.from_{column} FROM registration_change c WHERE c.provider = provider_id AND c.status = 'confirmed'
     AND c.decided_at > at ORDER BY c.decided_at LIMIT 1),
    (SELECT o.{column} FROM provider p JOIN organisation o ON o.id = p.organisation WHERE p.id = provider_id))
$$
"""


UP = [
    _name_then("name_then", "name"),
    _name_then("name_en_then", "name_en"),
    "CREATE UNIQUE INDEX IF NOT EXISTS registration_change_one_waits ON registration_change (provider)"
    " WHERE status = 'proposed'",
]
DOWN = [
    "DROP INDEX IF EXISTS registration_change_one_waits",
    "DROP FUNCTION IF EXISTS name_then(uuid, timestamptz), name_en_then(uuid, timestamptz)",
]


async def forwards() -> MigrationManager:
    """Create functions and index; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="vendors", description=DESCRIPTION)

    async def run() -> None:
        for sql in UP:
            await engine_finder().run_ddl(sql)

    async def back() -> None:
        for sql in DOWN:
            await engine_finder().run_ddl(sql)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
