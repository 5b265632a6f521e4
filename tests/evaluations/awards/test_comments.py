"""R-AWD-02: no notice while a bidder would not learn why it lost points."""

from __future__ import annotations

import httpx
import pytest

from evaluations.awards.services import determine_award, publish_award_notice
from evaluations.awards.work import waiting_for
from marketplace.kernel.db import execute, fetchval
from marketplace.kernel.errors import Conflict
from tests.builders_evaluations import a_scored_listing, director
from tests.cast import actor
from tests.conftest import TestClock
from tests.pages import send, sign_in, words


async def test_R_AWD_02_a_factor_that_lost_points_without_a_word_stops_the_notice_until_a_member_adds_one(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    opened = await a_scored_listing(await clock.now(), below={"沱江": "6"})
    await execute("UPDATE mark SET comment = ''")
    await determine_award(opened.lot, opened.buyer, opened.now)
    with pytest.raises(Conflict) as refused:
        await publish_award_notice(opened.listing.id, opened.buyer, opened.now)
    assert refused.value.clause == "R-AWD-02"
    expert = await actor("yang.hua", opened.now)
    path = f"/listings/{opened.listing.reference}/scoring/comments"
    assert [item.url for item in await waiting_for(expert, opened.now)] == [path]
    await sign_in(client, "yang.hua")
    assert "沱江" in words((await client.get(path)).text)
    lost = await fetchval(
        "SELECT m.id FROM mark m JOIN panel_member p ON p.id = m.member JOIN criterion k ON k.id = m.criterion"
        " WHERE p.person = $1 AND m.points < k.points",
        expert.person_id,
    )
    assert (await send(client, f"{path}/{lost}", {"comment": ""})).status_code == 422
    assert (await send(client, f"{path}/{lost}", {"comment": "缺少应急部分。"})).status_code == 303
    assert (await send(client, f"{path}/{lost}", {"comment": "再写一次。"})).status_code == 404
    assert "没有要补写的评语" in words((await client.get(path)).text)
    await sign_in(client, "li.qiang")
    assert (await client.get(path)).status_code == 403
    await clock.set(opened.now)
    words_of = {"strengths-1": "方案对高龄独居老人的夜间应急写得具体。"}
    assert (await send(client, f"/listings/{opened.listing.reference}/award/publish", words_of)).status_code == 303
    for name in ("沱江", "和风"):
        await director(name, opened.now)
    await sign_in(client, "director.0024")
    said = words((await client.get(f"/listings/{opened.listing.reference}/debrief")).text)
    assert "缺少应急部分" in said and "夜间应急" in said and "排名第 2" in said and "99.28" in said and "质疑" in said
    await sign_in(client, "director.0016")
    assert "夜间应急" not in words((await client.get(f"/listings/{opened.listing.reference}/debrief")).text)
    client.cookies.delete("sid")
    assert "夜间应急" not in (await client.get(f"/listings/{opened.listing.reference}/award")).text
