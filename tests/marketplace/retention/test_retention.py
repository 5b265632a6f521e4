"""What no law keeps goes when its term is over, with a count in the audit; what a procurement file needs stays.

Terms: R-TIME-29, R-KEEP-01, R-KEEP-02, R-KEEP-03.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from contracts.cases.guarding import Guardian, name_guardian
from contracts.cases.services import end_case
from contracts.visits.drafts import save_draft
from marketplace.accounts.privacy.services import give_consent, withdraw_consent
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval
from marketplace.kernel.outbox import post_mail
from marketplace.kernel.rulebook import row
from marketplace.retention.kinds import BLANKED, DELETED, KINDS
from marketplace.retention.rules import cutoff, files_kept_until, kept_until
from marketplace.retention.services import forget
from tests.builders_cases import a_childs_case
from tests.builders_catalogue import a_published_listing
from tests.builders_contracts import APRIL, a_closed_month, a_contract_in_force, closing_time
from tests.builders_vendors import a_provider, a_sealed_bid
from tests.cast import actor, enter_cast
from tests.pages import sign_in, words

YEAR = timedelta(days=366)


async def count(table: str, where: str = "true", *values: Any) -> int:
    return int(await fetchval(f"SELECT count(*) FROM {table} WHERE {where}", *values))


def later(now: datetime, years: int) -> datetime:
    return now + years * YEAR


def test_procurement_files_are_kept_fifteen_years() -> None:
    """R-TIME-29."""
    assert files_kept_until(date(2026, 3, 2)) == date(2041, 3, 2)
    assert files_kept_until(date(2024, 2, 29)) == date(2039, 3, 1)


def test_a_term_is_counted_back_and_forth_by_days_months_and_years() -> None:
    """R-KEEP-01, R-KEEP-02, R-KEEP-03."""
    at, on = datetime(2026, 8, 31, 9, tzinfo=UTC), date(2026, 3, 2)
    assert cutoff(row("R-KEEP-01", on), at) == datetime(2026, 2, 28, 9, tzinfo=UTC)
    assert kept_until(row("R-KEEP-02", on), at) == datetime(2029, 8, 31, 9, tzinfo=UTC)
    assert kept_until(row("R-KEEP-03/invitation", on), at) == at + timedelta(days=90)


def test_every_kind_has_its_words_and_every_kind_that_goes_has_a_term() -> None:
    assert len({kind.key for kind in KINDS}) == len(KINDS) > 18
    for kind in KINDS:
        assert kind.label and kind.holds and kind.counted_from
        if kind.effect in (DELETED, BLANKED):
            assert row(kind.term, date(2026, 3, 2)).number > 0 and "NULL::" not in kind.begins
            assert (kind.effect == BLANKED) == bool(kind.blank)


async def test_traces_of_signing_in_go_and_the_audit_stays(db: Any, clock: Any) -> None:
    now = await clock.now()
    zhou = await actor("zhou.lan", now)
    await execute("INSERT INTO used_code (id, person, step) VALUES (gen_random_uuid(), $1, 5)", zhou.person_id)
    for age in ("5 minutes", "2 days"):
        await execute(
            "INSERT INTO sign_in_failure (name_hash, address_hash, failed_at)"
            f" VALUES ('a', 'b', clock_timestamp() - interval '{age}')"
        )
    entries = await count("audit_entry")
    await forget(now)
    assert await count("used_code") == 0 and await count("sign_in_failure") == 1
    told = await fetch("SELECT detail, act FROM audit_entry WHERE act LIKE 'data.%' ORDER BY sequence")
    assert await count("audit_entry") == entries + len(told) == entries + 2
    assert {"data.deleted"} == {each["act"] for each in told}


async def test_records_of_processing_go_after_three_years_and_not_a_day_before(db: Any, clock: Any) -> None:
    """R-KEEP-02: looks, consent that was withdrawn, requests that were answered."""
    now = await clock.now()
    luo, admin = await actor("luo.jie", now), await actor("admin", now)
    await execute(
        "INSERT INTO personal_data_look (id, of_person, what, reference, purpose, seen_by, seen_at)"
        " VALUES (gen_random_uuid(), $1, '收款账号', 'FP-1', '核对退票', $2, $3)",
        luo.person_id, admin.person_id, now,
    )  # fmt: skip
    await give_consent(luo, now)
    await withdraw_consent(luo, now)
    await give_consent(luo, now)
    await execute(
        "INSERT INTO correction_request (id, person, wanted, asked_at, answer, answered_by, answered_at, status) VALUES"
        " (gen_random_uuid(), $1, '名字错了', $2, '改了', $3, $2, 'corrected'),"
        " (gen_random_uuid(), $1, '还是错的', $2, '', NULL, NULL, 'waiting')",
        luo.person_id, now, admin.person_id,
    )  # fmt: skip
    kept_to = kept_until(row("R-KEEP-02", county_day(now)), now)
    await forget(kept_to - timedelta(days=1))
    assert (await count("personal_data_look"), await count("consent"), await count("correction_request")) == (1, 2, 2)
    await forget(kept_to + timedelta(days=1))
    # what stands, and what nobody answered, stays
    assert (await count("personal_data_look"), await count("consent"), await count("correction_request")) == (0, 1, 1)


async def test_a_mail_is_emptied_half_a_year_after_it_was_sent_and_is_never_sent_twice(db: Any, clock: Any) -> None:
    now = await clock.now()
    await post_mail("he@example.org", "结果通知", "贵单位已成交", now)
    await post_mail("li@example.org", "等着", "还没有送出", now)
    await execute(
        "UPDATE outbox_message SET delivered_at = clock_timestamp() - interval '7 months'"
        " WHERE payload->>'to' LIKE 'he%'"
    )
    keys = await count("outbox_message")
    await forget(now)
    assert await count("outbox_message") == keys
    assert await count("outbox_message", "payload::text LIKE '%成交%'") == 0
    assert await count("outbox_message", "payload->>'to' = 'li@example.org'") == 1


async def test_it_runs_once_a_day_and_says_how_many_of_what(db: Any, clock: Any) -> None:
    now = await clock.now()
    worker = await actor("luo.jie", now)
    await save_draft(uuid4(), {"note": "填了一半"}, worker, now)
    after = now + timedelta(days=61)
    await forget(after)
    assert await count("visit_draft") == 0
    entry = await fetchrow("SELECT * FROM audit_entry WHERE act = 'data.deleted'")
    assert entry is not None and entry["actor_id"] is None and entry["subject_id"] == "visit_drafts"
    assert '"rows": "1"' in str(entry["detail"]) and "R-KEEP-03/draft" in str(entry["detail"])
    await save_draft(uuid4(), {"note": "又一次"}, worker, now)
    await forget(after + timedelta(hours=2))
    assert await count("visit_draft") == 1
    await forget(after + timedelta(days=1))
    assert await count("visit_draft") == 0
    assert await count("retention_run", "kind = 'visit_drafts'") == 2


async def test_a_registration_that_came_to_nothing_is_emptied_and_one_that_bid_is_not(db: Any, clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    bidder, idle = await a_provider(now), await a_provider(now, "沱江社会工作服务中心", username="tuojiang")
    await a_sealed_bid(listing.lots[0]["id"], bidder, now)
    await execute("UPDATE provider SET file_status = 'returned', address = '赵镇金广路 1 号'")
    await forget(now + YEAR)
    assert await count("provider", "address <> ''") == 2
    await forget(later(now, 2) + timedelta(days=1))
    left = await fetchrow("SELECT * FROM provider WHERE id = $1", idle.id)
    assert left is not None and (left["address"], left["contact"], left["legal_representative"]) == ("", "", "")
    assert left["credit_code"] and await count("provider", "address <> '' AND id = $1", bidder.id) == 1


async def test_a_worker_who_left_is_forgotten_but_for_what_the_contract_file_needs(db: Any, clock: Any) -> None:
    world = await a_contract_in_force()
    await a_closed_month(world)
    now = closing_time(world, APRIL)
    file = await fetchval("SELECT w.file FROM worker w WHERE w.file IS NOT NULL LIMIT 1")
    await execute("UPDATE worker_file SET degree = 'master', degree_study = '社会工作'")
    before = {table: await count(table) for table in ("visit", "month_line", "worker", "audit_entry", "contract")}
    await forget(later(now, 4))
    assert await count("worker_file", "degree = 'master'") == await count("worker_file")  # still employed
    await execute("UPDATE worker SET employed_to = $2 WHERE file = $1", file, county_day(now))
    await forget(later(now, 4) + timedelta(days=1))
    assert await count("worker_file", "id = $1 AND degree = 'none' AND degree_study = ''", file) == 1
    for table in ("visit", "month_line", "worker", "contract"):
        assert await count(table) == before[table], table
    names = await fetch("SELECT name FROM worker")
    assert all(each["name"] for each in names)


async def test_a_closed_account_loses_its_address_a_year_after_its_last_act(db: Any, clock: Any) -> None:
    now = await clock.now()
    await enter_cast(now)
    hu = await actor("hu.yan", now)
    await execute("UPDATE person SET is_active = false, email = 'hu@example.org' WHERE id = $1", hu.person_id)
    await forget(now + timedelta(days=300))
    assert await count("person", "email = 'hu@example.org'") == 1
    await forget(later(now, 2))
    person = await fetchrow("SELECT name, email, username FROM person WHERE id = $1", hu.person_id)
    assert person is not None and person["email"] == "" and person["name"] and person["username"] == "hu.yan"


async def test_what_something_still_needs_stays_and_the_other_kinds_go_on(db: Any, clock: Any) -> None:
    now = await clock.now()
    worker = await actor("luo.jie", now)
    draft = uuid4()
    await save_draft(draft, {"note": "x"}, worker, now)
    await execute("CREATE TABLE needs_draft (draft uuid REFERENCES visit_draft (id) ON DELETE RESTRICT)")
    await execute("INSERT INTO needs_draft VALUES ($1)", draft)
    await forget(later(now, 1))
    assert await count("visit_draft") == 1
    failed = await fetchrow("SELECT rows, failure FROM retention_run WHERE kind = 'visit_drafts'")
    assert failed is not None and failed["rows"] == 0 and "Violation" in failed["failure"]
    assert await count("retention_run", "failure = ''") == len([k for k in KINDS if k.effect in (DELETED, BLANKED)]) - 1


async def test_the_administrator_sees_terms_and_last_runs(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    await save_draft(uuid4(), {"note": "x"}, await actor("luo.jie", now), now)
    await sign_in(client, "admin")
    assert "还没有做过" in words((await client.get("/retention")).text)
    await clock.set(now + timedelta(days=70))
    await forget(now + timedelta(days=70))
    await sign_in(client, "admin")
    page = await client.get("/retention")
    text = words(page.text)
    for said in ("没有提交的服务记录", "60 个自然日", "不少于 15 年", "R-KEEP-03"):
        assert said in text, said
    assert "最近几天" in text and "还没有做过" not in text
    english = words((await client.get("/en/retention")).text)
    assert "Visits that were begun and not logged" in english and "60" in english
    await sign_in(client, "wang.min")
    assert (await client.get("/retention")).status_code == 403


async def test_a_person_sees_until_when_each_kind_is_kept(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    luo = await actor("luo.jie", now)
    await save_draft(uuid4(), {"note": "x"}, luo, now)
    await give_consent(luo, now)
    await sign_in(client, "luo.jie")
    text = words((await client.get("/my-data")).text)
    until = county_day(now) + timedelta(days=60)
    assert "我的数据保存到什么时候" in text and "没有提交的服务记录" in text
    assert f"{until.year}年{until.month}月{until.day}日" in text
    assert "同意的记录" in text and "还没有开始算" in text and "镇（街道）失信名单" not in text
    assert "Until when my data are kept" in words((await client.get("/en/my-data")).text)
    await sign_in(client, "wang.min")
    assert "没有提交的服务记录" not in words((await client.get("/my-data")).text)


@pytest.mark.parametrize("status", ["dropped", "listed"])
async def test_an_entry_of_a_towns_list_is_emptied_a_year_after_it_ended(db: Any, clock: Any, status: str) -> None:
    now = await clock.now()
    town, person = await actor("hu.yan", now), await actor("liu.fang", now)
    entry: UUID = await fetchval(
        "INSERT INTO town_list_entry (id, reference, town, kind, subject, conduct, legal_basis, facts, evidence,"
        " status, hear_until, hearing, ends_on, proposed_by, proposed_at, decided_by, decided_at, is_adult) VALUES"
        " (gen_random_uuid(), 'SX-1', $1, 'recipient', 'JT-R-0001', 'income', '依据', '事实', '证据', $2, $3, 'waived',"
        " $3, $4, $5, $6, $5, true) RETURNING id",
        town.organisation_id, status, county_day(now), town.person_id, now, person.person_id,
    )  # fmt: skip
    await forget(now + timedelta(days=300))
    assert await fetchval("SELECT subject FROM town_list_entry WHERE id = $1", entry) == "JT-R-0001"
    await forget(later(now, 2))
    gone = await fetchrow("SELECT subject, facts, evidence, reference FROM town_list_entry WHERE id = $1", entry)
    assert gone is not None and (gone["subject"], gone["facts"], gone["evidence"]) == ("", "", "") and gone["reference"]


async def test_who_a_resident_is_goes_years_after_the_last_case_and_visit_and_the_code_stays(db: Any) -> None:
    now = datetime(2026, 4, 7, 2, tzinfo=UTC)
    officer = await actor("he.xin", now)
    case = await a_childs_case(now)
    await name_guardian(case, Guardian("relative", "祖母", "陈奶奶"), officer, now)
    await forget(later(now, 5))
    assert await count("resident", "name <> ''") == 1  # the case goes on
    await end_case(case, county_day(now), "申请人撤回", officer, now)
    await forget(later(now, 2))
    assert await count("resident", "name <> ''") == 1
    await forget(later(now, 4))
    assert await count("resident", "name <> '' OR identity_hash IS NOT NULL") == 0
    assert await count("case_guardian", "name <> ''") == 0 and await count("resident", "code <> ''") == 1
