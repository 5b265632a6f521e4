"""R-FRM-02, R-FRM-04: a framework run on the platform is recorded with everybody who came in, and orders follow."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any
from uuid import uuid4

import httpx
import pytest

from catalogue.listings.drafts import Basics, Procedure
from catalogue.listings.method_choice import check_procedure
from catalogue.listings.methods import method_row
from contracts.frameworks.call_offs import NewOrder, order_by_choice
from contracts.frameworks.queries import places_of
from contracts.frameworks.services import sign_agreement
from evaluations.records.rules import Offer, RecordDraft, RecordTerms, mistakes_of
from evaluations.records.services import confirm_result, record_result
from marketplace.accounts.documents.services import NewDocument
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetchval
from tests.builders_catalogue import a_budget_line
from tests.builders_frameworks import a_published_framework
from tests.builders_vendors import a_provider, a_store
from tests.cast import actor

DAY = date(2026, 6, 1)
LOT = uuid4()
TERMS = RecordTerms(
    method_row("closed_framework", DAY), "platform", {LOT: D("42.00")}, DAY, DAY, elimination=D(20), most_admitted=None
)
WHERE = {
    "platform_number": "N1", "platform_link": "https://www.ccgp-sichuan.gov.cn/1", "noticed_on": date(2026, 5, 1),
    "opened_on": date(2026, 5, 28), "announced_on": DAY, "people": tuple((f"专家{n}", "expert") for n in range(5)),
}  # fmt: skip


def offers(*prices: str, admitted: int) -> tuple[Offer, ...]:
    return tuple(
        Offer(LOT, f"第{n}家", uuid4(), D(price), is_winner=n <= admitted) for n, price in enumerate(prices, start=1)
    )


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        (offers("38", "39", "40", admitted=2), set()),  # a fifth of three counts as one: two are left
        (offers("38", "39", "40", admitted=3), {"offers"}),
        (offers("38", "39", "40", "41", "41.5", "42", admitted=4), set()),
        (offers("38", "39", "40", "41", "41.5", "42", admitted=5), {"offers"}),
        (offers("42.01", "39", "40", admitted=2), {"offers"}),  # above the ceiling unit price
        (offers("38", admitted=1), {"offers"}),  # too few responses
        (offers("38", "39", "40", admitted=0), {"offers"}),
        ((replace(offers("38", admitted=1)[0], provider=None), *offers("39", "40", "41", admitted=0)), {"offers"}),
    ],
)
def test_R_FRM_02_as_many_come_in_as_the_elimination_leaves(typed: tuple[Offer, ...], fields: set[str]) -> None:
    assert set(mistakes_of(RecordDraft(DAY, "平台上进行", typed, papers=1, **WHERE), TERMS)) == fields


def test_an_open_framework_takes_its_applications_here() -> None:
    basics = Basics("照料", "open_framework", uuid4(), D("600000.00"), DAY, DAY + timedelta(days=365))
    where = {"ground": "all_admitted", "ground_reason": "由老人自己选。"}
    there = check_procedure(Procedure(venue="platform", **where), basics, DAY)
    assert "venue" in {mistake.field for mistake in there}
    assert "venue" not in {mistake.field for mistake in check_procedure(Procedure(**where), basics, DAY)}


async def test_a_framework_of_the_platform_is_entered_and_a_town_orders_from_it(
    client: httpx.AsyncClient, clock: Any
) -> None:
    start = await clock.now()
    ground = Procedure(venue="platform", ground="recipients_choose", ground_reason="由老人自己选照料机构。")
    listing = await a_published_framework(start, procedure=ground)
    later = listing.closes_at + timedelta(hours=1)
    await clock.set(later)
    lot = listing.lots[0]["id"]
    names = ["金堂县甲照料服务中心", "金堂县乙照料服务中心", "金堂县丙照料服务中心"]
    providers = [await a_provider(start, name, username=f"care{n}") for n, name in enumerate(names)]
    typed = tuple(
        Offer(lot, name, provider.id, D(price), D(90 - n), is_winner=n < 2)
        for n, (name, provider, price) in enumerate(zip(names, providers, ("39.50", "38.00", "41.00"), strict=True))
    )
    day = later.date()
    where = {**WHERE, "noticed_on": start.date(), "opened_on": day, "announced_on": day}
    written = RecordDraft(day, "在省级平台征集", typed, papers=1, **where)
    tan, jiang = await actor("tan.rong", later), await actor("jiang.bo", later)
    files = [NewDocument("入围公告.pdf", b"%PDF-1.4\n%%EOF\n")]
    await record_result(listing.id, written, files, a_store(), (tan, later))
    assert await confirm_result(listing.id, jiang, later) == []
    assert await fetchval("SELECT status FROM listing WHERE id = $1", listing.id) == "awarded"
    framework = await fetchval("SELECT id FROM framework WHERE listing = $1", listing.id)
    places = await places_of(framework)
    assert [(p["turn"], p["unit_price"]) for p in sorted(places, key=lambda p: p["turn"])] == [
        (1, D("39.50")), (2, D("38.00")),
    ]  # fmt: skip
    notice = (await client.get(f"/listings/{listing.reference}/notices/admission")).text
    assert names[0] in notice and "39.50" in notice and names[2] not in notice and "在省级平台进行" in notice
    assert (await client.get(f"/en/listings/{listing.reference}/result")).status_code == 200
    for place in places:
        await sign_agreement(place["id"], tan.name, tan, later)
        director = providers[names.index(place["provider_name"])].actor
        await sign_agreement(place["id"], director.name, director, later)
    starts_on = await fetchval("SELECT starts_on FROM framework WHERE id = $1", framework)
    today = at_county_time(starts_on, 9)
    line = await a_budget_line(today, D("100000.00"), "S02", "zhaozhen", "赵镇街道照料订单")
    wang = await actor("wang.min", today)
    new = NewOrder(line, D(100), starts_on, starts_on + timedelta(days=30), "老人和家属选定。")
    order = await order_by_choice(places[0]["id"], new, wang, today)
    amount = await fetchval(
        "SELECT c.amount FROM call_off o JOIN contract c ON c.id = o.contract WHERE o.reference = $1", order
    )
    assert amount == places[0]["unit_price"] * 100
