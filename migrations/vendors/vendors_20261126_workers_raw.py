"""One full-time job at a time: files for those on the roster already, then the constraint."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T18:40:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "no two full-time spells of one worker share a day"

UP = [
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    "CREATE UNIQUE INDEX IF NOT EXISTS worker_file_certificate ON worker_file (certificate_number)"
    " WHERE certificate_number <> ''",
    "CREATE INDEX IF NOT EXISTS worker_by_file ON worker (file)",
    "CREATE INDEX IF NOT EXISTS worker_by_town ON worker (town)",
    # spells that stand already: one file for each certificate, one for each spell without
    "INSERT INTO worker_file (id, certificate_number, opened_at)"
    " SELECT gen_random_uuid(), certificate_number, min(added_at) FROM worker"
    " WHERE certificate_number <> '' AND file IS NULL GROUP BY certificate_number ON CONFLICT DO NOTHING",
    "UPDATE worker w SET file = f.id FROM worker_file f"
    " WHERE w.file IS NULL AND w.certificate_number <> '' AND f.certificate_number = w.certificate_number",
    "WITH bare AS (SELECT id, gen_random_uuid() AS file, added_at FROM worker WHERE file IS NULL),"
    " made AS (INSERT INTO worker_file (id, opened_at) SELECT file, added_at FROM bare)"
    " UPDATE worker w SET file = bare.file FROM bare WHERE bare.id = w.id",
    "UPDATE worker w SET is_disputed = true WHERE EXISTS (SELECT 1 FROM worker x WHERE x.file = w.file"
    " AND (x.added_at, x.id) < (w.added_at, w.id)"
    " AND daterange(x.employed_from, x.employed_to, '[]') && daterange(w.employed_from, w.employed_to, '[]'))",
    "ALTER TABLE worker DROP CONSTRAINT IF EXISTS worker_one_full_time_job",
    "ALTER TABLE worker ADD CONSTRAINT worker_one_full_time_job EXCLUDE USING gist"
    " (file WITH =, daterange(employed_from, employed_to, '[]') WITH &&) WHERE (is_full_time AND NOT is_disputed)",
]
DOWN = [
    "ALTER TABLE worker DROP CONSTRAINT IF EXISTS worker_one_full_time_job",
    "DROP INDEX IF EXISTS worker_by_file, worker_by_town, worker_file_certificate",
]


async def forwards() -> MigrationManager:
    """Fill files in and guard the spells; safe to run again."""
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
