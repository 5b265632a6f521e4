"""Duties that were taken before they were kept: drafts, approvals, locked marks, acceptances, approved payments."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T18:59:30:000001"
VERSION = "1.38.0"
DESCRIPTION = "duties taken so far"

UP = """
    INSERT INTO listing_duty (id, listing, person, duty, taken_at)
    SELECT gen_random_uuid(), d.listing, d.person, d.duty, min(d.taken_at) FROM (
        SELECT id AS listing, drafted_by AS person, 'drafting' AS duty, published_at AS taken_at FROM listing
        UNION ALL SELECT id, approved_by, 'approving', published_at FROM listing
        UNION ALL SELECT listing, person, 'scoring', locked_at FROM panel_member
        UNION ALL SELECT c.listing, a.accepted_by, 'accepting', a.accepted_at
            FROM acceptance a JOIN contract c ON c.id = a.contract
        UNION ALL SELECT c.listing, p.approved_by, 'paying', p.approved_at
            FROM payment p JOIN invoice i ON i.id = p.invoice JOIN contract c ON c.id = i.contract
    ) d WHERE d.person IS NOT NULL AND d.taken_at IS NOT NULL GROUP BY 2, 3, 4
    ON CONFLICT (listing, person, duty) DO NOTHING
"""


async def forwards() -> MigrationManager:
    """Rows only; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="evaluations", description=DESCRIPTION)

    async def run() -> None:
        await engine_finder().run_ddl(UP)

    async def back() -> None:
        await engine_finder().run_ddl("DELETE FROM listing_duty")

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
