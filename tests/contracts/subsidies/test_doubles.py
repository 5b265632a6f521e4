"""Work that seems to be paid twice is found with its evidence, what only touches is not, and an officer decides."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from contracts.subsidies.doubles import decide_double, evidence_of, list_doubles, look_for_doubles
from contracts.subsidies.services import publish_run
from marketplace.kernel.db import execute, fetchval
from marketplace.kernel.errors import Forbidden, IllegalMove
from tests.builders_contracts import APRIL, a_closed_month, a_contract_in_force, a_provider, a_visit
from tests.builders_subsidies import NOW, a_run, a_scheme
from tests.cast import actor
from tests.pages import send, sign_in, words

DAY, OTHER_DAY, LONG_DAY = date(2026, 4, 20), date(2026, 4, 21), date(2026, 4, 22)
LAST = date(2026, 4, 30)


async def doubles() -> list[UUID]:
    """Two contracts of two providers with one person on both rosters: each kind once beside what is in order."""
    one = await a_contract_in_force()
    dawn = await a_provider(NOW, "金堂县晨光社会工作服务中心", "52510121MJX0000024")
    other = await a_contract_in_force(provider=dawn)
    await execute(
        "UPDATE worker SET file = (SELECT file FROM worker WHERE id = $1), is_full_time = false WHERE id = $2",
        one.worker_row, other.worker_row,
    )  # fmt: skip
    here = await a_visit(one, DAY, "09:00", "11:30", recipient_code="JT-R-0001")
    overlaps = await a_visit(other, DAY, "11:00", "12:00", recipient_code="JT-R-0002")
    await a_visit(one, DAY, "12:00", "13:00", recipient_code="JT-R-0003")  # only touches
    await a_visit(one, OTHER_DAY, "09:00", "10:00", recipient_code="JT-R-0004")
    await a_visit(other, OTHER_DAY, "15:00", "16:00", recipient_code="JT-R-0004")
    await a_visit(one, LONG_DAY, "07:00", "18:00", recipient_code="JT-R-0005")
    await a_visit(other, LONG_DAY, "00:30", "06:30", recipient_code="JT-R-0006")
    await execute(
        "INSERT INTO side_work (id, person, employer, kind, day, begins_at, ends_at, minutes, words, evaluation,"
        " entered_at, cancel_reason, asked_by, recipient_code) SELECT gen_random_uuid(), $1, $2, 'training',"
        " '2026-04-22', '2026-04-22 00:00+08'::timestamptz, '2026-04-22 08:01+08'::timestamptz, 481, '', '', $3, '',"
        " '', ''",
        one.worker.person_id, one.town, NOW,
    )  # fmt: skip
    await execute("UPDATE visit SET status = 'approved', decided_by = $1, decided_at = $2", one.reviewer.person_id, NOW)
    return [here, overlaps]


async def test_each_kind_is_found_once_and_what_only_touches_is_not(db: Any) -> None:
    pair = await doubles()
    liu = await actor("liu.fang", NOW)
    assert await look_for_doubles(APRIL, LAST, liu, NOW) == 3
    assert await look_for_doubles(APRIL, LAST, liu, NOW) == 0
    found = {row["kind"]: row for row in await list_doubles()}
    assert set(found) == {"same_minute", "two_providers", "long_day"}
    assert sorted(found["same_minute"]["visits"]) == sorted(pair) and found["same_minute"]["minutes"] == 30
    assert (found["two_providers"]["recipient_code"], found["two_providers"]["day"]) == ("JT-R-0004", OTHER_DAY)
    assert (found["long_day"]["minutes"], found["long_day"]["day"]) == (1501, LONG_DAY)
    assert len(await evidence_of(found["two_providers"])) == 2
    with pytest.raises(Forbidden):
        await look_for_doubles(APRIL, LAST, await actor("sun.yue", NOW), NOW)


async def test_a_visit_under_price_and_subsidy_is_found_where_the_scheme_forbids_it(db: Any) -> None:
    world = await a_contract_in_force()
    await a_closed_month(world)
    liu = await actor("liu.fang", NOW)
    for number, forbids in enumerate((False, True)):
        run = await a_run(await a_scheme(name=f"办法 {number}", forbids_priced=forbids, forbids_double=False))
        await publish_run(run["id"], liu, NOW)
        assert await fetchval("SELECT count(*) FROM double_finding") == number
    [finding] = await list_doubles("open")
    assert (finding["kind"], finding["minutes"], finding["contract_reference"]) == (
        "price_subsidy", 450, world.reference,
    )  # fmt: skip
    await decide_double(finding["id"], False, "合同单价不含这部分时数", liu, NOW)
    with pytest.raises(IllegalMove):
        await decide_double(finding["id"], True, "又说重复", liu, NOW)


async def test_an_officer_decides_on_the_page(client: Any, clock: Any) -> None:
    await clock.set(NOW)
    await doubles()
    await sign_in(client, "liu.fang")
    assert (await send(client, "/subsidies/doubles", {"month": "四月"})).status_code == 422
    looked = await send(client, "/subsidies/doubles", {"month": "2026-04"})
    assert "新发现 3 条" in words((await client.get(looked.headers["location"])).text)
    assert "/subsidies/doubles?status=open" in (await client.get("/work")).text
    finding = await fetchval("SELECT id FROM double_finding WHERE kind = 'two_providers'")
    here = f"/subsidies/doubles/{finding}"
    page = words((await client.get(here)).text)
    assert "JT-R-0004" in page and "金堂县晨光社会工作服务中心" in page
    wrong = await send(client, f"{here}/decision", {"outcome": "double", "decision": ""})
    assert wrong.status_code == 422 and "理由和依据" in words(wrong.text)
    assert (await send(client, f"{here}/decision", {"outcome": "double", "decision": "两家重复"})).status_code == 303
    assert "Found to be paid twice" in words((await client.get(f"/en{here}")).text)
    await sign_in(client, "wang.min")
    assert (await client.get(here)).status_code == 403
