"""The pages from the panel to the debrief, as each reader finds them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import httpx

from catalogue.listings.queries import listing_by_id
from evaluations.awards.services import determine_award, publish_award_notice
from evaluations.panel.services import declare_interest
from evaluations.scoring.lookback import working_of_listing
from evaluations.scoring.queries import marked_criteria
from evaluations.scoring.services import compute_results, lock_marks
from evaluations.scoring.working import Sight
from evaluations.work import waiting_for
from marketplace.accounts.actor import Actor
from marketplace.kernel.db import fetchval
from tests.builders_evaluations import (
    BIDDERS,
    EXPERTS,
    Offered,
    a_panel,
    a_scored_listing,
    all_conform,
    an_opened_listing,
    director,
    everybody_signs,
    mark_everything,
)  # fmt: skip
from tests.conftest import TestClock
from tests.pages import send, sign_in, words

OFFERS = {"和风": Offered("498000.00"), "沱江": Offered("480000.00"), "云顶": Offered("470000.00", qualified=False)}


async def test_a_panel_is_appointed_declares_scores_locks_and_totals_on_pages(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    opened = await an_opened_listing(await clock.now(), OFFERS)
    path = f"/listings/{opened.listing.reference}"
    await sign_in(client, "li.qiang")
    empty = await send(client, f"{path}/panel", {"kind": "expert"})
    assert empty.status_code == 422 and "请填写" in words(empty.text)
    page = await client.get(f"{path}/panel")
    for name in ("杨华", "许琳", "高峰"):
        person = page.text.split(f"{name} · ")[0].rsplit('value="', 1)[1].split('"')[0]
        answer = await send(client, f"{path}/panel", {"person": person, "kind": "expert", "drawn_from": "专家库抽取"})
        assert answer.status_code == 303, words(answer.text)
    criteria = await marked_criteria(opened.listing.id)
    await all_conform(opened.listing.id, opened.now)
    for username in EXPERTS:
        await sign_in(client, username)
        assert "登记成员" not in (await client.get(f"{path}/panel")).text
        assert (await send(client, f"{path}/panel/declaration", {"has_interest": "no"})).status_code == 303
        for name in ("和风", "沱江"):
            bid = opened.bids[name]
            marks = {f"points-{bid}-{n}": str(c["points"]) for n, c in enumerate(criteria, 1)}
            silent = await send(client, f"{path}/scoring/{bid}", marks)
            assert silent.status_code == 422 and "请写评语说明理由" in words(silent.text)
            marks |= {f"comment-{bid}-{n}": "逐项响应。" for n, _ in enumerate(criteria, 1)}
            too_much = await send(client, f"{path}/scoring/{bid}", {**marks, f"points-{bid}-1": "46"})
            assert too_much.status_code == 422 and "45" in words(too_much.text) and 'value="46"' in too_much.text
            assert (await send(client, f"{path}/scoring/{bid}", marks)).status_code == 303
        assert (await client.get(f"{path}/scoring/lock")).status_code == 200
        assert (await send(client, f"{path}/scoring/lock")).status_code == 303
    assert (await send(client, f"{path}/scoring/results")).status_code == 303
    assert (await send(client, f"{path}/scoring/results")).status_code == 409
    assert (await send(client, f"{path}/panel/chair")).status_code == 422
    await everybody_signs(opened.listing.id, opened.now)
    await sign_in(client, "li.qiang")
    table = words((await client.get(f"{path}/scoring")).text)
    assert "99.28" in table and "100" in table
    lot = str(opened.lot)
    assert (await send(client, f"{path}/award", {"lot": lot})).status_code == 303
    assert (await send(client, f"{path}/award", {"lot": lot})).status_code == 303
    assert (await client.get(f"{path}/award/publish")).status_code == 200
    too_long = {"strengths-1": "长" * 1001}
    assert (await send(client, f"{path}/award/publish", too_long)).status_code == 422
    await sign_in(client, "tan.rong")  # of another office: who won is not known yet
    assert (await send(client, f"{path}/award/publish", too_long)).status_code == 404
    await sign_in(client, "li.qiang")
    assert (await send(client, f"{path}/award/publish")).status_code == 303
    assert (await send(client, f"{path}/award/publish")).status_code == 303
    client.cookies.clear()
    for prefix in ("", "/en"):
        notice = words((await client.get(f"{prefix}{path}/award")).text)
        assert "100" in notice and "杨华" in notice and "480,000.00" in notice
        assert "99.28" not in notice and "498,000.00" not in notice


async def test_nobody_sees_anothers_marks_before_all_have_locked(client: httpx.AsyncClient, clock: TestClock) -> None:
    opened = await an_opened_listing(await clock.now())
    experts = await a_panel(opened)
    await mark_everything(opened, experts[0], {"和风": "17.77"})  # 45 - 17.77 = 27.23
    path = f"/listings/{opened.listing.reference}/scoring"
    for username, sees in (("yang.hua", True), ("xu.lin", False), ("li.qiang", False), ("ma.chao", False)):
        await sign_in(client, username)
        answer = await client.get(path)
        assert answer.status_code == 200
        assert ("27.23" in answer.text) is sees, username


async def test_wrong_people_find_closed_doors(client: httpx.AsyncClient, clock: TestClock) -> None:
    opened = await a_scored_listing(await clock.now())
    path = f"/listings/{opened.listing.reference}"
    bid = opened.bids["和风"]
    assert (await client.get(f"{path}/award")).status_code == 404
    await sign_in(client, "wang.min")
    drafter = await send(client, f"{path}/award", {"lot": str(opened.lot)})
    assert drafter.status_code == 403 and "起草" in words(drafter.text)
    for username in ("zhao.lei",):
        await sign_in(client, username)
        scores = await send(client, f"{path}/scoring/{bid}", {})
        awards = await send(client, f"{path}/award", {"lot": str(opened.lot)})
        assert (scores.status_code, awards.status_code) == (403, 403)
        assert "R-ROLE-02" in scores.text and "R-ROLE-02" in awards.text
    await sign_in(client, "luo.jie")
    assert (await client.get(f"{path}/panel")).status_code == 404
    assert (await client.get(f"{path}/scoring")).status_code == 404
    assert (await client.get(f"{path}/award")).status_code == 404
    assert (await client.get(f"{path}/debrief")).status_code == 403


async def test_the_debrief_shows_ones_own_numbers_only(client: httpx.AsyncClient, clock: TestClock) -> None:
    opened = await a_scored_listing(await clock.now(), OFFERS, {"沱江": "6"})
    for name in OFFERS:
        await director(name, opened.now)
    path = f"/listings/{opened.listing.reference}/debrief"
    await sign_in(client, "director.0024")
    assert (await client.get(path)).status_code == 404
    await determine_award(opened.lot, opened.buyer, opened.now)
    await publish_award_notice(opened.listing.id, opened.buyer, opened.now)
    for prefix in ("", "/en"):
        own = words((await client.get(prefix + path)).text)
        assert "94" in own and "39" in own and "方案缺少应急部分" in own
        # of others only what the notice tells of the winner (R-PUBL-01)
        assert "99.28" in own and "498,000.00" in own and "470,000" not in own and "云顶" not in own
    await sign_in(client, "director.0032")
    refused = words((await client.get(path)).text)
    assert "社会保障" in refused and "94" not in refused


async def test_pages_read_in_english(client: httpx.AsyncClient, clock: TestClock) -> None:
    opened = await an_opened_listing(await clock.now())
    await a_panel(opened, declared=False)
    await sign_in(client, "yang.hua")
    page = words((await client.get(f"/en/listings/{opened.listing.reference}/panel")).text)
    assert "Panel" in page and "评审小组" not in page


async def test_the_work_list_leads_through_panel_scoring_and_award(client: httpx.AsyncClient, clock: TestClock) -> None:
    opened = await an_opened_listing(await clock.now())
    path = f"/listings/{opened.listing.reference}"
    assert f"{path}/panel" in await _work(opened.buyer, opened.now)
    experts = await a_panel(opened, declared=False)
    assert await _work(experts[0], opened.now) == [f"{path}/panel"]
    for expert in experts:
        await declare_interest(opened.listing.id, False, "", expert, opened.now)
        assert await _work(expert, opened.now) == [f"{path}/conformity"]
    await all_conform(opened.listing.id, opened.now)
    for expert in experts:
        assert await _work(expert, opened.now) == [f"{path}/scoring"]
        await mark_everything(opened, expert)
        await lock_marks(opened.listing.id, expert, opened.now)
    await compute_results(opened.listing.id, experts[0], opened.now)
    await everybody_signs(opened.listing.id, opened.now)
    assert await _work(opened.buyer, opened.now) == [f"{path}/award"]
    assert f"{path}/award" not in await _work(opened.drafter, opened.now)


async def _work(person: Actor, now: datetime) -> list[str]:
    return [item.url for item in await waiting_for(person, now) if "/qualification" not in item.url]


async def test_a_bid_above_the_ceiling_reads_why_in_both_languages(client: httpx.AsyncClient, clock: TestClock) -> None:
    offers = {"和风": Offered("498000.00"), "沱江": Offered("505000.01"), "云顶": Offered("500000.00")}
    opened = await a_scored_listing(await clock.now(), offers)
    await director("沱江", opened.now)
    await determine_award(opened.lot, opened.buyer, opened.now)
    await publish_award_notice(opened.listing.id, opened.buyer, opened.now)
    await sign_in(client, "director.0024")
    path = f"/listings/{opened.listing.reference}/debrief"
    for prefix, why in (("", "超过最高限价"), ("/en", "above the ceiling")):
        own = words((await client.get(prefix + path)).text)
        assert why in own and "505,000.01" in own and "505,000.00" in own


async def test_R_PUBL_01_everybody_reads_the_winners_total_and_a_bidder_its_own_marks(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    opened = await a_scored_listing(await clock.now())
    page = f"/listings/{opened.listing.reference}/scoring/working"
    assert (await client.get(page)).status_code == 404
    await determine_award(opened.lot, opened.buyer, opened.now)
    await publish_award_notice(opened.listing.id, opened.buyer, opened.now)
    await clock.set(opened.now)
    listing = await listing_by_id(opened.listing.id)
    names = {BIDDERS[name][0] for name in opened.bids}
    won = await fetchval("SELECT o.name FROM award a JOIN provider p ON p.id = a.provider"
                         " JOIN organisation o ON o.id = p.organisation")  # fmt: skip
    public = words((await client.get(page)).text)
    assert {name for name in names if name in public} == {won} and "各成员评分的平均" not in public
    assert "总分 = 价格分 + 其他分" in public and "各成员评分的偏离" not in public
    loser = next(name for name in opened.bids if BIDDERS[name][0] != won)
    person = await director(loser, opened.now)
    await sign_in(client, await fetchval("SELECT username FROM person WHERE id = $1", person.person_id))
    own = words((await client.get(page)).text)
    assert {name for name in names if name in own} == {won, BIDDERS[loser][0]} and "各成员评分的平均" in own
    # the base price of a third bidder is told to nobody else
    whole = await working_of_listing(listing)
    base = min(whole, key=lambda bid: Decimal(whole[bid][0].value))
    third = await working_of_listing(listing, Sight(own=frozenset(whole) - {base}))
    assert base not in third and all(
        line.value == "" for lines in third.values() for line in lines if str(line.label).startswith("基准价：")
    )
    assert all(line.formula == "" for lines in third.values() for line in lines if "价格分 = 基准价" in str(line.label))


async def test_R_REEV_01_after_the_notice_nobody_reviews_again_and_the_page_says_the_lawful_way(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    opened = await a_scored_listing(await clock.now())
    await determine_award(opened.lot, opened.buyer, opened.now)
    await publish_award_notice(opened.listing.id, opened.buyer, opened.now)
    await clock.set(opened.now)
    page = f"/listings/{opened.listing.reference}/re-evaluation"
    await sign_in(client, "li.qiang")
    shown = words((await client.get(page)).text)
    assert "结果已经公告" in shown and "R-REEV-01" in shown and "R-DISP-04" in shown and "质疑和投诉" in shown
    assert "组织原评审小组重新评审" not in shown and "is void" in words((await client.get(f"/en{page}")).text)
    refused = await send(client, page, {"ground": "abnormal", "reason": "丙家的分畸低"})
    assert refused.status_code == 409 and "质疑、投诉" in words(refused.text)
