"""The survey of recipients for an evaluation: drawn by nobody's choice, answered once, closed into its seat."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from catalogue.listings.indicators import Source
from contracts.acceptance.plan_queries import recipients_of_months
from contracts.acceptance.plan_rules import Answer, Channel, counted, drawn, seed_of_months
from evaluations.performance import queries
from evaluations.performance.scoring import draft_when_complete, is_open, lines_for, points_for
from evaluations.performance.services import lock_evaluation
from evaluations.performance.survey_rules import (
    CERTAINTY,
    MARGIN,
    RULE,
    check_may_close,
    needed_answers,
    satisfaction,
    to_ask,
)
from evaluations.performance.survey_tables import SatisfactionSurvey
from evaluations.performance.tables import SeatScore
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchrow, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.money import to_fen
from marketplace.kernel.private_columns import search_hash
from marketplace.kernel.rulebook import number

Row = dict[str, Any]
DIGITS = 10
PLACE = "survey_answer"


async def survey_of(evaluation: UUID) -> Row | None:
    """The survey of an evaluation with its `answers` in the order of their lots; None while nobody was drawn."""
    row = await fetchrow("SELECT * FROM satisfaction_survey WHERE evaluation = $1", evaluation)
    if row is None:
        return None
    answers = await fetch(
        "SELECT a.*, o.name AS town_name, o.name_en AS town_name_en FROM survey_answer a"
        " JOIN organisation o ON o.id = a.town WHERE a.survey = $1 ORDER BY a.position",
        row["id"],
    )
    return {**dict(row), "answers": [dict(each) for each in answers]}


def seat_of_recipients(seats: list[Row]) -> Row | None:
    """The seat that the survey fills."""
    return next((each for each in seats if each["source"] == Source.RECIPIENTS), None)


async def draw_survey(reference: str, actor: Actor, now: datetime) -> int:
    """Draw whom to ask among those served in the closed months of the period; gives how many (R-PERF-11)."""
    actor.check_may(Permission.EVALUATE)
    async with transaction():
        evaluation = await lock_evaluation(reference)
        seat = seat_of_recipients(await queries.seats_of(evaluation["id"]))
        if seat is None or seat["organisation"] != actor.organisation_id:
            raise NotFound()
        if not is_open(seat):
            raise Conflict(N_("这份评价表已经交了，不能再改。"))
        closes = await fetch(
            "SELECT id, lines_sha256 FROM month_close WHERE contract = $1"
            " AND month BETWEEN date_trunc('month', $2::date) AND $3 ORDER BY month",
            evaluation["contract"], evaluation["period_from"], evaluation["period_to"],
        )  # fmt: skip
        towns = await recipients_of_months(evaluation["contract"], [close["id"] for close in closes])
        if not towns:
            raise DomainError(N_("评价期间没有关闭的月份，或者没有记录服务对象，没有可以抽取的。"), clause=RULE)
        seed = seed_of_months(str(evaluation["id"]), [close["lines_sha256"] for close in closes])
        asked = await _write(evaluation["id"], seed, towns, actor, now)
        detail = {"seed": seed, "count": str(asked)}
        await record("evaluation.survey_drawn", ("evaluation", reference), actor, detail, now)
    return asked


async def _write(evaluation: UUID, seed: str, towns: dict[str, UUID], actor: Actor, now: datetime) -> int:
    today = county_day(now)
    margin, certainty = number(MARGIN, today), number(CERTAINTY, today)
    needed = needed_answers(len(towns), margin, certainty)
    try:
        async with transaction():
            survey = await insert(
                SatisfactionSurvey, evaluation=evaluation, seed=seed, population=len(towns), needed=needed,
                margin=margin, certainty=certainty, drawn_by=actor.person_id, drawn_at=now,
            )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise Conflict(N_("这次评价已经抽取过服务对象，名单不能再换。"), clause=RULE) from None
    asked = drawn(seed, list(towns), to_ask(len(towns), needed, today))
    rows = [(uuid4(), code) for code in asked]
    await execute(
        "INSERT INTO survey_answer (id, survey, position, recipient_code, town, code_hash, answer, channel, words)"
        " SELECT t.id, $1, t.position, t.code, t.town, t.hash, '', '', ''"
        " FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::bytea[]) WITH ORDINALITY"
        " AS t (id, code, town, hash, position)",
        survey, [id_ for id_, _ in rows], asked, [towns[code] for code in asked],
        [search_hash(message_code(id_), PLACE) for id_, _ in rows],
    )  # fmt: skip
    return len(asked)


def message_code(answer: UUID) -> str:
    """The code that a short message or a QR carries: made anew from the keyed hash each time, never stored."""
    value = int.from_bytes(search_hash(f"code {answer}", PLACE)[:8], "big")
    return f"{value % 10**DIGITS:0{DIGITS}d}"


def town_heard_by(seat: Row, actor: Actor) -> UUID | None:
    """The town whose recipients somebody hears; None for the evaluator, who hears those of all towns."""
    return None if seat["organisation"] == actor.organisation_id else actor.organisation_id


async def enter_answer(
    answer_id: UUID, answer: Answer, channel: Channel, words: str, act: tuple[Actor, datetime]
) -> None:
    """Enter what a recipient said by phone or on paper: by the evaluator, or by the window of the town. Raises."""
    actor, now = act
    row = await _answer("a.id = $1", answer_id)
    if not actor.may(Permission.EVALUATE) or actor.organisation_id not in (row["organisation"], row["town"]):
        raise NotFound()
    if channel is Channel.SMS:
        raise Forbidden(N_("短信代码由服务对象自己填写。请选电话或者纸质。"), clause=RULE)
    async with transaction():
        await _keep(row, answer, channel, words, (actor.person_id, now))
        await record("evaluation.survey_answered", ("evaluation", row["reference"]), actor, {}, now)


async def answer_by_code(code: str, answer: Answer, words: str, now: datetime) -> None:
    """A recipient answers with the code of the message or the QR. Raises NotFound for another code, Conflict."""
    row = await _answer("a.code_hash = $1", search_hash(code, PLACE))
    async with transaction():
        await _keep(row, answer, Channel.SMS, words, (None, now))
        await record("evaluation.survey_answered", ("evaluation", row["reference"]), None, {}, now)


async def _answer(where: str, value: object) -> Row:
    row = await fetchrow(
        "SELECT a.id, a.town, s.id AS survey, e.reference, t.organisation FROM survey_answer a"
        " JOIN satisfaction_survey s ON s.id = a.survey JOIN evaluation e ON e.id = s.evaluation"
        " JOIN evaluation_seat t ON t.evaluation = e.id AND t.source = 'recipients' WHERE " + where,
        value,
    )
    if row is None:
        raise NotFound()
    return dict(row)


async def _keep(
    row: Row, answer: Answer, channel: Channel, words: str, by: tuple[UUID | None, datetime]
) -> None:
    # closing holds the survey; an answer that comes meanwhile waits here and is refused
    survey = await fetchrow("SELECT closed_at FROM satisfaction_survey WHERE id = $1 FOR UPDATE", row["survey"])
    assert survey is not None
    if survey["closed_at"]:
        raise Conflict(N_("调查已经结束，意见不能再填。"), clause=RULE)
    kept = await execute(
        "UPDATE survey_answer SET answer = $2, channel = $3, words = $4, entered_by = $5, answered_at = $6"
        " WHERE id = $1 AND answer = ''",
        row["id"], answer.value, channel.value, words, *by,
    )  # fmt: skip
    if kept.endswith(" 0"):
        raise Conflict(N_("这位服务对象的意见已经填过，不能再改。"), clause=RULE)


async def close_survey(reference: str, actor: Actor, now: datetime) -> Decimal:
    """Count the answers into the recipients' seat; gives the percent satisfied. Raises Conflict while too few."""
    actor.check_may(Permission.EVALUATE)
    async with transaction():
        evaluation = await lock_evaluation(reference)
        seats = await queries.seats_of(evaluation["id"])
        seat = seat_of_recipients(seats)
        await execute("SELECT 1 FROM satisfaction_survey WHERE evaluation = $1 FOR UPDATE", evaluation["id"])
        survey = await survey_of(evaluation["id"])
        if seat is None or survey is None or seat["organisation"] != actor.organisation_id:
            raise NotFound()
        if not is_open(seat):
            raise Conflict(N_("这份评价表已经交了，不能再改。"))
        given = [each["answer"] for each in survey["answers"]]
        found = counted(given)
        check_may_close(given, found.heard, survey["needed"], county_day(now))
        share = satisfaction(found)
        for line in lines_for(seat, await queries.indicators_of(evaluation["id"]), seats):
            await _score(seat["id"], line, share, now)
        await execute(
            "UPDATE satisfaction_survey SET closed_by = $2, closed_at = $3 WHERE id = $1",
            survey["id"], actor.person_id, now,
        )  # fmt: skip
        await execute(
            "UPDATE evaluation_seat SET submitted_by = $2, submitted_at = $3 WHERE id = $1",
            seat["id"], actor.person_id, now,
        )  # fmt: skip
        detail = {"count": str(found.heard), "result": str(share)}
        await record("evaluation.survey_closed", ("evaluation", reference), actor, detail, now)
        await draft_when_complete(evaluation, actor, now)
    return share


async def _score(seat: UUID, line: Row, share: Decimal, now: datetime) -> None:
    if line["target"] is None:
        points, actual = to_fen(line["weight"] * share / 100), None
    else:
        points, actual = points_for(line, share, county_day(now)), share
    await insert(SeatScore, seat=seat, indicator=line["id"], actual=actual, points=points, narrative="")
