"""The public register with 50,000 providers: the whole page, as the application answers it, beside bare SQL.

A part of `make bench-large`; alone: `.venv/bin/python -m tests.benchmarks.large_register`. Medians in milliseconds.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import md5
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID, uuid5

import httpx

from catalogue.items.services import load_first_edition
from marketplace.accounts.people.services import sort_key
from marketplace.app import create_app, open_gateways
from marketplace.kernel import clock, db
from marketplace.kernel.settings import Settings
from tests.builders_vendors import a_provider
from tests.cast import enter_cast
from tests.conftest import make_database
from vendors.providers.credit_codes import fresh_credit_code
from vendors.providers.services import search_text

SEED, PROVIDERS, ROUNDS = 20260302, 50_000, 9
MOST_MILLISECONDS = 50.0
FIRST = "暖阳 同心 惠民 晨光 和美 康乐 春晖 博爱 仁和 家园 橄榄 沱江 云顶 青苗 夕阳红".split()
KIND = {
    "社会工作服务中心": "private_non_enterprise", "养老服务有限公司": "enterprise", "志愿者协会": "social_group",
    "心理咨询中心": "private_non_enterprise", "慈善基金会": "foundation", "康养服务有限责任公司": "enterprise",
}  # fmt: skip
TOWNS = "赵镇街道 淮口街道 五凤镇 官仓街道 竹篙镇".split()
QUESTIONS = {
    "everything": "", "one character": "q=养", "two characters": "q=心理", "in every name": "q=金堂",
    "pinyin in full": "q=nuanyang", "initials": "q=jtxny", "one letter": "q=n", "two words": "q=青苗+志愿",
    "a code": "q=mj9", "nothing found": "q=龘", "legal form": "form=foundation",
    "item": "item=S01", "town and words": "town={town}&q=服务", "newest": "q=服务&sort=newest",
    "a far page": "q=服务&page=800",
}  # fmt: skip


def main() -> int:
    """Measure and print; the last line is JSON."""
    print(json.dumps(asyncio.run(register_figures())))
    return 0


async def register_figures() -> list[dict[str, object]]:
    """Every question as a figure, met or not."""
    name = "bench_large_register"
    await make_database(name)
    db.engine().config["database"] = name
    await db.open_pool(min_size=1, max_size=4)
    try:
        await clock.found_installation(is_demo=True)
        await clock.turn_clock_to(clock.at_county_time(date(2026, 3, 2), 9))
        started = perf_counter()
        town = await copy_providers(PROVIDERS)
        print(f"{PROVIDERS:,} providers: copied in {perf_counter() - started:.1f} s", flush=True)
        return await _ask_all(town)
    finally:
        await db.close_pool()


async def _ask_all(town: UUID) -> list[dict[str, object]]:
    settings = Settings.from_environment()
    transport = httpx.ASGITransport(app=create_app(settings, open_gateways(settings), own_pool=False))
    figures = []
    async with httpx.AsyncClient(transport=transport, base_url="http://county.test") as browser:
        print(f"{'question':24}{'page ms':>10}{'bare SQL ms':>13}")
        for name, query in QUESTIONS.items():
            value = await _page(browser, query.format(town=town))
            floor = await _bare(query)
            print(f"{name:24}{value:10.1f}{floor:13.1f}", flush=True)
            figures.append(
                {"name": f"register: {name}", "value": round(value, 2), "floor": round(floor, 2),
                 "ratio": round(value / floor, 3), "target": MOST_MILLISECONDS, "met": value <= MOST_MILLISECONDS}
            )  # fmt: skip
    return figures


async def _page(browser: httpx.AsyncClient, query: str) -> float:
    # somebody with a session of his own is never answered by a kept page
    headers = {"cookie": "sid=nobody"}
    times = []
    for _ in range(ROUNDS + 1):
        started = perf_counter()
        answer = await browser.get(f"/providers?{query}", headers=headers)
        times.append(perf_counter() - started)
        answer.raise_for_status()
    return median(times[1:]) * 1000


async def _bare(query: str) -> float:
    word = query.partition("q=")[2].partition("&")[0]
    times = []
    for _ in range(ROUNDS + 1):
        started = perf_counter()
        await db.fetchval("SELECT count(*) FROM register_entry WHERE words LIKE $1", f"%{word}%")
        times.append(perf_counter() - started)
    return median(times[1:]) * 1000


async def copy_providers(count: int) -> UUID:
    """One provider registers; the rest are copies of its rows with other names. Gives a town's identity."""
    now = await clock.CountyClock().now()
    await enter_cast(now)
    await load_first_edition(now)
    first = await a_provider(now)
    provider = dict(await db.fetchrow("SELECT * FROM provider WHERE id = $1", first.id) or {})
    office = dict(await db.fetchrow("SELECT * FROM organisation WHERE id = $1", provider["organisation"]) or {})
    rows = list(_rows(count, provider, office))
    async with db.transaction():
        connection = db.engine().current_transaction.get().connection
        await connection.execute("SET LOCAL session_replication_role = replica")
        for table in ("organisation", "provider", "offered_item"):
            records = [row[table] for row in rows if table in row]
            columns = list(records[0])
            await connection.copy_records_to_table(
                table, records=[tuple(each.values()) for each in records], columns=columns
            )
    await db.execute("SELECT refresh_register_entry(id) FROM provider")
    await db.execute("VACUUM ANALYZE register_entry")
    found: UUID = await db.fetchval("SELECT id FROM organisation WHERE name LIKE '淮口%' AND kind = 'town'")
    return found


def provider_number(n: int) -> UUID:
    """The identity of the n-th copied provider, as SQL writes it: md5('provider' || n)."""
    return UUID(md5(f"provider{n}".encode(), usedforsecurity=False).hexdigest())


def _rows(count: int, provider: dict[str, Any], office: dict[str, Any]) -> Iterator[dict[str, dict[str, Any]]]:
    letters, space = random.Random(SEED), UUID(int=SEED)
    for i in range(count - 1):
        kind = letters.choice(list(KIND))
        name = f"金堂县{letters.choice(FIRST)}{letters.choice(FIRST)}{kind}{i % 300 + 1}部"
        code, own = fresh_credit_code(i, KIND[kind]), provider_number(i + 1)
        registered = provider["registered_at"] - timedelta(minutes=17 * i)
        organisation = {**office, "id": uuid5(space, f"office {i}"), "name": name, "sort_key": sort_key(name)}
        row = {
            "organisation": organisation,
            "provider": {
                **provider, "id": own, "organisation": organisation["id"], "reference": f"GYS-2025-{i:05}",
                "credit_code": code, "legal_form": KIND[kind], "search_text": search_text(name, code),
                "address": f"{letters.choice(TOWNS)}十里大道 {i % 900} 号", "registered_at": registered,
            },
        }  # fmt: skip
        row["offered_item"] = {
            "id": uuid5(own, "item"), "provider": own, "item_code": f"S0{i % 4 + 1}", "capacity": 10, "unit": "人次",
            "unit_en": "visits", "entered_at": registered,
        }  # fmt: skip
        yield row


if __name__ == "__main__":
    raise SystemExit(main())
