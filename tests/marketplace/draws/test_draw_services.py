"""Freezing, drawing and giving up, against the database."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from marketplace.accounts.actor import Actor
from marketplace.kernel.audit.linker import link_committed
from marketplace.kernel.db import execute, fetch, fetchval, transaction
from marketplace.kernel.draws import queries
from marketplace.kernel.draws.file import first_difference
from marketplace.kernel.draws.rules import Candidate, DrawKind
from marketplace.kernel.draws.services import DrawPlan, Witness, cancel_draw, freeze_draw, hold_draw, open_draws
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, IllegalMove, NotFound
from tests.cast import actor, enter_cast
from tests.pages import send, sign_in, words

SIX = [Candidate(f"JT-P-{n:04d}", f"第{n}家服务中心") for n in range(1, 7)]
TWO = [Witness("王敏", "7 2 9"), Witness("李强", "大雪 8")]


def a_plan(subject: UUID | None = None, is_public: bool = False, **changes: Any) -> DrawPlan:
    values: dict[str, Any] = {
        "kind": DrawKind.INVITED, "subject": subject or uuid4(), "subject_line": "JT-2026-0012 抽取受邀请的供应商",
        "listing_reference": "JT-2026-0012", "take": 3, "candidates": SIX, "least_present": 2, "clause": "R-METH-10",
        "is_public": is_public,
    }  # fmt: skip
    return DrawPlan(**{**values, **changes})


async def a_frozen_draw(buyer: Actor, now: datetime, **changes: Any) -> str:
    reference = await freeze_draw(a_plan(**changes), buyer, now)
    await link_committed()
    return reference


async def test_a_frozen_list_is_drawn_from_once_and_its_file_holds(db: Any, clock: Any) -> None:
    now = await clock.now()
    buyer, plan = await actor("wang.min", now), a_plan()
    reference = await freeze_draw(plan, buyer, now)
    assert await queries.drawn_keys("invited", plan.subject) == []
    with pytest.raises(NotFound):
        await queries.file_of(await queries.draw_by_reference(reference))
    with pytest.raises(Conflict, match="还没有接进审计链"):
        await hold_draw(reference, TWO, buyer, now)
    await link_committed()
    drawn = await hold_draw(reference, TWO, buyer, now)
    assert drawn == await queries.drawn_keys("invited", plan.subject) and len(set(drawn)) == 3
    assert (await queries.keys_by_lot("invited", plan.subject))[:3] == drawn
    draw = await queries.draw_by_reference(reference)
    file = await queries.file_of(draw)
    assert first_difference(file, draw["commitment"]) is None and file["drawn"] == drawn
    link = await fetchval("SELECT entry_hash FROM audit_entry WHERE act = 'draw.frozen'")
    assert file["chain"]["hash"] == link
    with pytest.raises(IllegalMove):
        await hold_draw(reference, TWO, buyer, now)
    with pytest.raises(IllegalMove):
        await cancel_draw(reference, "不满意", buyer, now)
    with pytest.raises(Conflict, match="已经锁定过"):
        await freeze_draw(a_plan(plan.subject), buyer, now)


async def test_before_the_draw_nobody_reads_the_secret_in_the_database(db: Any, clock: Any) -> None:
    now = await clock.now()
    reference = await a_frozen_draw(await actor("wang.min", now), now)
    row = await queries.draw_by_reference(reference)
    frozen = queries.frozen_of(row, await queries.candidates_of(row["id"]))
    assert row["secret"] == "" and frozen.secret not in str(row) and frozen.commitment == row["commitment"]


async def test_a_list_given_up_keeps_its_reason_and_lets_another_one_stand(db: Any, clock: Any) -> None:
    now = await clock.now()
    buyer, subject = await actor("wang.min", now), uuid4()
    reference = await a_frozen_draw(buyer, now, subject=subject)
    with pytest.raises(DomainError, match="为什么作废"):
        await cancel_draw(reference, "  ", buyer, now)
    await cancel_draw(reference, "漏了一家", buyer, now)
    with pytest.raises(IllegalMove):
        await hold_draw(reference, TWO, buyer, now)
    assert await a_frozen_draw(buyer, now, subject=subject) != reference


async def test_another_office_does_not_draw_and_too_few_present_is_refused(db: Any, clock: Any) -> None:
    now = await clock.now()
    reference = await a_frozen_draw(await actor("wang.min", now), now)
    with pytest.raises(Forbidden):
        await hold_draw(reference, TWO, await actor("tan.rong", now), now)
    buyer = await actor("wang.min", now)
    for present in ([], TWO[:1], [TWO[0], Witness("李强", " ")], [TWO[0], TWO[0]], [TWO[0], Witness("", "5")]):
        with pytest.raises(DomainError):
            await hold_draw(reference, present, buyer, now)
    with pytest.raises(NotFound):
        await hold_draw("CQ-2026-9999", TWO, buyer, now)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE draw SET take = 4",
        "UPDATE draw SET commitment = repeat('0', 64)",
        "UPDATE draw SET frozen_by = gen_random_uuid()",
        "UPDATE draw_candidate SET name = '换了名'",
        "DELETE FROM draw_candidate",
        "DELETE FROM draw",
    ],
)
async def test_the_database_keeps_a_frozen_list(db: Any, clock: Any, sql: str) -> None:
    now = await clock.now()
    await a_frozen_draw(await actor("wang.min", now), now)
    with pytest.raises(asyncpg.PostgresError):
        async with transaction():
            await execute(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE draw SET seed = repeat('0', 64)",
        "UPDATE draw_candidate SET place = 1, lot = repeat('0', 64)",
        "UPDATE draw_witness SET words = '8'",
        "DELETE FROM draw_witness",
    ],
)
async def test_the_database_keeps_a_result(db: Any, clock: Any, sql: str) -> None:
    now = await clock.now()
    buyer = await actor("wang.min", now)
    await hold_draw(await a_frozen_draw(buyer, now), TWO, buyer, now)
    with pytest.raises(asyncpg.PostgresError):
        async with transaction():
            await execute(sql)


async def test_names_stay_secret_until_the_result_and_the_commitment_never_is(
    client: httpx.AsyncClient, clock: Any
) -> None:
    now = await clock.now()
    await enter_cast(now)
    buyer = await actor("wang.min", now)
    reference = await a_frozen_draw(buyer, now)
    commitment = await fetchval("SELECT commitment FROM draw")
    listed = await client.get("/draws")
    assert reference in listed.text and commitment[:16] in listed.text
    shown = await client.get(f"/draws/{reference}")
    assert commitment in shown.text and "第1家服务中心" not in shown.text and " / 6" not in shown.text
    await sign_in(client, "wang.min")
    assert "第1家服务中心" in (await client.get(f"/draws/{reference}")).text
    await hold_draw(reference, TWO, buyer, now)
    assert (await client.get(f"/draws/{reference}/draw.json")).status_code == 200
    await sign_in(client, "zhao.lei")  # finance supervises
    assert "第1家服务中心" in (await client.get(f"/draws/{reference}")).text
    client.cookies.delete("sid")
    hidden = await client.get(f"/draws/{reference}")
    assert "第1家服务中心" not in hidden.text and "大雪" not in hidden.text
    assert (await client.get(f"/draws/{reference}/draw.json")).status_code == 404
    await open_draws("JT-2026-0012", now)
    everybody = await client.get(f"/en/draws/{reference}")
    assert "第1家服务中心" in everybody.text and "大雪 8" in everybody.text
    file = await client.get(f"/draws/{reference}/draw.json")
    assert first_difference(file.json(), commitment) is None


async def test_an_official_draws_on_the_page_and_every_mistake_is_said(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    await enter_cast(now)
    reference = await a_frozen_draw(await actor("wang.min", now), now)
    await sign_in(client, "wang.min")
    path = f"/draws/{reference}"
    bad = await send(client, f"{path}/hold", {"name_1": "王敏", "words_1": "7\x002"})
    assert bad.status_code == 422 and 'value="王敏"' in bad.text and "控制字符" in words(bad.text)
    assert words(bad.text).count("请填写") >= 2
    same = await send(client, f"{path}/hold", {"name_1": "王敏", "words_1": "7", "name_2": "王敏", "words_2": "8"})
    assert same.status_code == 422 and "同一个人只算一次" in same.text
    assert (await send(client, f"{path}/cancel", {})).status_code == 422
    good = {"name_1": "王敏", "words_1": "7 2 9", "name_2": "李强", "words_2": "大雪 8"}
    assert (await send(client, f"{path}/hold", good)).status_code == 303
    assert (await send(client, f"{path}/hold", good)).status_code == 409
    done = await client.get(path)
    assert words(done.text).count("未抽中") == 3 and "怎样算出来的" in done.text
    await sign_in(client, "luo.jie")
    assert (await send(client, f"{path}/hold", good)).status_code == 403
    assert (await client.get("/draws/CQ-2026-9999")).status_code == 404
    assert (await client.get("/draws?page=99999999999")).status_code == 200


async def test_the_trail_names_the_draw_and_no_one_drawn(db: Any, clock: Any) -> None:
    now = await clock.now()
    buyer = await actor("wang.min", now)
    await hold_draw(await a_frozen_draw(buyer, now), TWO, buyer, now)
    rows = await fetch("SELECT act, detail FROM audit_entry WHERE act LIKE 'draw.%' ORDER BY sequence")
    assert [r["act"] for r in rows] == ["draw.frozen", "draw.held"]
    assert not any(each.name in r["detail"] or each.key in r["detail"] for r in rows for each in SIX)


async def test_the_pages_of_a_draw_ask_the_database_a_few_times(client: httpx.AsyncClient, db: Any, clock: Any) -> None:
    now = await clock.now()
    buyer = await actor("wang.min", now)
    for _ in range(5):
        reference = await a_frozen_draw(buyer, now, is_public=True)
        await hold_draw(reference, TWO, buyer, now)
    asked: list[str] = []
    db.pool.connection.add_query_logger(lambda query: asked.append(query.query))
    for address, most in (("/draws", 4), (f"/draws/{reference}", 5), (f"/draws/{reference}/draw.json", 5)):
        asked.clear()
        assert (await client.get(address)).status_code == 200
        assert 0 < len(asked) <= most, asked
