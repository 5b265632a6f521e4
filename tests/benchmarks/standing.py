"""`marketplace bench --standing [CONTRACTS]`: everybody's standing counted anew and noted, beside one bare sum."""

from __future__ import annotations

import sys
from datetime import date
from time import perf_counter

from marketplace.kernel import db
from marketplace.kernel.clock import at_county_time
from tests.benchmarks.measured import Figure, a_county, alone, figure, milliseconds, page_figure, show
from tests.builders_vendors import a_provider
from vendors.standing.queries import figures_of_day
from vendors.standing.services import note_standings

CONTRACTS, PROVIDERS, MOST_MILLISECONDS = 50_000, 500, 2_000.0
TODAY = at_county_time(date(2027, 4, 6), 9)
BARE = "SELECT provider, category, sum(score * contract_amount) FROM standing_entry GROUP BY provider, category"
_PROVIDERS = """
INSERT INTO {table} SELECT (jsonb_populate_record(o, jsonb_build_object({changed}))).*
FROM {table} o CROSS JOIN generate_series(2, $2::int) n WHERE o.id = $1
"""
_ENTRIES = """
INSERT INTO standing_entry (id, provider, category, item_code, evaluation_reference, contract_reference,
                            contract_amount, score, grade, snapshot_sha256, counts_from, counts_until, recorded_at)
SELECT gen_random_uuid(), ($1::uuid[])[1 + n % cardinality($1::uuid[])],
       CASE WHEN n % 3 = 0 THEN 'service' ELSE 'administrative' END, 'A02', 'PJ-' || n, 'HT-' || n,
       20000 + (n * 7919) % 880000, 55 + (n * 31) % 45, 'good', repeat('a', 64),
       $3::date - (n * 13) % 1090, $3::date - (n * 13) % 1090 + 1095, $4
FROM generate_series(1, $2::int) n
"""


async def fill(contracts: int) -> None:
    """So many frozen evaluations of some hundred providers, three years deep."""
    first = await a_provider(TODAY)
    provider = await db.fetchrow("SELECT organisation FROM provider WHERE id = $1", first.id)
    assert provider is not None
    # organisation and provider are copied in step: the n-th copy of one belongs to the n-th of the other
    key = "md5('{}' || n)::uuid"
    organisation = f"'id', {key.format('o')}, 'name', o.name || n, 'sort_key', o.sort_key || n"
    await db.execute(_PROVIDERS.format(table="organisation", changed=organisation), provider["organisation"], PROVIDERS)
    copied = (
        f"'id', {key.format('p')}, 'organisation', {key.format('o')}, 'reference', 'GY-X-' || n,"
        " 'credit_code', 'X' || lpad(n::text, 17, '0')"
    )
    await db.execute(_PROVIDERS.format(table="provider", changed=copied), first.id, PROVIDERS)
    providers = [row["id"] for row in await db.fetch("SELECT id FROM provider")]
    await db.execute(_ENTRIES, providers, contracts, TODAY.date(), TODAY)
    await db.execute("ANALYZE standing_entry")


async def standing_figures(contracts: int = CONTRACTS) -> list[Figure]:
    """Counting, counting with noting, and a provider's page, beside one bare sum over the same rows."""
    async with a_county("bench_standing", TODAY) as browser:
        started = perf_counter()
        await fill(contracts)
        print(f"\n{contracts:,} evaluated contracts: filled in {perf_counter() - started:.1f} s", flush=True)
        floor = await milliseconds(lambda: db.fetch(BARE))
        counted = await milliseconds(lambda: figures_of_day(TODAY.date()))
        began = perf_counter()
        noted = await note_standings(TODAY)
        noting = (perf_counter() - began) * 1000
        print(f"{noted:,} figures noted; {contracts / counted * 1000:,.0f} contracts counted a second", flush=True)
        reference = await db.fetchval("SELECT reference FROM provider ORDER BY reference LIMIT 1")
        figures = [
            figure("standing: counted", counted, floor, MOST_MILLISECONDS),
            figure("standing: counted and noted", noting, floor, 2 * MOST_MILLISECONDS),
            await page_figure(browser, "standing: page", f"/providers/{reference}/standing", floor, 500.0),
        ]
    show(figures)
    return figures


def main(argv: list[str]) -> int:
    """`[CONTRACTS]`: how many were evaluated."""
    return alone(standing_figures, CONTRACTS, argv)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
