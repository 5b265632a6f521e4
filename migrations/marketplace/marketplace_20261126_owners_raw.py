"""The first person of each provider answers for its members."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T18:21:45:000001"
VERSION = "1.38.0"
DESCRIPTION = "first owners of providers"

UP = """
    INSERT INTO organisation_owner (id, organisation, person, since)
    SELECT DISTINCT ON (m.organisation) gen_random_uuid(), m.organisation, p.id, p.created_at
    FROM membership m JOIN person p ON p.id = m.person JOIN organisation o ON o.id = m.organisation
    WHERE m.role = 'provider' AND o.kind = 'provider'
    ORDER BY m.organisation, p.created_at, p.id
    ON CONFLICT DO NOTHING
"""


async def forwards() -> MigrationManager:
    """Rows only; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="marketplace", description=DESCRIPTION)

    async def run() -> None:
        await engine_finder().run_ddl(UP)

    async def back() -> None:
        await engine_finder().run_ddl("DELETE FROM organisation_owner")

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
