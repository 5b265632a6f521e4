"""A challenge raises a lawful ground of re-evaluation: the panel reviews again before the answer (R-REEV-01)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import httpx
import pytest

from contracts.agreements.queries import contract_of_lot
from contracts.agreements.services import sign_contract
from evaluations.awards.queries import awards_of, debrief
from evaluations.awards.services import determine_award
from evaluations.bundles.queries import bundle
from evaluations.bundles.verify import verify
from evaluations.challenges.remedies import Case, Outcome, Reached, Remedy, remedies_of_challenge
from evaluations.challenges.rules import Stage
from evaluations.challenges.services import answer_challenge, review_again, withdraw_challenge
from evaluations.panel.queries import judging_members
from evaluations.reevaluations.services import Found, close_re_evaluation
from evaluations.reports import queries
from evaluations.reports.corrections import Wish, propose_correction, vote_on_correction
from evaluations.reports.rules import Ground
from evaluations.reports.services import Signed, draw_up_report, sign_report
from marketplace.kernel.db import fetchrow, fetchval
from marketplace.kernel.errors import Conflict, DomainError
from tests.builders_disputes import a_challenge, an_announced_award, an_answer
from tests.builders_evaluations import Opened, director
from tests.cast import actor
from tests.conftest import TestClock
from tests.pages import send, sign_in, words

FOUND = Found(Ground.ABNORMAL, "云顶的方案分畸高。")


def test_R_REEV_01_a_result_void_after_review_is_determined_by_the_new_one_and_by_nothing_else() -> None:
    for reached in Reached:
        allowed = remedies_of_challenge(Case(Stage.RESULT, reached, True, is_reviewed=True), Outcome.UPHELD)
        if reached in (Reached.UNDETERMINED, Reached.DETERMINED):
            assert allowed == {Remedy.REVIEWED}
        else:
            assert Remedy.REVIEWED not in allowed or reached == Reached.BIDDING
    unheard = Case(Stage.RESULT, Reached.DETERMINED, True)
    assert Remedy.REVIEWED not in remedies_of_challenge(unheard, Outcome.UPHELD)


async def marks_become(opened: Opened, bid: str, points: str, now: datetime) -> None:
    """All agree that every member's first mark of a bid is another, and sign the new report."""
    listing = opened.listing.id
    experts = [await actor(name, now) for name in ("yang.hua", "xu.lin", "gao.feng")]
    seats = {m["person"]: m["id"] for m in await judging_members(listing)}
    for owner in experts:
        mark: UUID = await fetchval(
            "SELECT m.id FROM mark m JOIN criterion c ON c.id = m.criterion WHERE m.member = $1 AND m.opened_bid = $2"
            " ORDER BY c.position LIMIT 1",
            seats[owner.person_id], opened.bids[bid],
        )  # fmt: skip
        await propose_correction(listing, Wish(mark, Ground.ABNORMAL, Decimal(points), "重新核对。"), owner, now)
        (asked,) = [c for c in await queries.corrections_of(listing) if not c["outcome"]]
        for other in experts:
            if other is not owner:
                await vote_on_correction(listing, asked["id"], True, other, now)
    await draw_up_report(listing, "", experts[0], now)
    for expert in experts:
        await sign_report(listing, Signed(expert.name), expert, now)


async def test_R_REEV_01_an_announced_award_stands_or_falls_by_what_the_panel_finds_after_a_challenge(
    clock: TestClock,
) -> None:
    opened = await an_announced_award(await clock.now(), below={"沱江": "6"})
    listing, reference, now = opened.listing.id, opened.listing.reference, opened.now
    (won,) = await awards_of(listing)
    assert "云顶" in won["provider_name"]
    first = await a_challenge(opened, "和风", now)
    with pytest.raises(DomainError):
        await review_again(first, Found(Ground.PRICE, "磋商没有这一情形"), opened.buyer, now)
    number = await review_again(first, FOUND, opened.buyer, now)
    with pytest.raises(Conflict, match=number):
        await answer_challenge(first, an_answer(), opened.buyer, now)
    # withdrawn or not, nobody signs while the panel looks
    await withdraw_challenge(first, await director("和风", now), now)
    contract = await contract_of_lot(opened.lot) or {}
    winner = await director("云顶", now)
    with pytest.raises(Conflict, match="正在重新评审"):
        await sign_contract(contract["id"], winner.name, winner, now)
    before = await fetchval("SELECT root FROM bundle_root WHERE lot = $1", opened.lot)
    await marks_become(opened, "云顶", "44.80", now)
    for ask in (bundle(reference, "public"), debrief(reference, winner.organisation_id)):
        with pytest.raises(Conflict, match="正在核对"):
            await ask
    assert await close_re_evaluation(listing, opened.buyer, now) is False
    (same,) = await awards_of(listing)
    assert same["reference"] == won["reference"] and same["total_score"] < won["total_score"]
    assert f"{same['total_score'].normalize():f} 分" in same["basis"]
    kept = await bundle(reference, "public")
    assert verify([kept]).holds and kept["lots"][0]["root"] != before
    assert await fetchval("SELECT detail->>'root' FROM audit_entry WHERE act = 'award.restated'") == before
    # another challenge, and this time the winner falls
    second = await a_challenge(opened, "沱江", now)
    again = await review_again(second, FOUND, opened.buyer, now)
    await marks_become(opened, "云顶", "10", now)
    assert await close_re_evaluation(listing, opened.buyer, now) is True
    gone = await fetchrow("SELECT decision, clause, announced_at FROM void_award WHERE listing = $1", listing)
    assert gone and (gone["decision"], gone["clause"]) == (again, "R-REEV-01") and gone["announced_at"]
    assert await fetchval("SELECT status FROM listing WHERE id = $1", listing) == "evaluated"
    assert await fetchval("SELECT count(*) FROM outbox_message WHERE payload::text LIKE '%重新评审改变结果%'") >= 1
    with pytest.raises(Conflict) as refused:
        await answer_challenge(second, an_answer(Outcome.UPHELD, Remedy.NEXT_CANDIDATE), opened.buyer, now)
    assert refused.value.clause == "R-DISP-04"
    await answer_challenge(second, an_answer(Outcome.UPHELD, Remedy.REVIEWED), opened.buyer, now)
    assert await fetchval("SELECT count(*) FROM outbox_message WHERE payload::text LIKE '%质疑答复改变结果%'") >= 1
    await determine_award(opened.lot, opened.buyer, now)
    assert "和风" in (await awards_of(listing))[0]["provider_name"]


async def test_the_officer_who_answers_finds_the_way_into_the_re_evaluation_on_the_challenges_page(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    opened = await an_announced_award(await clock.now())
    await clock.set(opened.now)
    path = f"/challenges/{await a_challenge(opened, '云顶', opened.now)}"
    asked = {"ground": "abnormal", "found": "和风的方案分畸高。"}
    await sign_in(client, "director.0032")
    assert "可以重新评审的情形" not in words((await client.get(path)).text)
    assert (await send(client, f"{path}/re-evaluation", asked)).status_code == 403
    await sign_in(client, "li.qiang")
    assert "评分畸高、畸低" in words((await client.get(path)).text)
    assert "先回到质疑页面" in words((await client.get(f"{path}/answer")).text)
    assert (await send(client, f"{path}/re-evaluation", {**asked, "found": ""})).status_code == 422
    other = await send(client, f"/en{path}/re-evaluation", {**asked, "ground": "price"})
    assert other.status_code == 422 and "R-REEV-01" in other.text
    assert (await send(client, f"{path}/re-evaluation", asked)).status_code == 303
    assert (await send(client, f"{path}/re-evaluation", asked)).status_code == 409
    shown = words((await client.get(path)).text)
    assert "答复的期限不停" in shown and "组织原评审小组重新评审 先" not in shown
    review = words((await client.get(f"/listings/{opened.listing.reference}/re-evaluation")).text)
    assert path.rsplit("/", 1)[-1] in review
    await sign_in(client, "yang.hua")
    for prefix in ("", "/en"):
        review = await client.get(f"{prefix}/listings/{opened.listing.reference}/re-evaluation")
        assert review.status_code == 200 and path.rsplit("/", 1)[-1] not in review.text
        assert (await client.get(f"{prefix}/listings/{opened.listing.reference}/corrections")).status_code == 200
