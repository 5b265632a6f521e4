"""Recipients asked for an evaluation: enough for the margin, by nobody's choice, never so few that they are known."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from contracts.acceptance.plan_rules import Answer, Channel, counted
from evaluations.performance.rules import SeatPlan, standard_table
from evaluations.performance.scoring import IndicatorScore, score_evaluation
from evaluations.performance.services import EvaluationPlan, plan_evaluation
from evaluations.performance.sheets import NewSheet, keep_sheet, sheets_of
from evaluations.performance.survey_rules import check_may_close, needed_answers, reaches_margin, satisfaction, to_ask
from evaluations.performance.surveys import (
    answer_by_code,
    close_survey,
    draw_survey,
    enter_answer,
    message_code,
    survey_of,
)
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.errors import Conflict, DomainError, NotFound
from tests.builders_contracts import APRIL, a_closed_month, a_contract_in_force
from tests.cast import actor, enter_cast, office
from tests.pages import send, sign_in, words

ON, JUNE = date(2026, 6, 1), at_county_time(date(2026, 6, 1), 9)


@pytest.mark.parametrize(("population", "needed"), [(5, 5), (30, 24), (100, 50), (1000, 88), (100000, 96)])
def test_r_perf_11_as_many_are_needed_as_the_margin_asks_and_never_more_than_there_are(population, needed):
    assert needed_answers(population, Decimal(10), Decimal(95)) == needed
    assert needed <= to_ask(population, needed, ON) <= population
    with pytest.raises(DomainError):
        needed_answers(population, Decimal(10), Decimal(80))


def test_r_perf_11_a_survey_closes_with_enough_answers_and_never_with_so_few_that_a_share_tells_who_said_what():
    said = ["satisfied"] * 7 + ["partly"] * 2 + ["not_satisfied"]
    check_may_close(said, 10, 10, ON)
    check_may_close([*said, "not_reached"], 10, 11, ON)
    assert not reaches_margin(10, 11)
    with pytest.raises(Conflict):
        check_may_close([*said, ""], 10, 11, ON)
    with pytest.raises(DomainError, match="认出"):
        check_may_close(["satisfied"], 1, 1, ON)
    assert satisfaction(counted(said)) == Decimal("90.00")


async def test_answers_by_code_and_on_paper_are_given_once_and_counted_into_the_seat(clock, client):
    world = await a_contract_in_force()
    await a_closed_month(world, APRIL, (7, 8, 9, 10, 13, 14))
    await enter_cast(JUNE)
    await clock.set(JUNE)
    bureau, lead, clerk = await actor("liu.fang", JUNE), await actor("deng.li", JUNE), await actor("luo.jie", JUNE)
    evaluator = await office("evaluator")
    seats = [
        SeatPlan("third_party", Decimal(80), evaluator, ON), SeatPlan("recipients", Decimal(20), evaluator, ON)
    ]  # fmt: skip
    period = (date(2026, 4, 1), date(2026, 4, 30))
    reference = await plan_evaluation(
        EvaluationPlan(world.contract, *period, evaluator, standard_table(), seats), bureau, JUNE
    )
    lines = await fetch("SELECT * FROM indicator ORDER BY position")
    scores = [
        IndicatorScore(line["id"], line["target"], line["weight"], "查阅台账。")
        for line in lines if line["method"] != "delivery"
    ]  # fmt: skip
    await score_evaluation(reference, scores, lead, JUNE)
    with pytest.raises(NotFound):
        await draw_survey(reference, clerk, JUNE)
    drawn = await draw_survey(reference, lead, JUNE)
    with pytest.raises(Conflict):
        await draw_survey(reference, lead, JUNE)
    survey = await survey_of(await fetchval("SELECT id FROM evaluation"))
    assert drawn == len(survey["answers"]) == survey["population"]

    first, *others = [each["id"] for each in survey["answers"]]
    await answer_by_code(message_code(first), Answer.NOT_SATISFIED, "", JUNE)
    with pytest.raises(Conflict):
        await answer_by_code(message_code(first), Answer.SATISFIED, "", JUNE)
    with pytest.raises(NotFound):
        await enter_answer(uuid4(), Answer.SATISFIED, Channel.PAPER, "", (clerk, JUNE))
    await sign_in(client, "luo.jie")
    page = words((await client.get(f"/evaluations/{reference}/survey")).text)
    assert all(f"/satisfaction，填 {message_code(each)}，" in page for each in others) and "要多少份意见" not in page
    for each in others:
        with pytest.raises(Conflict):
            await close_survey(reference, lead, JUNE)
        await enter_answer(each, Answer.SATISFIED, Channel.PAPER, "", (clerk, JUNE))
    share = await close_survey(reference, lead, JUNE)
    assert len(others) == 5 and share == Decimal("83.33")
    assert await fetchval("SELECT status FROM evaluation") == "drafted"
    assert await fetchval("SELECT actual FROM indicator WHERE \"group\" = 'satisfaction'") == share


async def test_a_sheet_sent_twice_is_one_and_only_an_evaluator_keeps_one(clock, client):
    world = await a_contract_in_force()
    await enter_cast(JUNE)
    await clock.set(JUNE)
    bureau, lead = await actor("liu.fang", JUNE), await actor("deng.li", JUNE)
    plan = EvaluationPlan(world.contract, date(2026, 4, 1), ON, await office("evaluator"), standard_table())
    reference = await plan_evaluation(plan, bureau, JUNE)
    sheet = NewSheet(UUID(int=7), ON, "十里社区", "台账", "十户都有记录")
    await keep_sheet(reference, sheet, lead, JUNE)
    await keep_sheet(reference, sheet, lead, JUNE)
    assert len(await sheets_of(await fetchval("SELECT id FROM evaluation"))) == 1
    with pytest.raises(NotFound):
        await keep_sheet(reference, sheet, await actor("luo.jie", JUNE), JUNE)
    await sign_in(client, "deng.li")
    form = {"id": str(UUID(int=8)), "visited_on": "2026-06-02", "place": "十里社区", "looked_at": "台账", "found": "齐"}
    answer = await send(client, f"/evaluations/{reference}/sheets", form)
    assert answer.status_code == 422 and "不能晚于今天" in words(answer.text)
    handed = (await client.get(f"/evaluations/{reference}/sheets")).text
    assert "十户都有记录" in words(handed) and f'data-handed="{UUID(int=7)}"' in handed
    blank = await client.get(f"/evaluations/{reference}/sheets/new")
    assert blank.status_code == 200 and "十户都有记录" not in words(blank.text), "the device keeps this page"
    worker = await client.get("/evaluations/worker.js")
    assert worker.headers["content-type"].startswith("text/javascript") and "offline-sheets" in worker.text
    await sign_in(client, "liu.fang")
    assert (await client.get(f"/evaluations/{reference}/sheets/new")).status_code == 404
    client.cookies.delete("sid")
    wrong = await send(client, "/satisfaction", {"code": "0000000000", "answer": "satisfied"})
    assert wrong.status_code == 422 and "没有这个代码" in words(wrong.text)
