"""A large register by COPY: providers, their offices and what they offer, as the services would have written them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from hashlib import md5
from typing import Any
from uuid import UUID, uuid5

from catalogue.items.services import load_first_edition
from marketplace.accounts.people.services import sort_key
from marketplace.kernel import clock, db
from tests.builders_vendors import a_provider
from tests.cast import enter_cast
from vendors.providers.credit_codes import fresh_credit_code
from vendors.providers.services import search_text

SEED = 20260302
FIRST = "暖阳 同心 惠民 晨光 和美 康乐 春晖 博爱 仁和 家园 橄榄 沱江 云顶 青苗 夕阳红".split()
KIND = {
    "社会工作服务中心": "private_non_enterprise", "养老服务有限公司": "enterprise", "志愿者协会": "social_group",
    "心理咨询中心": "private_non_enterprise", "慈善基金会": "foundation", "康养服务有限责任公司": "enterprise",
}  # fmt: skip
TOWNS = "赵镇街道 淮口街道 五凤镇 官仓街道 竹篙镇".split()


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
    await db.execute("ANALYZE organisation, provider, offered_item")
    await _enter_in_register()
    await db.execute("VACUUM ANALYZE register_entry")
    found: UUID = await db.fetchval("SELECT id FROM organisation WHERE name LIKE '淮口%' AND kind = 'town'")
    return found


async def _enter_in_register() -> None:
    """What refresh_register_entry does for one provider, for all at once."""
    source = await db.fetchval("SELECT prosrc FROM pg_proc WHERE proname = 'refresh_register_entry'")
    everyone = source.replace("WHERE p.id = provider_id", "")
    assert everyone != source
    await db.execute(everyone)


def provider_number(n: int) -> UUID:
    """The identity of the n-th copied provider, as SQL writes it: md5('provider' || n)."""
    return UUID(md5(f"provider{n}".encode(), usedforsecurity=False).hexdigest())


def _rows(count: int, provider: dict[str, Any], office: dict[str, Any]) -> Iterator[dict[str, dict[str, Any]]]:
    letters, space = random.Random(SEED), UUID(int=SEED)
    spelled: dict[str, tuple[str, str]] = {}  # of the names without their numbers, of which there are few
    for i in range(count - 1):
        kind = letters.choice(list(KIND))
        stem = f"金堂县{letters.choice(FIRST)}{letters.choice(FIRST)}{kind}"
        name, number = f"{stem}{i % 300 + 1}部", i % 300 + 1
        if stem not in spelled:
            spelled[stem] = sort_key(stem), search_text(stem, "").split(" ")[-2]
        key = f"{spelled[stem][0]} {number} bu"
        code, own = fresh_credit_code(i, KIND[kind]), provider_number(i + 1)
        registered = provider["registered_at"] - timedelta(minutes=17 * i)
        organisation = {**office, "id": uuid5(space, f"office {i}"), "name": name, "sort_key": key}
        words = f"{name} {key} {key.replace(' ', '')} {spelled[stem][1]}b {code}".lower()
        if i % 1000 == 0:  # as the services write it
            assert (key, words) == (sort_key(name), search_text(name, code))
        row = {
            "organisation": organisation,
            "provider": {
                **provider, "id": own, "organisation": organisation["id"], "reference": f"GYS-2025-{i:05}",
                "credit_code": code, "legal_form": KIND[kind], "search_text": words,
                "address": f"{letters.choice(TOWNS)}十里大道 {i % 900} 号", "registered_at": registered,
            },
        }  # fmt: skip
        row["offered_item"] = {
            "id": uuid5(own, "item"), "provider": own, "item_code": f"S0{i % 4 + 1}", "capacity": 10, "unit": "人次",
            "unit_en": "visits", "entered_at": registered,
        }  # fmt: skip
        yield row
