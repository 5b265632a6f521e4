"""The town's list: its own visibility, a basis in law, a hearing, an end; no minors, no relatives, no other effect."""

from __future__ import annotations

import ast
from datetime import date, timedelta
from typing import Any

import pytest

from marketplace.accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from marketplace.kernel.ages import is_of_age
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.settings import PROJECT_FOLDER
from tests.builders_vendors import a_provider
from tests.cast import enter_cast
from tests.pages import send, sign_in, words
from vendors.credit.queries import credit_facts
from vendors.providers.queries import provider_by_id
from vendors.townlist.rules import warns

CLERK, DECIDER = "luo.jie", "liu.fang"


def typed(**changed: str) -> dict[str, str]:
    """A proposal without mistakes on 2 March 2026."""
    return {
        "kind": "recipient", "subject": "JT-R-0001", "born_on": "1980-05-01", "doer": "self", "conduct": "income",
        "legal_basis": "社会救助法第七十三条；金民罚〔2026〕1号", "facts": "隐瞒工资收入六个月。",
        "evidence": "工资流水",
        "hear_until": "2026-03-09", "ends_on": "2027-03-08", **changed,
    }  # fmt: skip


async def proposed(client: Any, **changed: str) -> str:
    """The path of an entry that a clerk proposed."""
    await sign_in(client, CLERK)
    answer = await send(client, "/town-list/new", typed(**changed))
    assert answer.status_code == 303, words(answer.text)
    return str(answer.headers["location"])


async def listed(client: Any, **changed: str) -> str:
    """The path of an entry that was heard and listed."""
    path = await proposed(client, **changed)
    heard = {"hearing": "held", "heard_on": "2026-03-02", "hearing_note": "本人承认。"}
    assert (await send(client, f"{path}/hearing", heard)).status_code == 303
    await sign_in(client, DECIDER)
    assert (await send(client, f"{path}/decision", {"decision": "list", "note": "事实清楚"})).status_code == 303
    return path


async def test_a_town_proposes_and_hears_and_civil_affairs_decides(client, clock):
    await enter_cast(await clock.now())
    path = await proposed(client)
    assert (await send(client, f"{path}/decision", {"decision": "list", "note": "x"})).status_code == 403
    await sign_in(client, DECIDER)
    early = await send(client, f"{path}/decision", {"decision": "list", "note": "x"})
    assert early.status_code == 409
    await sign_in(client, CLERK)
    assert path in (await client.get("/work")).text
    waived = {"hearing": "waived", "heard_on": "2026-03-02", "hearing_note": "没有来"}
    assert (await send(client, f"{path}/hearing", waived)).status_code == 422
    heard = {**waived, "hearing": "written"}
    assert (await send(client, f"{path}/hearing", {**heard, "heard_on": "2026-03-03"})).status_code == 422
    assert (await send(client, f"{path}/hearing", heard)).status_code == 303
    await sign_in(client, DECIDER)
    assert (await send(client, f"{path}/decision", {"decision": "list", "note": ""})).status_code == 422
    assert (await send(client, f"{path}/decision", {"decision": "list", "note": "事实清楚"})).status_code == 303
    assert "已列入" in words((await client.get(path)).text)
    for page in ("/en" + path, "/en/town-list"):
        assert (await client.get(page)).status_code == 200
    assert (await send(client, f"{path}/decision", {"decision": "remove", "note": "已改正"})).status_code == 303
    assert (await send(client, f"{path}/decision", {"decision": "list", "note": "再列"})).status_code == 409


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"born_on": "2008-03-03"}, "born_on", "未成年人不列入"),
        ({"born_on": "2026-03-03"}, "born_on", "不能晚于今天"),
        ({"born_on": ""}, "born_on", "请填出生日期"),
        ({"born_on": "１９８０-05-31号"}, "born_on", "2026-03-02"),
        ({"doer": "family"}, "doer", "不牵连家属"),
        ({"subject": "张三"}, "subject", "只填个案编号"),
        ({"subject": "😀"}, "subject", "只填个案编号"),
        ({"legal_basis": "  "}, "legal_basis", "请填写"),
        ({"facts": "长" * 2001}, "facts", "最多 2000 个字"),
        ({"hear_until": "2026-03-02"}, "hear_until", "要晚于今天"),
        ({"ends_on": "2026-03-09"}, "ends_on", "要晚于陈述"),
        ({"ends_on": ""}, "ends_on", "请填写"),
        ({"conduct": "poverty"}, "conduct", "请从列出的选项里选一个"),
    ],
)
async def test_minors_relatives_names_and_entries_without_basis_or_end_are_refused(client, clock, changed, field, said):
    await enter_cast(await clock.now())
    await sign_in(client, CLERK)
    answer = await send(client, "/town-list/new", typed(**changed))
    assert answer.status_code == 422 and said in words(answer.text) and f'href="#field-{field}"' in answer.text
    assert (await send(client, "/en/town-list/new", typed(**changed))).status_code == 422
    assert await fetchval("SELECT count(*) FROM town_list_entry") == 0


async def test_somebody_who_is_eighteen_today_is_of_age_and_the_day_of_birth_is_not_kept(client, clock):
    await enter_cast(await clock.now())
    await proposed(client, born_on="2008-03-02", subject=" JT-R-0001 ")
    row = dict((await fetch("SELECT * FROM town_list_entry"))[0])
    assert row["subject"] == "JT-R-0001" and "2008-03-02" not in str(row)
    assert is_of_age(date(2008, 2, 29), date(2026, 3, 1)) and not is_of_age(date(2008, 2, 29), date(2026, 2, 28))


async def test_nobody_but_the_town_and_civil_affairs_sees_it_and_nothing_public_names_it(client, clock):
    now = await clock.now()
    provider = await a_provider(now)
    await enter_cast(now)
    path = await listed(client)
    for username in ("wang.min", "zhao.lei", "ma.chao", "deng.li", provider.username):
        await sign_in(client, username)
        for page in ("/town-list", path, "/town-list/new"):
            assert (await client.get(page)).status_code == 403, (username, page)
    client.cookies.delete("sid")
    assert (await client.get(path)).status_code in (303, 401)
    for page in ("/", "/providers", "/data", "/search?q=JT-R-0001", f"/providers/{provider.reference}"):
        assert path.rsplit("/", 1)[1] not in (await client.get(page)).text, page
    audit = str([dict(row) for row in await fetch("SELECT act, detail FROM audit_entry")])
    assert "town_list.decided" in audit and "JT-R-0001" not in audit
    both = {Permission.KEEP_TOWN_LIST, Permission.DECIDE_TOWN_LIST}
    holders = {role for role in Role if ROLE_PERMISSIONS[role] & both}
    assert holders == {Role.CLERK, Role.CIVIL_AFFAIRS}


async def test_another_town_does_not_see_the_entry(client, clock):
    now = await clock.now()
    await enter_cast(now)
    path = await proposed(client)
    other = await fetchval(
        "SELECT id FROM organisation WHERE kind = 'town' AND id <> (SELECT town FROM town_list_entry)"
    )
    await fetchval("UPDATE town_list_entry SET town = $1 RETURNING id", other)
    assert (await client.get(path)).status_code == 404
    assert path not in (await client.get("/town-list")).text
    answer = {"hearing": "held", "heard_on": "2026-03-02", "hearing_note": "x"}
    assert (await send(client, f"{path}/hearing", answer)).status_code == 404


async def test_an_entry_ends_by_itself(client, clock):
    now = await clock.now()
    await enter_cast(now)
    path = await listed(client, ends_on="2026-03-20")
    assert warns("listed", date(2026, 3, 20), date(2026, 3, 20))
    assert not warns("listed", date(2026, 3, 20), date(2026, 3, 21))
    await clock.set(now + timedelta(days=19))
    await sign_in(client, DECIDER)
    assert "已期满" in words((await client.get(path)).text)


async def test_a_provider_on_the_towns_list_stays_eligible(client, clock):
    now = await clock.now()
    provider = await a_provider(now)
    facts = await provider_by_id(provider.id)
    await enter_cast(now)
    await sign_in(client, provider.username)
    before = words((await client.get("/my-organisation")).text)
    await listed(client, kind="unit", subject=facts["name"], born_on="")
    assert await credit_facts(provider.id) == []
    await sign_in(client, provider.username)
    assert words((await client.get("/my-organisation")).text) == before
    client.cookies.delete("sid")
    assert "失信名单" not in words((await client.get(f"/providers/{provider.reference}")).text)
    assert county_day(now) < date(2027, 3, 8)


def test_nothing_that_helps_pays_or_decides_about_providers_reads_the_list() -> None:
    """What no code outside the feature reads can stop no help and touch no eligibility."""
    allowed = {"route_table.py", "piccolo_app.py", "act_words.py", "detail_words.py", "permissions.py"}
    # the words for it, and the list of what waits for the town and civil affairs
    allowed |= {"documents_command.py", "work.py"}
    readers = []
    for package in ("marketplace", "catalogue", "vendors", "contracts", "evaluations"):
        for path in sorted((PROJECT_FOLDER / package).rglob("*.py")):
            # the demo county enters a case by the feature's own services and reads nothing
            writes_the_demo = path.is_relative_to(PROJECT_FOLDER / "marketplace" / "demo" / "county")
            # what is past its term is emptied, and nothing of it is read
            empties = path == PROJECT_FOLDER / "marketplace" / "retention" / "kinds.py"
            if {"node_modules", "townlist"} & set(path.parts) or path.name in allowed or writes_the_demo or empties:
                continue
            text = path.read_text()
            if "town_list_entry" in text or "townlist" in text or "TownListEntry" in text:
                readers.append(str(path.relative_to(PROJECT_FOLDER)))
    assert readers == []
    imported = {
        name.module or ""
        for path in (PROJECT_FOLDER / "vendors" / "townlist").glob("*.py")
        for name in ast.walk(ast.parse(path.read_text()))
        if isinstance(name, ast.ImportFrom)
    }
    assert not {name for name in imported if name.startswith(("vendors.", "contracts", "evaluations"))} - {
        "vendors.townlist", "vendors.townlist.rules", "vendors.townlist.tables", "vendors.townlist.services",
    }  # fmt: skip
