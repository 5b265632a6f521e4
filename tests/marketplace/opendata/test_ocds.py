"""The public record: held against the official schemas, merged as its readers merge it, and searched for secrets."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import ocdsmerge
import pytest

from catalogue.listings.methods import all_methods, method_row, newest_row, row_of
from catalogue.listings.rules import Method
from contracts.amendments.rules import Ground
from contracts.amendments.services import (
    Supplement,
    Termination,
    propose_supplement,
    propose_termination,
    sign_amendment,
)
from marketplace.kernel import db
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.rulebook import install_county_rows, row
from marketplace.kernel.settings import Settings
from marketplace.opendata.ocds import queries
from marketplace.opendata.ocds.bids import bid_details, bid_statistics
from marketplace.opendata.ocds.disclosure import OPENING_RECORD, REJECTIONS, decided_on
from marketplace.opendata.ocds.export_command import export
from marketplace.opendata.ocds.facts import Process, processes
from marketplace.opendata.ocds.packages import COLUMNS, compiled
from marketplace.opendata.ocds.publishing import publisher_of, release_changes
from marketplace.opendata.ocds.rules import decoded, digests, tags
from marketplace.opendata.ocds.shape import PLATFORM_DAYS, sections
from tests.builders_catalogue import a_published_listing
from tests.builders_contracts import DRAWN_UP, a_contract, a_contract_in_force, a_paid_milestone, papered
from tests.builders_corrigenda import a_published_corrigendum
from tests.builders_disputes import an_announced_award
from tests.builders_vendors import a_provider, a_sealed_bid
from tests.cast import actor
from tests.ocds import mistakes_in_package, needs_schemas, schemas, unknown_fields

PUBLISHER = publisher_of(Settings.from_environment({}))


async def released() -> list[dict[str, Any]]:
    """Everything released so far, after a look at what has changed."""
    await release_changes(PUBLISHER)
    return [decoded(row["body"]) for row in await queries.releases_after(0, 1000)]


async def test_each_event_adds_a_release_that_says_what_happened(clock):
    now = await clock.now()
    listing = await a_published_listing(now)
    first = await released()
    assert [each["tag"] for each in first] == [["planning", "tender"]]
    assert first[0]["ocid"] == f"ocds-unregistered-{listing.reference}"
    assert await released() == first, "nothing has changed, so nothing is released"
    await a_published_corrigendum(listing, now + timedelta(hours=1))
    assert (await released())[1]["tag"] == ["tenderAmendment"]


# milestoneType.csv of the standard: an own word would be one that no reader knows
MILESTONE_TYPES = {"preProcurement", "approval", "engagement", "assessment", "delivery", "reporting", "financing"}


async def test_a_contract_is_followed_to_its_payments(clock):
    world = await a_contract()
    assert "contracts" not in (await released())[-1], "a contract that is not published is not in the record"
    world = await a_contract_in_force(provider=world.provider)
    listing = world.facts["listing_reference"]
    await released()
    paid = await a_paid_milestone(world)
    mine = [each for each in await released() if each["ocid"].endswith(listing)]
    assert mine[-1]["tag"] == ["implementationUpdate"]
    [contract] = mine[-1]["contracts"]
    [payment] = contract["implementation"]["transactions"]
    assert payment["id"] == paid["reference"] and payment["value"] == {"amount": paid["amount"], "currency": "CNY"}
    assert payment["payee"]["id"] == "CN-USCC-52510121MJX0000016"
    paid_so_far = sum(each["value"]["amount"] for each in contract["implementation"]["transactions"])
    assert paid_so_far <= contract["value"]["amount"]
    states = [each["status"] for each in contract["implementation"]["milestones"]]
    assert states == ["met"] + ["scheduled"] * 11
    assert {each["type"] for each in contract["implementation"]["milestones"]} <= MILESTONE_TYPES
    assert {kind for _, kind in PLATFORM_DAYS.values()} <= MILESTONE_TYPES


@needs_schemas
async def test_packages_hold_against_the_official_schema_with_no_unknown_field(client, clock):
    listing = await a_published_listing(await clock.now())
    await a_published_corrigendum(listing, await clock.now())
    world = await a_contract_in_force()
    await a_paid_milestone(world)
    await released()
    package = json.loads((await client.get("/data/ocds/releases")).text)
    assert len(package["releases"]) == 2
    assert mistakes_in_package(package) == [] and unknown_fields(package) == set()
    of_year = json.loads((await client.get("/data/ocds/packages/2026-releases.json")).text)
    assert mistakes_in_package(of_year) == [] and unknown_fields(of_year) == set()
    bad = {**package, "releases": [{**package["releases"][0], "date": "2026-03-02", "tag": ["news"], "extra": 1}]}
    assert len(mistakes_in_package(bad)) == 2 and unknown_fields(bad) == {"/extra"}


@needs_schemas
async def test_the_state_of_a_record_is_what_its_releases_merge_to(clock):
    now = await clock.now()
    listing = await a_published_listing(now)
    await released()
    await a_published_corrigendum(listing, now + timedelta(hours=1))
    releases = [json.loads(json.dumps(each, default=float)) for each in await released()]
    assert len(releases) == 2
    merged = ocdsmerge.Merger(schemas()[0]).create_compiled_release(releases)
    state = {k: v for k, v in compiled(releases[-1]).items() if k not in ("id", "initiationType")}
    assert {k: v for k, v in merged.items() if k not in ("id", "initiationType")} == state


async def test_a_bad_cursor_is_refused_in_words(client):
    for asked in ("after=x", "after=-1", "after=1.5", "size=99999", "after=²"):
        answer = await client.get(f"/data/ocds/releases?{asked}")
        assert answer.status_code == 422 and "links.next" in answer.text, asked
    assert (await client.get("/data/ocds/records/ocds-none")).status_code == 404
    for name in ("2026.csv", "2026-secrets.csv", "x.jsonl", "2026-awards.jsonl", "20266.jsonl", "2026.json"):
        assert (await client.get(f"/data/ocds/files/{name}")).status_code == 404, name
    for name in ("2026.json", "2026-bids.json", "x-releases.json", "2026-releases.jsonl"):
        assert (await client.get(f"/data/ocds/packages/{name}")).status_code == 404, name


async def test_sealed_bids_leave_no_trace_before_the_award(clock):
    now = await clock.now()
    listing = await a_published_listing(now)
    before = await released()
    provider = await a_provider(now)
    await a_sealed_bid(listing.lots[0]["id"], provider, now)
    after = await released()
    assert after == before and "bids" not in after[0]


async def test_no_resident_worker_or_visit_is_in_the_record(client):
    world = await a_contract_in_force()
    await a_paid_milestone(world)
    await released()
    texts = [(await client.get(f"/data/ocds/{path}")).text for path in (
        "releases", "files/2026.jsonl", *[f"files/2026-{name}.csv" for name in COLUMNS],
    )]  # fmt: skip
    visits = await db.fetch("SELECT recipient_code, village, note FROM visit")
    workers = await db.fetch("SELECT name, certificate_number FROM worker")
    people = await db.fetch("SELECT name, email FROM person WHERE name <> ''")
    assert visits and workers
    secrets = {value for row in [*visits, *workers, *people] for value in row.values() if value}
    for text in texts:
        assert world.reference in text or "ocid" in text
        assert [each for each in secrets if each in text] == []


async def test_files_of_a_year_say_the_same_as_the_feed(client):
    world = await a_contract_in_force()
    paid = await a_paid_milestone(world)
    feed = await released()
    lines = (await client.get("/data/ocds/files/2026.jsonl")).text.splitlines()
    assert [decoded(line) for line in lines] == feed
    answer = await client.get("/data/ocds/files/2026-transactions.csv")
    [row] = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert row["id"] == paid["reference"] and Decimal(row["value"]) == paid["amount"]
    assert (await client.get("/data/ocds/files/2025.jsonl")).text == ""
    whole = (await client.get("/data/ocds/packages/2026-releases.json")).text
    assert decoded(whole)["releases"] == feed
    records = decoded((await client.get("/data/ocds/packages/2026-records.json")).text)["records"]
    one_a_line = (await client.get("/data/ocds/files/2026-records.jsonl")).text.splitlines()
    assert [decoded(line) for line in one_a_line] == records and len(records) == len({each["ocid"] for each in feed})
    assert [each for record in records for each in record["releases"]] == feed
    assert all(record["compiledRelease"] == compiled(record["releases"][-1]) for record in records)
    assert decoded((await client.get("/data/ocds/packages/2025-releases.json")).text)["releases"] == []


async def test_a_cell_that_looks_like_a_formula_is_text(client, clock):
    await a_published_listing(await clock.now(), title="=HYPERLINK(1)")
    await released()
    text = (await client.get("/data/ocds/files/2026-processes.csv")).content.decode("utf-8-sig")
    [row] = csv.DictReader(io.StringIO(text))
    assert row["title"].startswith("'=")


async def test_a_release_is_never_changed(clock):
    await a_contract_in_force()
    await released()
    for act in ("UPDATE ocds_release SET body = '{}'", "DELETE FROM ocds_release"):
        with pytest.raises(Exception, match="never changed"):
            async with db.transaction():
                await db.execute(act)


def test_every_method_has_its_word_in_the_standard():
    assert {each.access for each in all_methods()} <= {"open", "selective", "limited", "direct"}
    assert newest_row(Method.SINGLE_SOURCE).access == "direct" and newest_row(Method.OPEN_TENDER).access == "open"


def test_the_first_look_at_an_old_process_tells_all_of_it():
    listing = {
        "reference": "JT-2026-0001", "status": "awarded", "method": "consultation", "venue": "here", "title": "走访",
        "title_en": "", "requirement": "走访", "qualification": "", "budget": Decimal("505000.00"), "bids": 3,
        "tenderers": 2,
        "price_weight": Decimal("20.00"), "published_at": DRAWN_UP, "closes_at": DRAWN_UP, "questions_until": None,
        "service_from": date(2026, 4, 1), "service_to": date(2027, 3, 31), "purchasing_body": "a", "body_name": "县",
        "body_name_en": "", "procuring_unit": "b", "unit_name": "镇", "unit_name_en": "", "budget_line": "YS-1",
    }  # fmt: skip
    award = {
        "reference": "ZB-1", "status": "announced", "amount": Decimal("498000.10"), "basis": "得分最高", "basis_en": "",
        "announced_at": at_county_time(date(2026, 3, 25), 9), "lot_number": 1, "lot_title": "走访", "credit_code": "X",
        "provider_name": "中心", "provider_name_en": "",
    }  # fmt: skip
    told = sections(Process(listing, awards=[award]), PUBLISHER)
    assert tags(told, digests(told), None) == ["planning", "tender", "award"]
    assert told["awards"][0]["value"]["amount"] == Decimal("498000.1")
    assert told["bids"]["statistics"][0]["value"] == 3 and told["tender"]["numberOfTenderers"] == 2


OPENED_AT = at_county_time(date(2026, 3, 20), 9)
CHANGED_AT = at_county_time(date(2026, 6, 1), 10)


def a_step(**parts: Any) -> dict[str, Any]:
    return {"tender": {"id": "JT-1", "status": "active"}, **parts}


SIGNED = {"id": "HT-1", "status": "active", "value": {"amount": 100}}
CHANGED = [{"id": "BG-1", "date": "2026-06-01T10:00:00+08:00"}]
PAID = {"transactions": [{"id": "FK-1"}]}


@pytest.mark.parametrize(("before", "after", "told"), [
    ({}, {"tender": {"id": "JT-1", "status": "active", "amendments": CHANGED}}, ["tenderAmendment"]),
    ({}, {"tender": {"id": "JT-1", "status": "active", "title": "走访"}}, ["tenderUpdate"]),
    ({}, {"tender": {"id": "JT-1", "status": "cancelled"}}, ["tenderCancellation"]),
    ({}, {"tender": {"id": "JT-1", "status": "unsuccessful"}}, ["tenderUpdate"]),
    ({"tender": {"id": "JT-1", "status": "cancelled"}},
     {"tender": {"id": "JT-1", "status": "cancelled", "documents": [{"id": "1"}]}}, ["tenderUpdate"]),
    ({}, {"awards": [{"id": "ZB-1", "status": "active"}]}, ["award"]),
    ({"awards": [{"id": "ZB-1", "status": "active"}]},
     {"awards": [{"id": "ZB-1", "status": "cancelled"}, {"id": "ZB-2", "status": "active"}]},
     ["award", "awardCancellation"]),
    ({"awards": [{"id": "ZB-1", "status": "active"}]},
     {"awards": [{"id": "ZB-1", "status": "active", "title": "一包"}]}, ["awardUpdate"]),
    ({}, {"contracts": [SIGNED]}, ["contract"]),
    ({"contracts": [SIGNED]}, {"contracts": [SIGNED, {**SIGNED, "id": "HT-2"}]}, ["contract"]),
    ({"contracts": [SIGNED]}, {"contracts": [{**SIGNED, "value": {"amount": 110}, "amendments": CHANGED}]},
     ["contractAmendment"]),
    ({"contracts": [SIGNED]}, {"contracts": [{**SIGNED, "status": "terminated", "amendments": CHANGED}]},
     ["contractAmendment", "contractTermination"]),
    ({"contracts": [SIGNED]}, {"contracts": [{**SIGNED, "status": "terminated"}]}, ["contractTermination"]),
    ({"contracts": [SIGNED]}, {"contracts": [{**SIGNED, "title": "走访"}]}, ["contractUpdate"]),
    ({"contracts": [{**SIGNED, "status": "terminated", "amendments": CHANGED}]},
     {"contracts": [{**SIGNED, "status": "terminated", "amendments": CHANGED, "implementation": PAID}]},
     ["implementation"]),
    ({"contracts": [{**SIGNED, "implementation": PAID}]},
     {"contracts": [{**SIGNED, "implementation": {"transactions": [{"id": "FK-1"}, {"id": "FK-2"}]}}]},
     ["implementationUpdate"]),
])  # fmt: skip
def test_each_event_has_the_tag_of_the_standard(before, after, told):
    earlier, later = a_step(**before), a_step(**after)
    assert tags(later, digests(later), digests(earlier), earlier) == told


@needs_schemas
async def test_a_change_of_a_contract_and_its_end_are_told_with_value_ground_and_tag(client, clock):
    world = await a_contract_in_force(budget=Decimal("560000.00"), amount=Decimal("498000.00"))
    await released()
    second = await actor("chen.jing", CHANGED_AT)
    more = Supplement(Decimal("0.05"), date(2027, 4, 10), "新增两个村，按户数算多百分之五。", "会议纪要〔2026〕8号")
    reference = await papered(await propose_supplement(world.reference, more, world.signer, CHANGED_AT))
    assert len(await released()) == 1, "what is proposed only is no change yet"
    for who in (world.director, second):
        await sign_amendment(reference, who.name, who, CHANGED_AT)
    amended = (await released())[-1]
    assert amended["tag"] == ["contractAmendment", "implementationUpdate"]
    [contract] = amended["contracts"]
    assert contract["value"]["amount"] == Decimal("522900") and contract["status"] == "active"
    [change] = contract["amendments"]
    wanted = ("id", "dateSigned", "period/startDate", "period/endDate", "value/currency", "items/0/id", "status")
    assert [path for path in wanted if not at(contract, path)] == []
    assert (change["id"], change["description"], change["rationale"]) == (reference, "补充合同", "需要追加相同的服务")
    assert "新增两个村" not in json.dumps(amended, ensure_ascii=False, default=str), "the parties' own words"
    end = Termination(Ground.AGREEMENT, "乡镇合并，双方同意提前结束。", "", Decimal("30000.00"))
    reference = await papered(await propose_termination(world.reference, end, world.signer, CHANGED_AT))
    for who in (world.director, second):
        await sign_amendment(reference, who.name, who, CHANGED_AT)
    over = (await released())[-1]
    assert over["tag"] == ["contractAmendment", "contractTermination", "implementationUpdate"]
    [contract] = over["contracts"]
    assert contract["status"] == "terminated" and contract["value"]["amount"] == 30000
    assert contract["period"]["endDate"] == "2026-06-01T23:59:59+08:00"
    assert [each["description"] for each in contract["amendments"]] == ["补充合同", "终止合同"]
    assert {each["status"] for each in contract["implementation"]["milestones"]} == {"notMet", "scheduled"}
    package = json.loads((await client.get("/data/ocds/releases")).text)
    assert len(package["releases"]) == 3
    assert mistakes_in_package(package) == [] and unknown_fields(package) == set()


def an_award(**other: Any) -> dict[str, Any]:
    return {
        "reference": "ZB-1", "status": "announced", "amount": Decimal("98.50"), "basis": "得分最高", "basis_en": "",
        "announced_at": at_county_time(date(2026, 3, 25), 9), "lot_number": 1, "lot_title": "走访", "credit_code": "A",
        "provider_name": "甲", "provider_name_en": "", **other,
    }  # fmt: skip


def a_bid(code: str, price: str, **other: Any) -> dict[str, Any]:
    return {
        "lot_number": 1, "price": Decimal(price), "sealed_at": OPENED_AT, "credit_code": code, "provider_name": code,
        "provider_name_en": "", "is_rejected": False, **other,
    }  # fmt: skip


def told_of_bids(method: Method, opening_record: int = 0, rejections: int = 0) -> dict[str, Any]:
    """The bids of a process under a method, by what the county decided."""
    process = Process(
        {"method": method, "venue": "here", "bids": 3, "rules_on": date(2026, 3, 2), "published_at": DRAWN_UP},
        awards=[an_award()], bids=[a_bid("B", "90"), a_bid("A", "98.5"), a_bid("C", "80", is_rejected=True)],
    )  # fmt: skip
    decided = [
        replace(row(key, DRAWN_UP.date()), value=Decimal(value), document="金财购〔2026〕9号")
        for key, value in ((OPENING_RECORD, opening_record), (REJECTIONS, rejections))
    ]
    try:
        install_county_rows(decided)
        statistics = {each["measure"]: each["value"] for each in bid_statistics(process)}
        details = bid_details(process, lambda found, _: {"id": found["credit_code"], "name": "-"})
        return {"details": [(d["tenderers"][0]["id"], d.get("status"), d.get("value"), d.get("date")) for d in details],
                **statistics}  # fmt: skip
    finally:
        install_county_rows(())


def test_R_PUBL_01_of_bids_the_winner_alone_is_told_unless_the_county_decides_otherwise():
    told = told_of_bids(Method.OPEN_TENDER)
    assert told == {"details": [("A", "valid", {"amount": Decimal("98.5"), "currency": "CNY"}, None)], "bids": 3}
    assert not decided_on(date(2026, 3, 2)).opening_record and not decided_on(date(2010, 1, 1)).rejections


def test_R_PUBL_02_the_county_may_publish_what_was_read_out_and_what_was_not_valid():
    told = told_of_bids(Method.OPEN_TENDER, opening_record=1)
    assert [(code, status) for code, status, *_ in told["details"]] == [("B", None), ("A", "valid"), ("C", None)]
    assert told["details"][2][2:] == ({"amount": 80, "currency": "CNY"}, "2026-03-20T09:00:00+08:00")
    assert "validBids" not in told
    told = told_of_bids(Method.OPEN_TENDER, opening_record=1, rejections=1)
    assert [status for _, status, *_ in told["details"]] == ["valid", "valid", "disqualified"]
    assert told["validBids"] == 2
    # nobody read prices out where they are negotiated
    assert len(told_of_bids(Method.CONSULTATION, opening_record=1, rejections=1)["details"]) == 1


# what the indicators of public checkers (Cardinal's R003 to R058) read of a process up to its award
RED_FLAG_FIELDS = (
    "buyer/id", "tender/procuringEntity/id", "tender/status", "tender/procurementMethod",
    "tender/procurementMethodDetails", "tender/tenderPeriod/startDate", "tender/tenderPeriod/endDate",
    "tender/numberOfTenderers", "tender/value/amount", "tender/items/0/classification/id",
    "bids/details/0/id", "bids/details/0/status", "bids/details/0/tenderers/0/id", "bids/details/0/value/amount",
    "bids/details/0/value/currency", "bids/statistics/0/value", "awards/0/id", "awards/0/status", "awards/0/date",
    "awards/0/suppliers/0/id", "awards/0/value/amount", "awards/0/items/0/classification/id", "parties/0/roles/0",
)  # fmt: skip


def at(value: Any, path: str) -> Any:
    """What stands at a path of a release; None where nothing does."""
    for step in path.split("/"):
        if isinstance(value, list):
            value = value[int(step)] if len(value) > int(step) else None
        else:
            value = value.get(step) if value else None
    return value


@needs_schemas
async def test_bids_are_told_with_the_award_and_hold_against_the_schema(client, clock, monkeypatch):
    opened = await an_announced_award(await clock.now())
    # what is told is decided by the method of the listing's own day, whatever holds today
    monkeypatch.setattr("catalogue.listings.methods.newest_row", lambda code: replace(newest_row(code), access="open!"))
    [process] = await processes([opened.listing.id])
    rules_on = await db.fetchval("SELECT rules_on FROM listing WHERE id = $1", opened.listing.id)
    assert row_of(process.listing) == method_row(process.listing["method"], rules_on)
    [release] = [each for each in await released() if each["ocid"].endswith(opened.listing.reference)]
    [bid] = release["bids"]["details"]
    assert bid["status"] == "valid" and bid["tenderers"] == release["awards"][0]["suppliers"]
    assert bid["value"] == release["awards"][0]["value"]
    assert [path for path in RED_FLAG_FIELDS if not at(release, path)] == []
    assert "tenderer" in next(p["roles"] for p in release["parties"] if p["id"] == bid["tenderers"][0]["id"])
    losers = await db.fetch(
        "SELECT p.credit_code FROM opened_bid o JOIN provider p ON p.id = o.provider"
        " WHERE NOT EXISTS (SELECT 1 FROM award a WHERE a.provider = p.id)"
    )
    assert losers and not [each for each in losers if each["credit_code"] in json.dumps(release, default=str)]
    package = json.loads((await client.get("/data/ocds/releases")).text)
    assert mistakes_in_package(package) == [] and unknown_fields(package) == set()
    text = (await client.get("/data/ocds/files/2026-bids.csv")).content.decode("utf-8-sig")
    [row_] = csv.DictReader(io.StringIO(text))
    assert row_["tendererId"] == bid["tenderers"][0]["id"]
    assert "R-PUBL-02" in (await client.get("/data/ocds")).text


async def test_the_export_writes_what_the_feed_says(clock, tmp_path):
    await a_published_listing(await clock.now())
    written = await export(Settings.from_environment({}), tmp_path)
    [year] = written
    lines = (tmp_path / f"{year}.jsonl").read_text().splitlines()
    assert [decoded(line) for line in lines] == [decoded(row["body"]) for row in await queries.releases_after(0, 10)]
    names = {path.name for path in tmp_path.iterdir()}
    tables = [f"{year}-{name}.csv" for name in COLUMNS]
    assert names == {"about.json", f"{year}.jsonl", f"{year}-records.jsonl", *tables}
