"""Two people, evidence and a hearing before an entry counts; the same for its removal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.errors import Conflict, Forbidden
from tests.builders_credit import FIRST, SECOND, a_case, a_published_entry
from tests.builders_vendors import PDF, a_provider
from tests.cast import actor, enter_cast
from tests.pages import send, sign_in, words
from vendors.credit.queries import credit_facts
from vendors.credit.rules import RemovalStatus
from vendors.credit.services import NewRemoval, decide_removal, propose_removal, publish_case


def typed(**changed: str) -> dict[str, str]:
    """A form without mistakes for 2 March 2026."""
    return {
        "kind": "debarment", "authority": "金堂县财政局", "document_number": "金财采〔2026〕3号",
        "decided_on": "2026-02-01", "reason": "提供虚假材料", "starts_on": "2026-02-01", "ends_on": "2027-01-31",
        "hear_until": "2026-03-09", **changed,
    }  # fmt: skip


EVIDENCE = {"evidence": ("决定书.pdf", PDF, "application/pdf")}


async def test_a_case_goes_from_evidence_to_publication_between_two_people_and_the_provider(client, clock):
    now = await clock.now()
    provider = await a_provider(now)
    await enter_cast(now)
    await sign_in(client, FIRST)
    made = await send(client, f"/providers/{provider.reference}/credit/new", typed(), files=EVIDENCE)
    case = made.headers["location"]
    assert made.status_code == 303 and await credit_facts(provider.id) == []
    assert (await send(client, f"{case}/publish")).status_code == 403
    mail = await fetchval("SELECT string_agg(payload::text, ' ') FROM outbox_message")
    assert "hemei@provider.example" in mail

    await sign_in(client, provider.username)
    assert "/credit/cases/" in (await client.get("/my-organisation/credit")).text
    assert (await send(client, f"{case}/statement", {"statement": "材料属实，请求听证。"})).status_code == 303
    assert (await client.get(f"{case}/evidence")).content == PDF

    await sign_in(client, FIRST)
    assert "请求听证" in words((await client.get(case)).text)
    heard = {"hearing": "held", "heard_on": "2026-03-02", "note": "当面听取，没有采纳。"}
    assert (await send(client, f"{case}/hearing", heard)).status_code == 303
    refused = await send(client, f"{case}/publish")
    assert refused.status_code == 403 and "另一位同事" in words(refused.text)

    await sign_in(client, SECOND)
    assert "决定是否公开处理决定" in words((await client.get("/")).text + (await client.get("/work")).text)
    assert (await send(client, f"{case}/publish")).status_code == 303
    assert (await send(client, f"{case}/publish")).status_code == 409
    assert len(await credit_facts(provider.id)) == 1
    client.cookies.delete("sid")
    assert "金财采〔2026〕3号" in words((await client.get(f"/providers/{provider.reference}")).text)


async def test_strangers_see_no_case_and_may_not_state_for_another(client, clock):
    now = await clock.now()
    provider = await a_provider(now)
    other = await a_provider(now, "成都市青羊区乐助社会工作服务中心", "social_group", "lezhu")
    path = f"/credit/cases/{await a_case(provider.id, now)}"
    await sign_in(client, other.username)
    for page in (path, f"{path}/evidence"):
        assert (await client.get(page)).status_code == 404
    assert (await send(client, f"{path}/statement", {"statement": "代写"})).status_code == 404
    await sign_in(client, "wang.min")
    assert (await client.get(path)).status_code == 403
    client.cookies.delete("sid")
    assert (await client.get(f"/providers/{provider.reference}")).text.count("金财采") == 0


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("document_number", "", "请填写"),
        ("document_number", "文" * 121, "最多 120 个字"),
        ("reason", "   ", "请填写"),
        ("kind", "rumour", "请从列出的选项里选一个"),
        ("decided_on", "２０２６-02-30", "2026-03-02"),
        ("decided_on", "2026-03-03", "不能晚于今天"),
        ("ends_on", "2026-01-01", "不能早于开始日期"),
        ("hear_until", "2026-03-02", "要晚于今天"),
        ("fine", "很多", "请填数字"),
        ("authority", "财政\x00局", "控制字符"),
    ],
)
async def test_what_is_mistyped_is_said_beside_its_field_and_kept(client, clock, field, value, said):
    provider = await a_provider(await clock.now())
    await enter_cast(await clock.now())
    await sign_in(client, FIRST)
    path = f"/providers/{provider.reference}/credit/new"
    answer = await send(client, path, typed(**{field: value}), files=EVIDENCE)
    assert answer.status_code == 422 and said in words(answer.text)
    assert f'href="#field-{field}"' in answer.text and 'value="2027-01-31"' in answer.text or field == "ends_on"
    assert (await send(client, "/en" + path, typed(**{field: value}), files=EVIDENCE)).status_code == 422
    assert await fetchval("SELECT count(*) FROM credit_case") == 0


async def test_emoji_full_width_money_and_trailing_spaces_are_taken(client, clock):
    provider = await a_provider(await clock.now())
    await enter_cast(await clock.now())
    await sign_in(client, FIRST)
    form = typed(kind="serious_violation", reason="  串通😀投标  ", fine="５００００.００", ends_on="2029-02-01")
    made = await send(client, f"/providers/{provider.reference}/credit/new", form, files=EVIDENCE)
    assert made.status_code == 303
    row = (await fetch("SELECT reason, fine FROM credit_case"))[0]
    assert row["reason"] == "串通😀投标" and str(row["fine"]) == "50000.00"


async def test_nothing_is_entered_without_evidence(client, clock):
    provider = await a_provider(await clock.now())
    await enter_cast(await clock.now())
    await sign_in(client, FIRST)
    answer = await send(client, f"/providers/{provider.reference}/credit/new", typed())
    assert answer.status_code == 422 and "没有证据不能登记" in words(answer.text)


async def test_a_case_that_was_not_heard_is_not_published(db, clock):
    now = await clock.now()
    case = await a_case((await a_provider(now)).id, now)
    with pytest.raises(Conflict):
        await publish_case(case, await actor(SECOND, now), now)


async def test_that_no_hearing_was_asked_for_is_recorded_only_after_the_time_to_ask(client, clock):
    now = await clock.now()
    path = f"/credit/cases/{await a_case((await a_provider(now)).id, now)}"
    await sign_in(client, FIRST)
    early = {"hearing": "waived", "heard_on": "2026-03-02", "note": "没有来"}
    answer = await send(client, f"{path}/hearing", early)
    assert answer.status_code == 422 and "还不能登记" in words(answer.text)
    await clock.set(now + timedelta(days=8))
    assert (await send(client, f"{path}/hearing", {**early, "heard_on": "2026-03-10"})).status_code == 303


async def test_a_second_person_drops_a_case_with_a_reason(client, clock):
    now = await clock.now()
    provider = await a_provider(now)
    path = f"/credit/cases/{await a_case(provider.id, now)}"
    await sign_in(client, FIRST)
    assert (await send(client, f"{path}/drop", {"drop_note": "证据不足"})).status_code == 403
    await sign_in(client, SECOND)
    assert (await send(client, f"{path}/drop", {"drop_note": ""})).status_code == 422
    assert (await send(client, f"{path}/drop", {"drop_note": "证据不足"})).status_code == 303
    assert await credit_facts(provider.id) == []
    await sign_in(client, provider.username)
    assert "证据不足" in words((await client.get(path)).text)
    late = await send(client, f"{path}/statement", {"statement": "晚了"})
    assert late.status_code == 409


async def test_a_removal_takes_two_people_and_is_shown_with_its_paper(client, clock):
    now = await clock.now()
    provider = await a_provider(now)
    entry = await a_published_entry(provider.id, now)
    new = NewRemoval(entry, "repaired", "金财函〔2026〕9号", "已完成信用修复", county_day(now) + timedelta(days=1))
    removal = await propose_removal(new, await actor(FIRST, now), now)
    with pytest.raises(Conflict):
        await propose_removal(new, await actor(SECOND, now), now)
    with pytest.raises(Forbidden):
        await decide_removal(removal, RemovalStatus.CONFIRMED, await actor(FIRST, now), now)
    assert (await credit_facts(provider.id))[0].ends_on > county_day(now) + timedelta(days=300)
    await sign_in(client, SECOND)
    assert (await send(client, f"/credit/removals/{removal}/confirm")).status_code == 303
    assert (await credit_facts(provider.id))[0].ends_on == county_day(now)
    client.cookies.delete("sid")
    assert "金财函〔2026〕9号" in words((await client.get(f"/providers/{provider.reference}")).text)


async def test_a_declined_removal_changes_nothing_and_may_be_proposed_again(client, clock):
    now = await clock.now()
    provider = await a_provider(now)
    entry = await a_published_entry(provider.id, now)
    await sign_in(client, FIRST)
    path = f"/credit/entries/{entry}/removal"
    form = {"ground": "revoked", "document_number": "川行终〔2026〕1号", "reason": "判决撤销"}
    form["effective_on"] = "2026-03-02"
    outside = await send(client, path, {**form, "effective_on": "2030-01-01"})
    assert outside.status_code == 422 and "期间以内" in words(outside.text)
    assert (await send(client, path, form)).status_code == 303
    removal = await fetchval("SELECT id FROM credit_removal")
    await sign_in(client, SECOND)
    assert (await send(client, f"/credit/removals/{removal}/decline")).status_code == 303
    assert len(await credit_facts(provider.id)) == 1
    assert (await send(client, path, form)).status_code == 303


async def test_entries_and_proofs_are_never_changed(db: Any, clock: Any) -> None:
    now = await clock.now()
    await a_published_entry((await a_provider(now)).id, now)
    connection = db.pool.connection
    for sql in ("UPDATE credit_entry SET reason = 'x'", "DELETE FROM credit_entry"):
        with pytest.raises(Exception, match="append|change|never|only"):
            async with connection.transaction():
                await connection.execute(sql)
