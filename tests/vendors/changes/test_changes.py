"""A registered name or legal form changes by a certificate and a decision; what was made before keeps its name."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from marketplace.kernel.db import execute, fetchrow, fetchval
from tests.builders_contracts import DRAWN_UP, a_contract_in_force
from tests.builders_vendors import PDF, a_provider
from tests.cast import enter_cast
from tests.pages import send, sign_in, words
from vendors.changes.rules import Registration, change_mistakes
from vendors.providers.queries import provider_by_id
from vendors.register.queries import find_providers
from vendors.register.rules import Question

PLACE = "/my-organisation/registration"
OLD, NEW = "金堂县和美社会工作服务中心", "金堂县和美家园社会工作服务中心"
CHANGE = {"name": NEW, "name_en": "", "legal_form": "private_non_enterprise", "effective_on": "2026-02-10"}
FILE = {"file": ("证书.pdf", PDF, "application/pdf")}


async def proposed(client, **changed):
    answer = await send(client, PLACE, {**CHANGE, **changed}, files=FILE)
    assert answer.status_code == 303, words(answer.text)
    return await fetchval("SELECT id FROM registration_change WHERE status = 'proposed'")


@pytest.fixture
async def provider(client, clock):
    now = await clock.now()
    await enter_cast(now)
    found = await a_provider(now, OLD, username="hemei")
    await a_provider(now, "金堂县晨光志愿者协会", "social_group", "chenguang")
    await sign_in(client, "hemei")
    return found


def test_a_change_says_something_new_fits_the_code_and_lies_in_the_past():
    standing = {
        "name": OLD, "name_en": "", "legal_form": "public_institution_1", "founded_on": date(2018, 5, 4),
        "credit_code": "12510121MB1234567X",
    }  # fmt: skip
    today = date(2026, 3, 2)

    def mistakes(name=NEW, form="public_institution_1", day=date(2026, 2, 10)):
        return set(change_mistakes(Registration(name, "", form, day), standing, today))

    assert mistakes() == set() and mistakes(name=OLD, form="public_institution_2") == set()
    assert mistakes(name=OLD) == {"name"} and mistakes(form="enterprise") == {"legal_form"}
    assert mistakes(day=today) == set()
    for day in (today + timedelta(days=1), date(2018, 5, 3)):
        assert mistakes(day=day) == {"effective_on"}


async def test_a_confirmed_change_is_shown_found_and_told_and_the_former_name_stays_findable(client, provider):
    change = await proposed(client)
    assert (await provider_by_id(provider.id))["name"] == OLD
    await sign_in(client, "liu.fang")
    assert "核对登记事项变更" in words((await client.get("/work")).text)
    shown = words((await client.get(f"/providers/changes/{change}")).text)
    assert OLD in shown and NEW in shown
    assert (await client.get(f"/providers/changes/{change}/certificate")).content == PDF
    assert (await send(client, f"/providers/changes/{change}/confirm")).status_code == 303
    row = await provider_by_id(provider.id)
    assert row["name"] == NEW and row["sort_key"] and row["file_status"] == "open"
    public = words((await client.get(f"/providers/{provider.reference}")).text)
    assert f"曾用名 {OLD}，2026年2月10日（周二）变更" in public
    assert f"曾用名 {OLD}" in words((await client.get(f"/providers/{provider.reference}/record")).text)
    for word in (OLD, NEW, "jtxhmjy"):
        found = (await find_providers(Question(word), date(2026, 3, 2))).rows
        assert [(each["name"], each["former_names"]) for each in found] == [(NEW, [OLD])]
    assert f"曾用名：{OLD}" in words((await client.get("/providers?q=家园")).text)
    assert OLD in (await client.get("/providers/export/providers.csv")).text
    mail = await fetchval("SELECT string_agg(payload::text, ' ') FROM outbox_message WHERE kind = 'mail'")
    assert "registration" in mail
    acts = await fetchval(
        "SELECT array_agg(act ORDER BY sequence) FROM audit_entry WHERE act LIKE 'provider.change%'"
    )
    assert acts == ["provider.change_proposed", "provider.change_confirmed"]
    again = await send(client, f"/providers/changes/{change}/confirm")
    assert again.status_code == 409


async def test_a_refusal_needs_a_reason_which_the_provider_reads_and_nothing_changes(client, provider):
    change = await proposed(client)
    await sign_in(client, "liu.fang")
    assert (await send(client, f"/providers/changes/{change}/refuse", {"refusal": " "})).status_code == 422
    answer = await send(client, f"/providers/changes/{change}/refuse", {"refusal": "证书不清楚"})
    assert answer.status_code == 303 and (await provider_by_id(provider.id))["name"] == OLD
    await sign_in(client, "hemei")
    own = words((await client.get(PLACE)).text)
    assert "没有变更 证书不清楚" in own
    # and may be proposed again
    assert await proposed(client) != change


async def test_all_mistakes_are_named_one_waits_at_a_time_and_it_may_be_taken_back(client, provider):
    bad = await send(client, PLACE, {"name": "", "legal_form": "club", "effective_on": "gestern"})
    text = words(bad.text)
    assert bad.status_code == 422 and "没有证书不能变更" in text and "请填写“机构名称”" in text
    wrong = await send(client, PLACE, {**CHANGE, "legal_form": "enterprise"}, files=FILE)
    assert wrong.status_code == 422 and NEW in wrong.text
    change = await proposed(client)
    assert (await send(client, PLACE, CHANGE, files=FILE)).status_code == 409
    await sign_in(client, "chenguang")
    for path in (f"{PLACE}/{change}/withdraw", f"/providers/changes/{change}/confirm"):
        assert (await send(client, path)).status_code in (403, 404)
    assert (await client.get(f"/providers/changes/{change}/certificate")).status_code == 404
    await sign_in(client, "hemei")
    assert (await send(client, f"{PLACE}/{change}/withdraw")).status_code == 303
    assert (await send(client, f"{PLACE}/{change}/withdraw")).status_code == 409
    await proposed(client)


async def test_a_small_enterprise_that_becomes_none_is_no_longer_declared_small(client, clock):
    """R-SME-02."""
    now = await clock.now()
    await enter_cast(now)
    provider = await a_provider(now, "成都惠民康养服务有限公司", "enterprise", "huimin")
    await execute(
        "UPDATE provider SET is_small_micro = true, credit_code = '12510121MB12345671' WHERE id = $1", provider.id
    )
    await sign_in(client, "huimin")
    change = await proposed(client, name="金堂县惠民康养服务中心", legal_form="public_institution_2")
    await sign_in(client, "liu.fang")
    assert (await send(client, f"/providers/changes/{change}/confirm")).status_code == 303
    row = await fetchrow("SELECT legal_form, is_small_micro FROM provider WHERE id = $1", provider.id)
    assert tuple(row) == ("public_institution_2", False)


async def test_a_contract_keeps_the_name_it_was_made_with_and_names_the_new_one_beside_it(client, clock):
    world = await a_contract_in_force()
    await clock.set(DRAWN_UP + timedelta(days=5))
    provider = await provider_by_id(world.facts["provider"])
    username = await fetchval(
        "SELECT x.username FROM membership m JOIN person x ON x.id = m.person WHERE m.organisation = $1"
        " AND m.role = 'provider'",
        provider["organisation"],
    )
    await sign_in(client, username)
    change = await proposed(client, name=NEW, legal_form=provider["legal_form"])
    await sign_in(client, "liu.fang")
    assert (await send(client, f"/providers/changes/{change}/confirm")).status_code == 303
    text = words((await client.get(f"/contracts/{world.facts['reference']}")).text)
    assert f"供应商名称 {provider['name']} 现名：{NEW}" in text
    for word in (provider["name"], NEW):
        assert world.facts["reference"] in (await client.get("/contracts", params={"q": word})).text
    marks = await fetchval(
        "SELECT count(*) FROM search_change WHERE kind = 'contract' AND subject = $1", world.contract
    )
    assert marks >= 1
