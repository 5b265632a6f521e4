"""The demo county of `make run`: every room has something in it, entered by the real services in the order of time."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from stdnum.cn import ric

from catalogue import work as catalogue_work
from catalogue.listings.queries import listing_page
from catalogue.listings.rules import Status, shown_status
from catalogue.notices.sources import listing_facts
from catalogue.plans.sheets import CODE_FIELDS
from contracts import work as contracts_work
from evaluations import work as evaluations_work
from evaluations.effects.queries import past_lots
from evaluations.effects.rules import Candidate, Order, added_up, try_rule
from marketplace.accounts.sessions import actor_of
from marketplace.demo.cast import CAST
from marketplace.demo.county.chronicle import PEOPLE, STEPS
from marketplace.demo.county.people import PROVIDERS, ROSTERS
from marketplace.demo.fill_command import fill, main
from marketplace.kernel.clock import CountyClock
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.settings import Settings
from tests.marketplace.demo.few_questions import pages_ask_seldom
from tests.marketplace.demo.whole_year import a_whole_year_is_told, every_yuan_opens
from vendors import work as vendors_work
from vendors.standing.rules import method_on

# roles for which nothing can wait: they read, or set up
NOTHING_WAITS_FOR = {
    "ma.chao", "admin", "wei.xin", "fan.li", "jia.wen",
}


async def test_the_county_is_filled_once_and_every_room_has_something_in_it(
    client: httpx.AsyncClient, settings: Settings, tmp_path: Path
) -> None:
    own = replace(settings, demo_identities_folder=tmp_path)
    assert await fill(own) == len(STEPS)
    assert await fill(own) == 0
    await every_state_is_there()
    await money_and_work_are_there()
    await a_whole_year_is_told()
    await every_yuan_opens(client)
    await pages_ask_seldom(client)
    await work_waits()
    await records_decide()
    await nothing_personal_is_in_clear()


async def every_state_is_there() -> None:
    now = await CountyClock().now()
    rows = await fetch("SELECT status, closes_at FROM listing")
    assert {shown_status(row["status"], row["closes_at"], now) for row in rows} == set(Status)
    again = await fetchval("SELECT l.status FROM relisting r JOIN listing l ON l.id = r.later")
    assert again == "awarded"


async def money_and_work_are_there() -> None:
    for table, least in {
        "intention": 2, "planned_purchase": 3, "budget_line": 10, "listing_follower": 3, "document_taking": 3,
        "listing_version": 15, "visit": 50, "month_close": 26, "acceptance": 14, "subsidy_run": 2, "contract": 5,
        "credit_case": 1, "credit_list": 1, "related_party": 1, "worker_exam": 1, "town_list_entry": 1,
        "case_referral": 2, "household_check": 2, "lead": 3, "sweep": 1, "job_event": 1, "job_list": 1,
        "visit_record": 80, "visit_callback": 2, "visit_device": 1, "side_work": 5, "worker_leave": 1,
        "casework_entry": 4, "group_sign_in": 3, "safeguarding_report": 1, "contract_import": 1,
    }.items():  # fmt: skip
        assert await fetchval(f"SELECT count(*) FROM {table}") >= least, table
    assert await fetchval("SELECT count(*) FROM question WHERE answered_at IS NULL") == 1
    assert await fetchval("SELECT count(*) FROM question WHERE answered_at IS NOT NULL") == 1
    assert {r["status"] for r in await fetch("SELECT status FROM contract")} == {"in_force", "completed"}
    assert {r["status"] for r in await fetch("SELECT status FROM subsidy_run")} == {"paid", "public"}
    # one line paid, one objected to, one of which a part came back
    lines = await fetch(
        "SELECT r.status, y.status AS paid, b.status AS objected, v.status AS returned FROM subsidy_line l"
        " JOIN subsidy_run r ON r.id = l.run LEFT JOIN subsidy_objection b ON b.line = l.id"
        " LEFT JOIN subsidy_payment y ON y.run = l.run AND y.worker_key = l.worker_key"
        " LEFT JOIN subsidy_recovery v ON v.line = l.id WHERE l.amount > 0"
    )
    told = [tuple(line) for line in lines]
    assert ("paid", "paid", None, None) in told and told.count(("paid", "paid", None, "returned")) == 1
    assert told.count(("public", None, "open", None)) == 1
    assert await fetchval(
        "SELECT s.status FROM service_order s JOIN visit v ON v.service_order = s.id"
        " AND v.recipient_code = s.recipient_code"
    ) == "closed"  # an order's own visit, from the asking to the outcome
    doubles = await fetch("SELECT status, minutes FROM double_finding WHERE kind = 'same_minute' ORDER BY day")
    assert [tuple(each) for each in doubles] == [("open", 60), ("single", 60)]
    assert {r["status"] for r in await fetch("SELECT status FROM evaluation")} == {"frozen", "planned"}
    # a draft that its provider's answer overturned, and a provider that recovered after its improvement plan
    judged = await fetch("SELECT draft_score, score, grade, is_disputed FROM evaluation WHERE frozen_at IS NOT NULL"
                         " ORDER BY frozen_at")  # fmt: skip
    assert [(r["grade"], r["is_disputed"]) for r in judged] == [("fair", False), ("excellent", True)]
    assert judged[1]["draft_score"] < 90 <= judged[1]["score"]
    assert [r["status"] for r in await fetch("SELECT status FROM improvement_plan")] == ["kept"]
    assert await fetchval("SELECT count(*) FROM payment WHERE status = 'paid'") == 17
    # the identity of every line's money (appropriated = free + reserved + committed + paid)
    wrong = "SELECT count(*) FROM ledger_line WHERE appropriated <> free + reserved + committed + paid"
    assert await fetchval(wrong) == 0
    for code, _, _ in CODE_FIELDS:  # what finance asks to see on every paper
        assert await fetchval(f"SELECT count(*) FROM budget_line WHERE {code} = ''") == 0, code
    listing = await listing_page(await fetchval("SELECT reference FROM listing WHERE status = 'awarded' LIMIT 1"))
    facts = await listing_facts(listing, "https://county.example")
    assert all(vars(facts.finance).values())


async def records_decide() -> None:
    """Three years of records: the better one won although it asked more, and the trial says what else would have."""
    lots = await past_lots(date(2024, 1, 1), date(2026, 3, 18), method_on(date(2026, 3, 18)))
    by_price = added_up(try_rule(Candidate(order=Order.PRICE), lots))
    assert (by_price.looked_at, by_price.changed, by_price.difference) == (3, 1, Decimal(-2000))
    assert added_up(try_rule(Candidate(order=Order.NEWEST), lots)).changed == 0
    assert added_up(try_rule(Candidate(order=Order.WEIGHTED), lots)).changed > 0
    years = {row["day"].year for row in await fetch("SELECT DISTINCT day FROM standing_figure")}
    assert years >= {2023, 2024, 2025}


async def nothing_personal_is_in_clear() -> None:
    """What a dump would hold: no bank account, no telephone number, no resident ID.

    The number of an office is no secret: the law prints it in each of its notices (R-DOC-01).
    """
    of_offices = {row["phone"] for row in await fetch("SELECT phone FROM office_contact")}
    assert await fetchval("SELECT count(*) FROM invoice") >= 14
    assert await fetchval("SELECT count(*) FROM provider WHERE contact <> ''") >= 4
    tables = await fetch("SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'")
    found = []
    for table in tables:
        for row in await fetch(f"SELECT t::text AS kept FROM {table['name']} t"):
            found += [(table["name"], hit) for hit in personal_numbers(with_bytes_read(row["kept"]))
                          if hit not in of_offices]
    assert found == []


def personal_numbers(text: str) -> list[str]:
    """Bank accounts, telephone numbers and resident IDs in a text."""
    # Chinese stands right beside a number; what belongs to a longer number or name is letters, digits and signs
    before, after = r"(?<![A-Za-z0-9_.-])", r"(?![A-Za-z0-9_.-])"
    numbers = rf"{before}(?:62\d{{14,18}}|1[3-9]\d{{9}}|0\d{{2,3}}-\d{{4}}-?\d{{4}}){after}"
    ids = re.findall(rf"{before}[1-9]\d{{16}}[\dX]{after}", text)
    return re.findall(numbers, text) + [number for number in ids if ric.is_valid(number)]


def with_bytes_read(row: str) -> str:
    """A row as text, with what lies in its bytes read as text too."""
    return re.sub(r"\\x([0-9a-f]{8,})", lambda found: bytes.fromhex(found[1]).decode("utf-8", "replace"), row)


def test_the_search_for_personal_numbers_finds_them() -> None:
    text = '(x,"钟诚 028-8490-2000","13880001234",62284800001234567890,11010519491231002X,24512000000012345678)'
    assert personal_numbers(text) == ["028-8490-2000", "13880001234", "62284800001234567890", "11010519491231002X"]
    words = "电话13880001234，账号6228480012345678901元，座机028-84990001转2"
    assert personal_numbers(words) == ["13880001234", "6228480012345678901", "028-84990001"]
    kept = "(1,\\\\x" + "联系人 13880001234".encode().hex() + ")"
    assert personal_numbers(with_bytes_read(kept)) == ["13880001234"]


async def work_waits() -> None:
    now = await CountyClock().now()
    workers = [worker[1] for _, roster in ROSTERS for worker in roster]
    for username in [*(m.username for m in CAST), *(p[5] for p in PROVIDERS), *workers]:
        actor = await actor_of(await fetchval("SELECT id FROM person WHERE username = $1", username))
        assert actor is not None
        rooms = (catalogue_work, vendors_work, contracts_work, evaluations_work)
        waiting = [item for room in rooms for item in await room.waiting_for(actor, now)]
        assert bool(waiting) is (username not in NOTHING_WAITS_FOR), username
        # service orders that a provider left without an answer belong to the county's picture
        late = [item for item in waiting if item.due and item.due < now.date() and item.clause != "R-ORDER-01"]
        assert not late, (username, late)


def test_the_steps_stand_in_the_order_of_time_and_have_names_of_their_own() -> None:
    assert all(earlier.at <= later.at for earlier, later in pairwise(STEPS))
    assert len({step.name for step in STEPS}) == len(STEPS)
    assert STEPS[: len(PEOPLE)] == PEOPLE


def test_the_command_takes_one_word_at_most(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--everything"]) == 2
    assert "--people-only" in capsys.readouterr().err
