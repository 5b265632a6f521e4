"""Letters a working day before the last day and once after it, to the person and the head of the office (R-TIME-31)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from catalogue.listings.queries import listing_by_id
from contracts.agreements.filing import enter_filing
from evaluations.awards.clock import determination_clock
from evaluations.awards.deeming import deem_determined
from marketplace.accounts.membership.tables import OrganisationOwner
from marketplace.kernel.clock import at_county_time, county_day
from marketplace.kernel.db import execute, fetch, fetchval, insert
from marketplace.kernel.deadlines import compute
from marketplace.site.reminders import DailyReminders, remind, stage_of
from tests.builders_contracts import a_contract_in_force
from tests.builders_evaluations import a_panel, a_scored_listing, an_opened_listing
from tests.cast import actor

SITE = "https://jintang.example"
EARLY = 9


def test_R_TIME_31_a_day_is_near_from_the_working_day_before_it() -> None:
    monday = date(2026, 3, 9)
    days = [date(2026, 3, 5), date(2026, 3, 6), date(2026, 3, 8), monday, date(2026, 3, 10)]
    assert [stage_of(monday, day) for day in days] == [None, "ahead", "ahead", "ahead", "overdue"]
    assert stage_of(None, monday) is None


async def _letters() -> list[tuple[str, str]]:
    rows = await fetch(
        "SELECT payload->>'to' AS to, payload->>'subject' AS subject, payload->>'body' AS body FROM outbox_message"
        " WHERE idempotency_key LIKE 'reminder:%' ORDER BY posted_at, 1"
    )
    return [(row["to"], f"{row['subject']}\n{row['body']}") for row in rows]


async def test_the_person_and_the_head_are_told_once_before_and_once_after(clock: Any) -> None:
    opened = await a_scored_listing(await clock.now(), below={"沱江": "6"})
    head = await actor("chen.jing", opened.now)
    await insert(OrganisationOwner, organisation=head.organisation_id, person=head.person_id, since=opened.now)
    counted = await determination_clock(await listing_by_id(opened.listing.id))
    assert counted is not None
    last = counted.by.date
    assert await remind(SITE, opened.now) == 0
    on_the_last_day = at_county_time(last, EARLY)
    assert await remind(SITE, on_the_last_day) == 2
    await remind(SITE, on_the_last_day)
    letters = await _letters()
    assert sorted(to for to, _ in letters) == ["chen.jing@jintang.example", "li.qiang@jintang.example"]
    assert all("快到期" in said and "R-TIME-14b" in said and f"{SITE}/listings/" in said for _, said in letters)
    assert "Last day" in letters[0][1]
    after = at_county_time(last + timedelta(days=4), EARLY)
    tick = DailyReminders(SITE)
    await tick(after)
    await tick(after)
    assert len([1 for _, said in await _letters() if "已逾期" in said]) == 2
    await deem_determined(after)
    await remind(SITE, at_county_time(last + timedelta(days=9), EARLY))
    assert any("发布" in said and "R-TIME-15" in said for _, said in await _letters())


async def test_the_head_of_the_buyer_learns_that_sheets_are_open_and_no_name(clock: Any) -> None:
    opened = await an_opened_listing(await clock.now())
    await a_panel(opened)
    head = await actor("chen.jing", opened.now)
    library = (await actor("yang.hua", opened.now)).organisation_id
    await insert(OrganisationOwner, organisation=head.organisation_id, person=head.person_id, since=opened.now)
    await insert(OrganisationOwner, organisation=library, person=(await actor("fan.li", opened.now)).person_id,
                 since=opened.now)  # fmt: skip
    await remind(SITE, opened.now + timedelta(days=12))
    letters = await _letters()
    told = sorted(to.partition("@")[0] for to, _ in letters)
    assert told == ["chen.jing", "gao.feng", "xu.lin", "yang.hua"]
    (to_head,) = [said for to, said in letters if to.startswith("chen.jing")]
    assert "评审小组还没有办完" in to_head and not any(name in to_head for name in ("杨华", "许琳", "高峰"))


async def test_R_TIME_19_who_signed_is_reminded_until_finance_has_filed_the_copy(clock: Any) -> None:
    world = await a_contract_in_force(months=12)
    signed_at = await fetchval("SELECT signed_at FROM contract WHERE id = $1", world.contract)
    last = compute("R-TIME-19", county_day(signed_at)).date
    assert await remind(SITE, signed_at) == 0
    await remind(SITE, at_county_time(last, EARLY))
    (letter,) = [said for _, said in await _letters() if "备案" in said]
    assert "R-TIME-19" in letter and world.reference in letter
    # who signed has left: the head of the office is told all the same
    head = await actor("chen.jing", signed_at)
    await insert(OrganisationOwner, organisation=head.organisation_id, person=head.person_id, since=signed_at)
    await execute("UPDATE person SET is_active = false WHERE id = $1", world.signer.person_id)
    await remind(SITE, at_county_time(last + timedelta(days=1), EARLY))
    assert [to.partition("@")[0] for to, said in await _letters() if "备案" in said] == ["wang.min", "chen.jing"]
    await enter_filing(world.reference, "JTHT-1", last, world.reviewer, at_county_time(last, EARLY))
    await remind(SITE, at_county_time(last + timedelta(days=9), EARLY))
    assert len([said for _, said in await _letters() if "备案" in said]) == 2
