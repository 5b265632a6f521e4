"""Mark the telephone numbers that stand in hidden values already, so that they are found."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from marketplace.kernel.db import execute, fetch
from marketplace.kernel.private_columns import reveal, search_hash
from vendors.providers.phones import PHONE_PLACE, phones_in

ID = "2026-11-27T03:51:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "mark telephone numbers"
KEPT = (
    ("contact", "provider.contact", "SELECT id AS provider, contact AS kept FROM provider WHERE contact <> ''"),
    ("representative", "legal_representative_facts.phone",
     "SELECT provider, phone AS kept FROM legal_representative_facts WHERE phone <> ''"),
)  # fmt: skip


async def forwards() -> MigrationManager:
    """Marks only; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="vendors", description=DESCRIPTION)

    async def run() -> None:
        await execute("DELETE FROM phone_mark")
        for source, place, sql in KEPT:
            rows = await fetch(sql)
            marks = [
                (row["provider"], search_hash(phone, PHONE_PLACE))
                for row in rows for phone in phones_in(reveal(row["kept"], place))
            ]  # fmt: skip
            await execute(
                "INSERT INTO phone_mark (id, provider, source, mark) SELECT gen_random_uuid(), provider, $1, mark"
                " FROM unnest($2::uuid[], $3::bytea[]) AS new (provider, mark)",
                source, [provider for provider, _ in marks], [mark for _, mark in marks],
            )  # fmt: skip

    manager.add_raw(run)
    return manager
