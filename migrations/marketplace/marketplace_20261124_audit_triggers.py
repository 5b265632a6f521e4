"""The audit only grows: triggers, indexes and the main stream; the outbox's indexes; the job queue's own tables."""

from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from marketplace.kernel.db import execute, fetchval

ID = "2026-11-24T00:00:02:000000"
VERSION = "1.38.0"
DESCRIPTION = "Audit triggers, outbox indexes, job queue"

UP = (
    "CREATE UNIQUE INDEX IF NOT EXISTS audit_entry_place ON audit_entry (stream, position) WHERE position IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS audit_entry_unlinked ON audit_entry (sequence) WHERE position IS NULL",
    "CREATE UNIQUE INDEX IF NOT EXISTS audit_entry_sequence ON audit_entry (sequence)",
    "CREATE INDEX IF NOT EXISTS audit_entry_subject ON audit_entry (subject_kind, subject_id, sequence)",
    """
    CREATE OR REPLACE FUNCTION audit_entry_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE link text[] := ARRAY['position', 'previous_hash', 'entry_hash', 'linked_at'];
    BEGIN
        IF TG_OP <> 'UPDATE' THEN
            RAISE EXCEPTION 'audit entries are never removed' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF OLD.position IS NOT NULL THEN
            RAISE EXCEPTION 'a linked audit entry is never changed' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF to_jsonb(NEW) - link IS DISTINCT FROM to_jsonb(OLD) - link THEN
            RAISE EXCEPTION 'only the link of an audit entry may be set'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    "CREATE OR REPLACE TRIGGER audit_entry_rows BEFORE UPDATE OR DELETE ON audit_entry"
    " FOR EACH ROW EXECUTE FUNCTION audit_entry_only_grows()",
    "CREATE OR REPLACE TRIGGER audit_entry_all BEFORE TRUNCATE ON audit_entry"
    " FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_only_grows()",
    # ALWAYS: also for sessions that switch ordinary triggers off with session_replication_role
    "ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_entry_rows",
    "ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_entry_all",
    """
    CREATE OR REPLACE FUNCTION audit_stream_opens_once() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP <> 'UPDATE' THEN
            RAISE EXCEPTION 'audit streams are never removed' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NEW.name <> OLD.name OR NEW.signed_position < OLD.signed_position
           OR (NEW.hidden_until IS DISTINCT FROM OLD.hidden_until
               AND (OLD.hidden_until IS NULL OR NEW.hidden_until IS NULL OR NEW.hidden_until < OLD.hidden_until)) THEN
            RAISE EXCEPTION 'an audit stream may only be opened later, never earlier'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    "CREATE OR REPLACE TRIGGER audit_stream_rows BEFORE UPDATE OR DELETE ON audit_stream"
    " FOR EACH ROW EXECUTE FUNCTION audit_stream_opens_once()",
    "CREATE OR REPLACE TRIGGER audit_stream_all BEFORE TRUNCATE ON audit_stream"
    " FOR EACH STATEMENT EXECUTE FUNCTION audit_stream_opens_once()",
    "ALTER TABLE audit_stream ENABLE ALWAYS TRIGGER audit_stream_rows",
    "ALTER TABLE audit_stream ENABLE ALWAYS TRIGGER audit_stream_all",
    "INSERT INTO audit_stream (name, hidden_until, signed_position) VALUES ('main', NULL, 0) ON CONFLICT DO NOTHING",
    "CREATE INDEX IF NOT EXISTS outbox_message_waiting ON outbox_message (due_at)"
    " WHERE delivered_at IS NULL AND dead_at IS NULL",
    "CREATE INDEX IF NOT EXISTS outbox_message_dead ON outbox_message (dead_at) WHERE dead_at IS NOT NULL",
)

DOWN = (
    "DROP TRIGGER IF EXISTS audit_entry_rows ON audit_entry",
    "DROP TRIGGER IF EXISTS audit_entry_all ON audit_entry",
    "DROP TRIGGER IF EXISTS audit_stream_rows ON audit_stream",
    "DROP TRIGGER IF EXISTS audit_stream_all ON audit_stream",
    "DROP FUNCTION IF EXISTS audit_entry_only_grows()",
    "DROP FUNCTION IF EXISTS audit_stream_opens_once()",
    "DROP INDEX IF EXISTS audit_entry_place, audit_entry_unlinked, audit_entry_sequence, audit_entry_subject,"
    " outbox_message_waiting, outbox_message_dead",
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="marketplace", description=DESCRIPTION)

    async def run() -> None:
        for sql in UP:
            await execute(sql)
        if await fetchval("SELECT to_regclass('pgqueuer') IS NULL"):
            await execute(QueryBuilderEnvironment().build_install_query())

    async def back() -> None:
        for sql in DOWN:
            await execute(sql)
        await execute(QueryBuilderEnvironment().build_uninstall_query())

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
