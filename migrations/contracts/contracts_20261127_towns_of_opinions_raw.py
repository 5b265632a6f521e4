"""Drawn recipients get the town of their last visit, openings the buyer of their contract."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T16:15:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "towns of opinions and buyers of openings that stand already"

UP = [
    "UPDATE recipient_opinion o SET town = (SELECT v.town FROM opinion_sample s"
    " JOIN contract_milestone m ON m.id = s.milestone JOIN visit v ON v.contract = m.contract"
    " WHERE s.id = o.sample AND v.recipient_code = o.recipient_code ORDER BY v.day DESC, v.begins_at DESC LIMIT 1)"
    " WHERE o.town IS NULL",
    "ALTER TABLE contract_opening DISABLE TRIGGER contract_opening_append_only",
    # of a number that stands twice the first one keeps it
    "UPDATE contract_opening o SET buyer = f.buyer FROM (SELECT DISTINCT ON (c.buyer, p.former_number) p.id, c.buyer"
    " FROM contract_opening p JOIN contract c ON c.id = p.contract"
    " ORDER BY c.buyer, p.former_number, c.reference) f WHERE f.id = o.id AND o.buyer IS NULL",
    "ALTER TABLE contract_opening ENABLE TRIGGER contract_opening_append_only",
]


async def forwards() -> MigrationManager:
    """Fill in what was known all the time; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="contracts", description=DESCRIPTION)

    async def run() -> None:
        for sql in UP:
            await engine_finder().run_ddl(sql)

    async def back() -> None:
        """Nothing: the columns go with their own migration."""

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
