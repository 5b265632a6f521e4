"""A time to answer that stands still while a hold stops the judging (R-TIME-27)."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T19:40:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "times to answer stand still while a procurement is held"

# in the database, because silence counts by the county's clock in every query that ranks bids;
# holds that overlap stand still once; a hold that begins when the time is over gives none back
UP = [
    """
    CREATE OR REPLACE FUNCTION answer_clock(
        asked_of uuid, begun timestamptz, planned timestamptz, grounds text[], at timestamptz
    ) RETURNS TABLE (due timestamptz, stands_until timestamptz) LANGUAGE plpgsql STABLE STRICT AS $$
    DECLARE
        hold record;
        covered timestamptz := begun;
    BEGIN
        due := planned;
        FOR hold IN
            SELECT h.begun_at, least(h.ended_at, (h.until + 1)::timestamp AT TIME ZONE 'Asia/Shanghai') AS ends_at
            FROM procurement_hold h
            WHERE h.listing = asked_of AND h.ground = ANY(grounds) AND h.until IS NOT NULL ORDER BY h.begun_at
        LOOP
            EXIT WHEN hold.begun_at >= due;
            IF hold.ends_at > greatest(covered, hold.begun_at) THEN
                due := due + (hold.ends_at - greatest(covered, hold.begun_at));
                covered := hold.ends_at;
                IF at >= hold.begun_at AND at < hold.ends_at THEN
                    stands_until := hold.ends_at;
                END IF;
            END IF;
        END LOOP;
        RETURN NEXT;
    END $$
    """,
]


async def forwards() -> MigrationManager:
    """Write the function; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="catalogue", description=DESCRIPTION)

    async def run() -> None:
        for sql in UP:
            await engine_finder().run_ddl(sql)

    manager.add_raw(run)
    return manager
