"""A large county by COPY: listings with lots and towns, as the services would have written them, in seconds.

Everything is drawn from a fixed seed, so that two runs measure the same county. Triggers are off while it is copied.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from catalogue.listings.rules import Method
from marketplace.accounts.people.services import open_organisation
from marketplace.kernel.db import engine, execute, fetch, fetchrow, transaction
from tests.benchmarks.late_indexes import indexes_later
from tests.builders_catalogue import a_published_listing

SEED = 20260302
TOWNS = "赵镇 淮口 五凤 官仓 清江 竹篙 福兴 三溪 又新 隆盛 高板 金龙 土桥 云合 转龙".split()
WORK = "家庭状况调查 对象排查 个案评估 照料护理 能力发展 心理疏导 业务培训 政策宣传 绩效评价 关爱援助".split()
STATES = "awarded awarded awarded awarded failed cancelled published closed opened determined".split()
METHODS = [method.value for method in Method]


async def copy_listings(count: int, now: datetime) -> None:
    """Fill listing, listing_lot and listing_town; the first listing is made by the services and copied with changes."""
    first = await a_published_listing(now)
    model = dict(await fetchrow("SELECT * FROM listing WHERE id = $1", first.id) or {})
    lot = dict((await fetch("SELECT * FROM listing_lot WHERE listing = $1", first.id))[0])
    items = [row["id"] for row in await fetch("SELECT id FROM item ORDER BY code")]
    town = dict((await fetch("SELECT * FROM listing_town WHERE listing = $1", first.id))[0])
    offices = await _offices(now)
    numbers = random.Random(SEED)
    async with transaction():
        connection = engine().current_transaction.get().connection
        await connection.execute("SET LOCAL session_replication_role = replica")
        listings = list(_listings(count, model, offices, numbers, now))
        lots = (
            {**lot, "id": uuid5(r["id"], "lot"), "listing": r["id"], "item": items[i % len(items)],
             "title": r["title"], "budget": r["budget"]}
            for i, r in enumerate(listings)
        )  # fmt: skip
        towns = (
            {**town, "id": uuid5(r["id"], "town"), "listing": r["id"], "town": offices[i % len(offices)]}
            for i, r in enumerate(listings)
        )
        filled = (("listing", model, listings), ("listing_lot", lot, lots), ("listing_town", town, towns))
        late = [await indexes_later(table) for table, *_ in filled]
        for table, columns, rows in filled:
            records = (tuple(row.values()) for row in rows)
            await connection.copy_records_to_table(table, records=records, columns=list(columns))
    for each in late:
        await each.done()
    await execute("SELECT count_purchases_anew()")
    await execute("ANALYZE listing, listing_lot, listing_town, organisation, counted_purchase, counted_sum")


async def _offices(now: datetime) -> list[UUID]:
    return [await open_organisation("town", f"{name}镇人民政府", f"{name} Town", now) for name in TOWNS]


def _listings(
    count: int, model: dict[str, Any], offices: list[UUID], numbers: random.Random, now: datetime
) -> Iterator[dict[str, Any]]:
    space = UUID(int=SEED)
    for i in range(count):
        published = now - timedelta(minutes=13 * (count - i))
        place, work = numbers.randrange(len(offices)), numbers.choice(WORK)
        title = f"{TOWNS[place]}{published.year}年社会救助{work}服务采购（第{i % 97 + 1}批）"
        yield {
            **model, "id": uuid5(space, str(i)), "reference": f"LS-{published.year}-{i:06}",
            "status": numbers.choice(STATES), "method": numbers.choice(METHODS), "title": title,
            "title_en": f"Social assistance service {i}", "procuring_unit": offices[place],
            "budget": Decimal(numbers.randrange(20_000, 6_000_000)), "ceiling": None,
            "published_at": published, "closes_at": published + timedelta(days=12),
        }  # fmt: skip
