"""Consents given before there was a history of them; what was said is kept for good."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T03:19:30:000000"
VERSION = "1.38.0"
DESCRIPTION = "a history of workers' consents"

_GIVEN = (
    "INSERT INTO worker_consent (id, file, what, is_given, said_by, said_at)"
    " SELECT gen_random_uuid(), f.id, '{what}', true, w.person, f.consented_at FROM worker_file f"
    " JOIN LATERAL (SELECT person FROM worker WHERE file = f.id AND person IS NOT NULL LIMIT 1) w ON true"
    " WHERE {held} AND f.consented_at IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM worker_consent c WHERE c.file = f.id AND c.what = '{what}')"
)
UP = [_GIVEN.format(what="keep", held="true"), _GIVEN.format(what="public", held="f.is_public")]


async def forwards() -> MigrationManager:
    """Write what is known; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="vendors", description=DESCRIPTION)

    async def run() -> None:
        for sql in UP:
            await engine_finder().run_ddl(sql)

    async def back() -> None:
        """The table goes with its own migration."""

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
