"""A year is announced: every stored day that touched it is counted anew, audited, and told once to each (R-CAL-03)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from catalogue.listings.drafts import Timetable
from catalogue.objections.services import enter_objection
from catalogue.questions.services import NewQuestion, ask_question
from contracts.acceptance.requests import request_acceptance
from contracts.frameworks.applications import apply_to_join
from evaluations.challenges.complaint_rules import decide_by
from evaluations.challenges.complaint_services import raise_complaint
from evaluations.challenges.deciding import begin_examination, end_examination
from marketplace.kernel.calendar import install_years
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval
from marketplace.kernel.deadlines import compute
from marketplace.rules.year.rules import TypedDay
from marketplace.rules.year.services import NewYear, load_year
from tests.builders_catalogue import a_published_listing
from tests.builders_contracts import (
    APRIL,
    a_closed_month,
    a_contract,
    a_contract_in_force,
    an_invoice_submitted,
    closing_time,
)
from tests.builders_disputes import (
    a_challenge,
    a_complaint_letter,
    an_accepted_complaint,
    an_announced_award,
    an_answered_challenge,
)
from tests.builders_evaluations import director
from tests.builders_frameworks import an_announced_framework, an_open_framework
from tests.builders_vendors import a_provider
from tests.cast import actor
from tests.catalogue.objections.test_objections import OBJECTION, a_publicised_listing
from tests.contracts.deposits.scene import a_given_guarantee, a_scene

CHINA = ZoneInfo("Asia/Shanghai")
LATE = datetime(2026, 12, 28, 10, tzinfo=CHINA)
DAYS_OFF = [date(2027, 1, day) for day in (1, 4, 5, 6, 7)]


@pytest.fixture(autouse=True)
def library_calendar_again() -> Iterator[None]:
    yield
    install_years({})


async def announce(days_off: list[date] = DAYS_OFF, year: int = 2027, now: datetime = LATE) -> None:
    days = [TypedDay(at, day, "off", "元旦") for at, day in enumerate(days_off, start=1)]
    await load_year(NewYear(year, "csv", "国办发明电〔2026〕7号", days), await actor("admin", now), now)


async def acts() -> list[str]:
    rows = await fetch("SELECT act FROM audit_entry WHERE act IN ('day.recounted', 'calendar.loaded') ORDER BY act")
    return [row["act"] for row in rows]


async def mails(word: str) -> list[tuple[str, str]]:
    rows = await fetch(
        "SELECT payload->>'to' AS to, payload->>'body' AS body FROM outbox_message WHERE payload->>'subject' LIKE $1"
        " AND payload->>'body' LIKE $2 ORDER BY 1",
        "%暂定日期已确定%", f"%{word}%",
    )  # fmt: skip
    return [(row["to"], row["body"]) for row in rows]


async def test_R_CAL_03_a_challenge_is_answered_by_the_day_the_announced_year_gives(db: Any, clock: Any) -> None:
    opened = await an_announced_award(datetime(2026, 12, 4, 9, tzinfo=CHINA))
    await clock.set(LATE)
    number = await a_challenge(opened, "和风", LATE)
    before = await fetchrow("SELECT * FROM challenge WHERE reference = $1", number)
    assert before is not None and before["is_provisional"]
    await announce()
    after = await fetchrow("SELECT * FROM challenge WHERE reference = $1", number)
    assert after is not None and not after["is_provisional"]
    assert after["answer_by"] == compute("R-TIME-24", LATE).date > before["answer_by"]
    entry = await fetchrow(
        "SELECT stream, detail FROM audit_entry WHERE act = 'day.recounted' AND subject_kind = 'challenge'"
    )
    assert entry is not None and entry["stream"] == f"listing:{opened.listing.id}"  # not yet for everybody
    assert str(before["answer_by"]) in str(entry["detail"]) and str(after["answer_by"]) in str(entry["detail"])
    told = await mails(number)
    # the contract that waits for its signatures stands in the same mail
    assert len(told) == len({to for to, _ in told}) >= 2 and "现为" in told[0][1] and "合同的签订期限" in told[0][1]
    await announce()  # once more: nothing is provisional, nobody is told again
    assert await acts() == ["calendar.loaded", "calendar.loaded", "day.recounted", "day.recounted"]
    assert await mails(number) == told


async def test_R_CAL_03_a_complaint_keeps_the_days_its_examination_added(db: Any, clock: Any) -> None:
    opened = await an_announced_award(datetime(2026, 11, 2, 9, tzinfo=CHINA))
    who, finance = await director("和风", opened.now), await actor("zhao.lei", LATE)
    await clock.set(opened.now + timedelta(days=3))
    challenge = await an_answered_challenge(opened, "和风", opened.now + timedelta(days=3))
    raised = opened.now + timedelta(days=7)
    await clock.set(raised)
    number = await an_accepted_complaint(challenge, who, raised)
    await begin_examination(number, "testing", finance, raised + timedelta(days=1))
    await end_examination(number, finance, raised + timedelta(days=8))
    before = await fetchrow("SELECT * FROM complaint WHERE reference = $1", number)
    assert before is not None and before["is_provisional"]
    await announce()
    after = await fetchrow("SELECT * FROM complaint WHERE reference = $1", number)
    pause = ((raised + timedelta(days=1)).date(), (raised + timedelta(days=8)).date())
    assert after is not None and after["decide_by"] == decide_by(before["raised_at"], [pause]).date
    assert after["decide_by"] > before["decide_by"] and not after["is_provisional"]
    assert after["review_by"] == before["review_by"] and after["reply_by"] == before["reply_by"]
    addresses = {to for to, _ in await mails(number)}
    assert await fetchval("SELECT email FROM person WHERE id = $1", finance.person_id) in addresses


async def test_R_CAL_03_a_complaint_to_review_has_its_review_and_copies_counted_anew(db: Any, clock: Any) -> None:
    opened = await an_announced_award(datetime(2026, 12, 4, 9, tzinfo=CHINA))
    await clock.set(LATE - timedelta(days=5))
    challenge = await an_answered_challenge(opened, "和风", LATE - timedelta(days=5))
    who = await director("和风", LATE)
    await clock.set(LATE)
    number = await raise_complaint(challenge, await a_complaint_letter(challenge, who), who, LATE)
    await announce()
    after = await fetchrow("SELECT * FROM complaint WHERE reference = $1", number)
    assert after is not None and after["reply_by"] is None
    rules = {"review_by": "first_review", "copies_by": "copies", "decide_by": "decision"}
    assert {name: after[name] for name in rules} == {
        name: compute(f"R-TIME-26/{part}", LATE).date for name, part in rules.items()
    }


async def test_R_CAL_03_a_day_that_touches_another_year_stays_provisional_and_is_no_news(db: Any, clock: Any) -> None:
    opened = await an_announced_award(datetime(2026, 12, 4, 9, tzinfo=CHINA))
    await clock.set(LATE)
    number = await a_challenge(opened, "和风", LATE)
    await announce([date(2028, 1, 3)], year=2028)
    assert await fetchval("SELECT is_provisional FROM challenge WHERE reference = $1", number)
    assert await acts() == ["calendar.loaded"] and not await mails(number)


async def test_R_CAL_03_what_is_over_keeps_the_day_it_had(db: Any, clock: Any) -> None:
    opened = await an_announced_award(datetime(2026, 12, 4, 9, tzinfo=CHINA))
    await clock.set(LATE)
    number = await an_answered_challenge(opened, "和风", LATE)
    before = await fetchval("SELECT answer_by FROM challenge WHERE reference = $1", number)
    await announce()
    assert await fetchval("SELECT answer_by FROM challenge WHERE reference = $1", number) == before


async def test_R_CAL_03_the_objector_and_the_buyer_hear_of_the_second_argument(db: Any, clock: Any) -> None:
    await clock.set(LATE)
    listing = await a_publicised_listing(LATE)
    new = replace(OBJECTION, sent_on=LATE.date())
    await enter_objection(listing["reference"], new, await actor("wang.min", LATE), LATE)
    before = await fetchrow("SELECT argue_by, is_provisional FROM objection")
    assert before is not None and before["is_provisional"]
    await announce()
    after = await fetchrow("SELECT argue_by, is_provisional FROM objection")
    assert after is not None and after["argue_by"] > before["argue_by"] and not after["is_provisional"]
    assert "a@example.org" in {to for to, _ in await mails(listing["reference"])}


async def test_R_CAL_03_who_asked_and_the_buyer_hear_of_the_answer_each_alone(db: Any, clock: Any) -> None:
    await clock.set(datetime(2026, 12, 14, 9, tzinfo=CHINA))
    listing = await a_published_listing(
        await clock.now(), timetable=Timetable(at_county_time(date(2027, 1, 20), 9), None, None),
        service_from=date(2027, 4, 1), service_to=date(2028, 3, 31),
    )  # fmt: skip
    asker = (await a_provider(LATE)).actor
    await ask_question(listing.reference, NewQuestion("服务地点有几处？"), asker, LATE + timedelta(days=2))
    before = await fetchval("SELECT answer_by FROM question")
    await announce()
    after = await fetchrow("SELECT answer_by, is_provisional FROM question")
    assert after is not None and after["answer_by"] > before and not after["is_provisional"]
    told = await mails(f"/listings/{listing.reference}/questions")
    assert len(told) >= 2 and not any(asker.name in body for _, body in told)
    hidden = await fetch("SELECT hidden_until FROM outbox_message WHERE payload->>'body' LIKE '%/questions'")
    assert {row["hidden_until"] for row in hidden} == {listing.closes_at}


async def provisional(table: str, column: str, since: str, row: UUID) -> date:
    """As if it had begun on 28 December, counted while 2027 was not announced."""
    told = date(2027, 1, 4)
    if table == "contract_milestone":
        await execute(
            "UPDATE contract SET drawn_up_at = $2 WHERE id = (SELECT contract FROM contract_milestone WHERE id = $1)",
            row, LATE,
        )  # fmt: skip
    else:
        await execute("ALTER TABLE acceptance_request DISABLE TRIGGER acceptance_request_append_only")
        if table == "deposit":
            await execute("UPDATE deposit SET return_due = $2, status = 'returning' WHERE id = $1", row, told)
        value = LATE.date() if since == "return_from" else LATE
        await execute(f"UPDATE {table} SET {since} = $2 WHERE id = $1", row, value)
        await execute("ALTER TABLE acceptance_request ENABLE TRIGGER acceptance_request_append_only")
        if table == "invoice":
            await execute("ALTER TABLE payment_clock DISABLE TRIGGER payment_clock_append_only")
            await execute("UPDATE payment_clock SET counts_from = $2 WHERE invoice = $1", row, LATE.date())
            await execute("ALTER TABLE payment_clock ENABLE TRIGGER payment_clock_append_only")
    await execute(f"UPDATE {table} SET {column} = $2, is_provisional = true WHERE id = $1", row, told)
    return told


async def a_contract_row(now: datetime) -> UUID:
    return (await a_contract()).contract


async def an_advance(now: datetime) -> UUID:
    world = await a_contract(advance=Decimal(20))
    return await fetchval("SELECT id FROM contract_milestone WHERE contract = $1 AND is_advance", world.contract)


async def a_request(now: datetime) -> UUID:
    world = await a_contract_in_force()
    await a_closed_month(world)
    await request_acceptance(world.reference, 1, "四月已完成。", world.director, closing_time(world, APRIL))
    return await fetchval("SELECT id FROM acceptance_request")


async def an_invoice(now: datetime) -> UUID:
    reference = await an_invoice_submitted(await a_contract_in_force())
    return await fetchval("SELECT id FROM invoice WHERE reference = $1", reference)


async def a_paid_invoice(now: datetime) -> UUID:
    row = await an_invoice(now)
    await execute("UPDATE invoice SET status = 'paid' WHERE id = $1", row)
    return row


async def a_place(now: datetime) -> UUID:
    await an_announced_framework(now)
    return await fetchval("SELECT id FROM framework_place ORDER BY turn LIMIT 1")


async def an_application(now: datetime) -> UUID:
    _, reference = await an_open_framework(now)
    await apply_to_join(reference, 1, "两名护理员。", (await a_provider(now)).actor, now + timedelta(days=100))
    return await fetchval("SELECT id FROM framework_application")


async def a_deposit(now: datetime) -> UUID:
    given = await a_given_guarantee(await a_scene(now))
    await execute("UPDATE deposit SET return_ground = 'loser' WHERE id = $1", given["id"])
    return given["id"]


@pytest.mark.parametrize(
    ("made", "table", "column", "since", "rule"),
    [
        (a_contract_row, "contract", "sign_by", "drawn_up_at", "R-TIME-17"),
        (an_advance, "contract_milestone", "due_on", "drawn_up_at", "R-TIME-17"),
        (a_request, "acceptance_request", "decide_by", "requested_at", "R-ACC-04"),
        (an_invoice, "invoice", "due_on", "received_at", "R-PAY-01"),
        (a_paid_invoice, "invoice", "due_on", "received_at", "R-PAY-01"),
        (a_deposit, "deposit", "return_due", "return_from", "R-TIME-20/losers"),
        (an_application, "framework_application", "review_by", "applied_at", "R-TIME-30/review"),
        (a_place, "framework_place", "sign_by", "letter_at", "R-TIME-30/sign"),
    ],
    ids=["contract", "advance", "acceptance", "invoice", "paid invoice", "deposit", "application", "framework place"],
)
async def test_R_CAL_03_days_of_contracts_are_counted_anew_for_both_sides(
    db: Any, clock: Any, made: Any, table: str, column: str, since: str, rule: str
) -> None:
    row = await made(await clock.now())
    told = await provisional(table, column, since, row)
    await announce()
    after = await fetchrow(f"SELECT {column} AS day, is_provisional FROM {table} WHERE id = $1", row)
    assert after is not None and not after["is_provisional"]
    assert after["day"] == compute(rule, LATE.date()).date != told
    assert await acts() == ["calendar.loaded", "day.recounted"]
    assert len({to for to, _ in await mails("现为")}) >= 2
