"""A corrigendum becomes a version: by two people, with a difference, a moved deadline and an old text that stays."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import httpx
import pytest

from catalogue import work
from catalogue.corrigenda.proposal import proposal_of
from catalogue.corrigenda.services import (
    approve_corrigendum,
    draft_corrigendum,
    return_corrigendum,
    save_subject,
    submit_corrigendum,
    withdraw_corrigendum,
)  # fmt: skip
from catalogue.interest.services import follow_listing
from catalogue.listings.content import content_of
from catalogue.listings.queries import listing_by_id, timetable
from catalogue.listings.version_queries import version_lines, version_of, versions_of
from catalogue.listings.versions import changes, lines_of
from catalogue.plans.queries import line_money
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, transaction
from marketplace.kernel.deadlines import compute
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from tests.builders_catalogue import Published, a_budget_line, a_published_listing
from tests.builders_corrigenda import NEW_REQUIREMENT, a_corrigendum, a_published_corrigendum, shown_closing
from tests.builders_vendors import a_provider
from tests.cast import actor
from tests.pages import send, sign_in, words


async def late(clock: Any, listing: Published, days: int = 2) -> Any:
    """The county clock shortly before the deadline."""
    await clock.set(listing.closes_at - timedelta(days=days))
    return await clock.now()


async def test_publishing_keeps_the_first_version_with_the_hash_of_its_text(
    client: httpx.AsyncClient, clock: Any
) -> None:
    listing = await a_published_listing(await clock.now())
    (first,) = await versions_of(listing.id)
    text = await client.get(f"/listings/{listing.reference}/versions/1.txt")
    assert text.status_code == 200 and hashlib.sha256(text.content).hexdigest() == first["sha256"]
    page = (await client.get(f"/en/listings/{listing.reference}/versions/1")).text
    assert first["sha256"] in page and "505,000.00" in page
    for wrong in ("2", "x", "0", "1.txt.txt", "99999"):
        assert (await client.get(f"/listings/{listing.reference}/versions/{wrong}")).status_code == 404


async def test_r_time_09_a_late_change_of_the_requirement_moves_the_deadline_as_shown(clock: Any) -> None:
    listing = await a_published_listing(await clock.now())
    now = await late(clock, listing)
    number = await a_published_corrigendum(listing, now)
    row = await listing_by_id(listing.id)
    assert number == 2 and row["requirement"] == NEW_REQUIREMENT
    closing_day = county_day(row["closes_at"])
    assert row["closes_at"] > listing.closes_at
    assert compute("R-TIME-09", closing_day, on=row["rules_on"]).date >= county_day(now)
    days = {each["event"]: each["day"] for each in await timetable(listing.id)}
    assert days["closes"] == days["opening"] == closing_day
    hidden = await fetchval("SELECT hidden_until FROM audit_stream WHERE name = $1", f"listing:{listing.id}")
    assert hidden == row["closes_at"]


async def test_r_time_05_a_tender_moves_by_fifteen_days(clock: Any) -> None:
    listing = await a_published_listing(await clock.now(), method="open_tender")
    now = await late(clock, listing)
    await a_published_corrigendum(listing, now)
    row = await listing_by_id(listing.id)
    assert row["closes_at"] - now >= timedelta(days=14, hours=23)
    assert compute("R-TIME-05", county_day(row["closes_at"]), on=row["rules_on"]).date >= county_day(now)


async def test_an_early_corrigendum_leaves_the_deadline(clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    await a_published_corrigendum(listing, now)
    assert (await listing_by_id(listing.id))["closes_at"] == listing.closes_at
    (newest, _) = await versions_of(listing.id)
    assert newest["affects_bids"] and newest["kind"] == "corrigendum"


async def test_what_was_previewed_is_what_is_published_and_the_old_version_stays(clock: Any) -> None:
    listing = await a_published_listing(await clock.now())
    now = await late(clock, listing)
    before = lines_of(await content_of(await listing_by_id(listing.id)))
    milestones = {
        "milestones-0-title": "上半年", "milestones-0-share": "40", "milestones-0-due_on": "2027-06-30",
        "milestones-0-evidence": "时数", "milestones-1-title": "下半年", "milestones-1-share": "60",
        "milestones-1-due_on": "2027-12-31", "milestones-1-evidence": "验收",
    }  # fmt: skip
    subjects = {
        "requirement": {"requirement": NEW_REQUIREMENT}, "milestones": milestones,
        "money": {"lots-1-budget": "480000", "ceiling": "470000"},
        "period": {"service_from": "2027-01-01", "service_to": "2027-11-30"},
    }  # fmt: skip
    corrigendum = await a_corrigendum(listing, now, subjects=subjects)
    row = await fetchrow("SELECT * FROM corrigendum WHERE id = $1", corrigendum)
    assert row is not None
    previewed = (await proposal_of(dict(row), await listing_by_id(listing.id), now)).changes
    shown = await shown_closing(corrigendum, listing, now)
    await approve_corrigendum(corrigendum, shown, await actor("li.qiang", now), now)
    one, two = await version_of(listing.id, 1), await version_of(listing.id, 2)
    old, new = await version_lines(one["id"]), await version_lines(two["id"])
    assert old == before and new == lines_of(await content_of(await listing_by_id(listing.id)))
    assert changes(old, new) == previewed and len(previewed) > 10


async def test_r_corr_01_lots_and_qualification_are_refused_with_the_clause(
    client: httpx.AsyncClient, clock: Any
) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    drafter = await actor("wang.min", now)
    corrigendum = await draft_corrigendum(listing.reference, "想改资格", False, drafter, now)
    for subject in ("qualification", "lots", "basics"):
        with pytest.raises(Forbidden) as refused:
            await save_subject(corrigendum, subject, {"qualification": "本地企业"}, drafter, now)
        assert refused.value.clause == "R-CORR-01"
    await sign_in(client, "wang.min")
    path = f"/listings/{listing.reference}/corrigenda/{corrigendum}/qualification"
    for answer in (await client.get(path), await send(client, path, {"qualification": "本地企业"})):
        assert answer.status_code == 403 and "R-CORR-01" in answer.text
    assert (await listing_by_id(listing.id))["qualification"] == "无"


async def test_r_role_03_who_drafted_does_not_approve_and_another_office_neither(clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    corrigendum = await a_corrigendum(listing, now)
    for username in ("wang.min", "zhao.lei", "liu.fang"):
        with pytest.raises(Forbidden):
            await approve_corrigendum(corrigendum, listing.closes_at, await actor(username, now), now)
    assert len(await versions_of(listing.id)) == 1


async def test_a_deadline_that_would_now_be_another_is_not_published_unseen(clock: Any) -> None:
    listing = await a_published_listing(await clock.now())
    now = await late(clock, listing, days=8)
    corrigendum = await a_corrigendum(listing, now)
    shown = await shown_closing(corrigendum, listing, now)
    later = await late(clock, listing, days=1)
    with pytest.raises(Conflict):
        await approve_corrigendum(corrigendum, shown, await actor("li.qiang", later), later)
    assert (await listing_by_id(listing.id))["closes_at"] == listing.closes_at


async def test_money_moves_with_the_budget_and_never_beyond_what_is_free(clock: Any) -> None:
    now = await clock.now()
    line = await a_budget_line(now, amount=Decimal("520000.00"))
    listing = await a_published_listing(now, line)
    await a_published_corrigendum(listing, now, subjects={"money": {"lots-1-budget": "510000", "ceiling": "505000"}})
    assert (await line_money(line))["reserved"] == Decimal("510000.00")
    await a_published_corrigendum(listing, now, subjects={"money": {"lots-1-budget": "500000", "ceiling": "500000"}})
    money = await line_money(line)
    assert money["reserved"] == Decimal("500000.00") and money["free"] == Decimal("20000.00")
    with pytest.raises(DomainError) as refused:
        await a_corrigendum(listing, now, subjects={"money": {"lots-1-budget": "530000", "ceiling": "500000"}})
    assert refused.value.clause == "R-GPS-05"


async def test_nothing_changed_or_earlier_dates_are_not_handed_over(clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    drafter = await actor("wang.min", now)
    corrigendum = await draft_corrigendum(listing.reference, "看看", False, drafter, now)
    with pytest.raises(DomainError):
        await submit_corrigendum(corrigendum, drafter, now)
    earlier = f"{(listing.closes_at - timedelta(days=1)).isoformat()}"
    await save_subject(corrigendum, "timetable", {"closes_at": earlier}, drafter, now)
    with pytest.raises(DomainError):
        await submit_corrigendum(corrigendum, drafter, now)
    with pytest.raises(Conflict):
        await draft_corrigendum(listing.reference, "第二份", False, drafter, now)
    await withdraw_corrigendum(corrigendum, drafter, now)
    assert await draft_corrigendum(listing.reference, "第二份", False, drafter, now)


async def test_returned_changed_and_published(clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    corrigendum = await a_corrigendum(listing, now)
    drafter, reviewer = await actor("wang.min", now), await actor("li.qiang", now)
    assert [i for i in await work.waiting_for(reviewer, now) if str(corrigendum) in i.url]
    await return_corrigendum(corrigendum, "次数再核对", reviewer, now)
    assert [i for i in await work.waiting_for(drafter, now) if str(corrigendum) in i.url]
    with pytest.raises(Conflict):
        await approve_corrigendum(corrigendum, listing.closes_at, reviewer, now)
    await save_subject(corrigendum, "requirement", {"requirement": NEW_REQUIREMENT + "\n七、回访。"}, drafter, now)
    await submit_corrigendum(corrigendum, drafter, now)
    assert await approve_corrigendum(corrigendum, listing.closes_at, reviewer, now) == 2
    with pytest.raises(Conflict):
        await approve_corrigendum(corrigendum, listing.closes_at, reviewer, now)


async def test_after_the_deadline_nothing_is_corrected(clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    corrigendum = await a_corrigendum(listing, now)
    await clock.set(listing.closes_at)
    at = await clock.now()
    with pytest.raises(Conflict):
        await approve_corrigendum(corrigendum, listing.closes_at, await actor("li.qiang", at), at)
    with pytest.raises(Conflict):
        await draft_corrigendum(listing.reference, "太晚", False, await actor("wang.min", at), at)


async def test_published_versions_cannot_be_changed_in_the_database(clock: Any) -> None:
    listing = await a_published_listing(await clock.now())
    for sql in (
        "UPDATE listing_version SET reason = 'x' WHERE listing = $1",
        "DELETE FROM listing_version_line WHERE version IN (SELECT id FROM listing_version WHERE listing = $1)",
    ):
        with pytest.raises(asyncpg.PostgresError):
            async with transaction():
                await execute(sql, listing.id)


async def test_those_who_follow_or_took_documents_get_a_mail_with_the_deadline_and_no_number(clock: Any) -> None:
    listing = await a_published_listing(await clock.now())
    now = await late(clock, listing)
    await follow_listing(listing.reference, (await a_provider(now)).actor, now)
    await a_published_corrigendum(listing, now)
    told = [json.loads(r["payload"]) for r in await fetch("SELECT payload FROM outbox_message WHERE kind = 'mail'")]
    (mail,) = [m for m in told if m["to"] == "hemei@provider.example"]
    assert "更正公告" in mail["subject"] and "/versions/2/changes" in mail["body"] and "确认" in mail["body"]
    hidden = await fetch("SELECT DISTINCT hidden_until FROM outbox_message WHERE kind = 'mail'")
    assert [r["hidden_until"] for r in hidden] == [(await listing_by_id(listing.id))["closes_at"]]


async def test_the_pages_from_reason_to_difference(client: httpx.AsyncClient, clock: Any) -> None:
    listing = await a_published_listing(await clock.now())
    await late(clock, listing)
    base = f"/listings/{listing.reference}/corrigenda"
    await sign_in(client, "wang.min")
    assert "起草更正公告" in words((await client.get(f"/listings/{listing.reference}")).text)
    assert (await send(client, f"{base}/new", {"reason": ""})).status_code == 422
    one = (await send(client, f"{base}/new", {"reason": "培训次数写错了"})).headers["location"]
    assert (await send(client, f"{base}/new", {"reason": "再来一份"})).status_code == 409
    for subject in ("requirement", "criteria", "milestones", "money", "period", "timetable"):
        assert (await client.get(f"{one}/{subject}")).status_code == 200, subject
        assert (await client.get(f"/en{one}/{subject}")).status_code == 200, subject
    assert (await client.get(f"{one}/nothing")).status_code == 404
    bad = await send(client, f"{one}/money", {"lots-1-budget": "很多", "ceiling": "1"})
    assert bad.status_code == 422 and 'value="很多"' in bad.text
    assert (await send(client, f"{one}/requirement", {"requirement": NEW_REQUIREMENT})).status_code == 303
    seen = words((await client.get(one)).text)
    assert "新截止时间" in seen and "按规则最早" in seen and "不能更正的" in seen
    assert (await send(client, f"{one}/submit")).status_code == 303
    assert (await send(client, f"{one}/approve", {"closes_at": "x"})).status_code == 404
    await sign_in(client, "li.qiang")
    page = (await client.get(one)).text
    shown = page.split('name="closes_at" value="')[1].split('"')[0].replace("&#43;", "+")
    published = await send(client, f"{one}/approve", {"closes_at": shown})
    assert published.status_code == 303 and published.headers["location"].endswith("/versions/2/changes")
    assert (await send(client, f"{one}/approve", {"closes_at": shown})).status_code == 409
    client.cookies.delete("sid")
    public = (await client.get(published.headers["location"])).text
    assert "UUID" not in public and "版本 0." in words(public)
    assert "<del>2</del>" in public and "<ins>4</ins>" in public
    front = words((await client.get(f"/listings/{listing.reference}")).text)
    assert "现在有效的是第 2 版" in front and "更正公告，第 2 版" in front
    old = words((await client.get(f"/listings/{listing.reference}/versions/1")).text)
    assert "这是旧版" in old and "每年至少组织 2 次" in old


async def test_strangers_do_not_see_a_corrigendum_in_preparation(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    corrigendum = await a_corrigendum(listing, now)
    await a_provider(now)
    path = f"/listings/{listing.reference}/corrigenda/{corrigendum}"
    for username, expected in (("hemei", 403), ("liu.fang", 403), ("ma.chao", 200), ("li.qiang", 200)):
        await sign_in(client, username)
        assert (await client.get(path)).status_code == expected, username
    client.cookies.delete("sid")
    assert "每年至少组织 4 次" not in (await client.get(f"/listings/{listing.reference}")).text


async def test_an_extension_moves_dates_only_and_needs_a_second_person(client: httpx.AsyncClient, clock: Any) -> None:
    listing = await a_published_listing(await clock.now())
    row = await listing_by_id(listing.id)
    path = f"/listings/{listing.reference}/extension"
    await sign_in(client, "wang.min")
    assert (await client.get(path)).status_code == 200
    early = {"reason": "提前", "closes_at": "2026-03-03T09:00"}
    assert (await send(client, path, early)).status_code == 422
    assert (await send(client, path, {"reason": "没有改", "closes_at": ""})).status_code == 422
    later = {"reason": "顺延获取期限", "closes_at": "2026-03-27T14:00", "documents_until": "2026-03-16T17:00"}
    one = (await send(client, path, later)).headers["location"]
    assert (await send(client, f"{one}/approve", {"closes_at": "2026-03-27T06:00:00+00:00"})).status_code == 403
    await sign_in(client, "li.qiang")
    done = await send(client, f"{one}/approve", {"closes_at": "2026-03-27T06:00:00+00:00"})
    assert done.status_code == 303
    after = await listing_by_id(listing.id)
    assert after["closes_at"] > row["closes_at"] and after["documents_until"] > row["documents_until"]
    assert after["requirement"] == row["requirement"]
    newest = (await versions_of(listing.id))[0]
    assert newest["kind"] == "extension" and not newest["affects_bids"]


async def test_r_pub_02_each_version_has_its_notice_of_correction(client: httpx.AsyncClient, clock: Any) -> None:
    listing = await a_published_listing(await clock.now())
    now = await late(clock, listing)
    await a_published_corrigendum(listing, now)
    base = f"/listings/{listing.reference}/notices"
    assert f'href="{base}/corrigendum-2"' in (await client.get(base)).text
    for language in ("", "/en"):
        answer = await client.get(f"{language}{base}/corrigendum-2")
        said = words(answer.text)
        assert answer.status_code == 200 and "每年至少组织 2 次" in said and "每年至少组织 4 次" in said
    assert (await client.get(f"{base}/corrigendum-3")).status_code == 404


async def test_the_database_lets_a_corrigendum_through_because_it_writes_its_version(clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    await a_published_corrigendum(listing, now)
    await execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert len(await versions_of(listing.id)) == 2
