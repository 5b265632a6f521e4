"""What can be taken away: the examples of the page work, and nobody finds a household or a worker in any export."""

from __future__ import annotations

import html
import re
from datetime import datetime
from decimal import Decimal
from typing import Any

import httpx

from contracts.cases.services import Identity
from marketplace.kernel import db
from marketplace.kernel.settings import Settings
from marketplace.opendata.ocds.packages import COLUMNS as TABLES
from marketplace.opendata.ocds.publishing import publisher_of, release_changes
from marketplace.opendata.routes import DATA_SETS
from tests.builders_cases import NUMBER, a_case
from tests.builders_contracts import APRIL, a_contract_in_force, a_paid_milestone, a_visit
from tests.builders_vendors import a_standing
from vendors.standing.services import note_standings

PUBLISHER = publisher_of(Settings.from_environment({}))
# what somebody types of a household or a worker, and what only counts them
PLANTED = ("赵独户", "欧阳不公开", NUMBER, "13912345678", "孤星村", "JT-R-0777", "只有这一家瘫痪在床", "每周二送药到家")


async def exports(client: httpx.AsyncClient, world: Any) -> dict[str, str]:
    """Every public export by its address, as anybody gets it."""
    await release_changes(PUBLISHER)
    described = (await client.get("/schema")).json()["paths"]
    plain = [
        path for path, item in described.items()
        if "{" not in path and "read" in item.get("get", {}).get("tags", ()) and "security" not in item["get"]
    ]  # fmt: skip
    of_year = ["2026.jsonl", "2026-records.jsonl", *[f"2026-{table}.csv" for table in TABLES]]
    provider = await db.fetchval("SELECT reference FROM provider ORDER BY reference LIMIT 1")
    addresses = [
        *plain, *[f"/data/{name}.csv" for name in DATA_SETS], *[f"/data/ocds/files/{name}" for name in of_year],
        "/data/ocds/packages/2026-releases.json", "/data/ocds/packages/2026-records.json",
        f"/data/ocds/records/{PUBLISHER.ocid(world.facts['listing_reference'])}",
        f"/providers/{provider}/standing.json",
    ]  # fmt: skip
    found = {address: await client.get(address) for address in addresses}
    assert {address: answer.status_code for address, answer in found.items() if answer.status_code != 200} == {}
    # the heads of the audit grow with every act, and say of none what it was
    return {address: answer.text for address, answer in found.items() if address != "/data/audit-heads.jsonl"}


async def a_household_is_served(world: Any, now: datetime) -> None:
    """One household, alone in its village, gets a case and a visit by a worker who did not agree to be named."""
    day = APRIL.replace(month=5, day=5)
    await a_visit(world, day, "09:03", "11:14", recipient_code="JT-R-0777", village="孤星村", note="每周二送药到家")
    await a_case(
        now, village="孤星村", need="只有这一家瘫痪在床，每周二送药到家。",
        identity=Identity("赵独户", NUMBER, "13912345678"),
    )  # fmt: skip
    await db.execute(
        "INSERT INTO worker SELECT (jsonb_populate_record(w, jsonb_build_object('id', gen_random_uuid(), 'name',"
        " '欧阳不公开', 'person', NULL, 'certificate_number', '', 'is_full_time', false))).* FROM worker w LIMIT 1"
    )


async def test_a_household_leaves_no_trace_in_any_export(client, clock):
    """Whoever compares the exports before and after a household is served sees no difference at all."""
    world = await a_contract_in_force()
    await a_paid_milestone(world)
    now = await clock.now()
    await a_standing(world.facts["provider"], now, contract_amount=Decimal(505000))
    await note_standings(now)
    before = await exports(client, world)
    assert len(before) > 20 and world.reference in before["/data/contracts.json"]

    await a_household_is_served(world, now)
    after = await exports(client, world)
    assert [address for address, text in after.items() if text != before[address]] == []
    assert [(word, address) for word in PLANTED for address, text in after.items() if word in text] == []


# the token of a form and the number of a sheet are others in every answer, and the demo county's clock goes on
_ANEW = re.compile(r'name="(?:_csrf_token|sheet)" value="[^"]*"|<time datetime="[^"]*">')
# what a rule says and how the county is described in English depends on nobody who is helped
_SAME_FOR_ALL = re.compile(r"/(rules|law|help|sign-in|join|forgotten-password|en/(?!coverage|yuan|listings|contracts))")


async def pages_of_visitors(client: httpx.AsyncClient) -> dict[str, str]:
    """Every page that somebody without an account reaches by links from the front page, as it is shown."""
    waiting, found = ["/", "/en/", "/help", "/need-help", "/satisfaction", "/subsidies/public"], dict[str, str]()
    while waiting:
        path = waiting.pop(0)
        answer = await client.get(path, follow_redirects=False)
        if path in found or answer.status_code != 200 or "text/html" not in answer.headers["content-type"]:
            continue
        found[path] = _ANEW.sub("", answer.text)
        links = (html.unescape(link) for link in re.findall(r'<a[^>]* href="(/[^"#?.]*)"', answer.text))
        waiting += [link for link in links if not _SAME_FOR_ALL.match(link) and link not in found]
    return found


async def test_a_household_leaves_no_trace_on_any_page_of_visitors(client, clock):
    """Whoever reads every public page before and after a household is served and checked sees no difference."""
    world = await a_contract_in_force()
    await a_paid_milestone(world)
    before = await pages_of_visitors(client)
    assert len(before) > 60 and {"/coverage", "/yuan", f"/contracts/{world.reference}"} <= set(before)
    await a_household_is_served(world, await clock.now())
    after = await pages_of_visitors(client)
    assert [(word, path) for word in PLANTED for path, text in after.items() if word in text] == []
    assert [path for path, text in after.items() if text != before.get(path)] == []


async def test_the_examples_of_the_page_work(client, clock):
    world = await a_contract_in_force()
    await a_standing(world.facts["provider"], await clock.now())
    await release_changes(PUBLISHER)
    page = html.unescape((await client.get("/data")).text)
    examples = re.findall(r"^curl ([^\s<]+)", page, re.MULTILINE)
    assert len(examples) >= 8 and any("standing.json" in each for each in examples)
    for each in examples:
        answer = await client.get(each.removeprefix(PUBLISHER.address))
        # a county whose chain was not signed yet has no heads
        assert answer.status_code == 200 and (answer.content or "audit-heads" in each), each
    for name in DATA_SETS:
        assert f"/data/{name}.json" in page and f"/data/{name}.csv" in page


async def test_rules_are_told_with_their_sources(client):
    rows = {row["rule"]: row for row in (await client.get("/data/rules.json")).json()}
    assert rows["R-PERF-09/half_life"]["value"] == "365" and rows["R-PERF-09/half_life"]["confidence"] == "D"
    assert rows["R-PERF-08/years"]["citation"] and rows["R-PERF-08/years"]["jurisdiction"] == "national"
