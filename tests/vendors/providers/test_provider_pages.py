"""Registration, the file, its pre-check, the roster and the public register, through pages."""

from __future__ import annotations

from datetime import timedelta

import pytest

from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetchrow, fetchval
from tests.builders_catalogue import a_published_listing
from tests.builders_credit import a_published_entry
from tests.builders_vendors import PASSWORD, PDF, a_full_file, a_provider, a_sealed_bid, a_standing
from tests.cast import enter_cast
from tests.pages import send, sign_in, words
from vendors.providers.credit_codes import fresh_credit_code
from vendors.providers.queries import provider_by_id
from vendors.work import waiting_for

FORM = {
    "name": "金堂县康乐养老服务有限公司",
    "credit_code": fresh_credit_code("kangle", "enterprise"),
    "legal_form": "enterprise",
    "legal_representative": "唐建",
    "address": "金堂县淮口街道",
    "contact": "唐建 028-84990001",
    "founded_on": "2019-04-01",
    "is_small_micro": "yes",
    "person_name": "唐建",
    "email": "tang@example.org",
    "username": "kangle",
    "password": PASSWORD,
}


async def test_registering_makes_everything_at_once_and_signs_in(client, clock):
    before = client.cookies.get("sid")
    answer = await send(client, "/providers/register", FORM)
    assert answer.status_code == 303 and client.cookies.get("sid") != before
    page = await client.get(answer.headers["location"])
    assert "登记成功" in words(page.text) and "还差 6 份" in words(page.text)
    row = await fetchrow("SELECT credit_code, is_small_micro, file_status FROM provider")
    assert tuple(row) == (FORM["credit_code"], True, "open")
    again = await send(client, "/providers/register", {**FORM, "username": "kangle2"})
    assert again.status_code == 422 and "已经登记过" in words(again.text)
    assert "金堂县康乐养老服务有限公司（GYS-2026-" in words(again.text) and "邀请成员" in words(again.text)


async def test_all_mistakes_are_named_at_once_and_values_are_kept_but_the_password(client, clock):
    answer = await send(
        client, "/providers/register",
        {**FORM, "name": "", "credit_code": FORM["credit_code"][:-1] + "0", "email": "kein", "founded_on": "gestern"},
    )  # fmt: skip
    text = words(answer.text)
    assert answer.status_code == 422
    for sentence in ("请填写“机构名称”", "校验位不对", "请填完整的电子邮箱", "的样子填日期"):
        assert sentence in text
    assert 'value="金堂县淮口街道"' in answer.text and PASSWORD not in answer.text
    assert await fetchval("SELECT count(*) FROM provider") == 0


async def test_what_the_rules_say_is_named_beside_its_field(client, clock):
    data = {
        **FORM, "legal_form": "social_group", "founded_on": "2027-01-01", "username": "K", "password": "short",
    }  # fmt: skip
    answer = await send(client, "/providers/register", data)
    text = words(answer.text)
    assert answer.status_code == 422
    for sentence in ("以 91 开头的代码属于“企业”", "不能晚于今天", "只有企业可以声明", "3 到 40 个", "至少 10 个字符"):
        assert sentence in text
    for field in ("legal_form", "founded_on", "is_small_micro", "username", "password"):
        assert f'id="field-{field}-error"' in answer.text


@pytest.mark.parametrize("path", ["/my-organisation", "/my-organisation/facts", "/my-organisation/papers",
                                  "/my-organisation/workers", "/my-organisation/workers/new"])  # fmt: skip
async def test_only_a_provider_has_an_organisation_page(client, clock, path):
    assert (await client.get(path)).status_code == 303
    await a_provider(await clock.now())
    await sign_in(client, "hemei")
    assert (await client.get(path)).status_code == 200
    assert (await client.get("/en" + path)).status_code == 200
    await enter_cast(await clock.now())
    await sign_in(client, "wang.min")
    assert (await client.get(path)).status_code == 403


async def test_facts_are_changed_and_a_social_organisation_cannot_declare_itself_small(client, clock):
    provider = await a_provider(await clock.now())
    await sign_in(client, provider.username)
    data = {
        "legal_representative": "新代表", "address": "新住所", "contact": "新联系人", "founded_on": "2018-05-04",
        "introduction": "服务困难家庭",
    }  # fmt: skip
    answer = await send(client, "/my-organisation/facts", {**data, "is_small_micro": "yes"})
    assert answer.status_code == 422 and "只有企业可以声明" in words(answer.text) and "新住所" in answer.text
    for _ in range(2):
        assert (await send(client, "/my-organisation/facts", data)).status_code == 303
    assert (await provider_by_id(provider.id))["legal_representative"] == "新代表"


async def test_papers_are_uploaded_checked_and_replaced(client, clock):
    provider = await a_provider(await clock.now())
    await sign_in(client, provider.username)
    empty = await send(client, "/my-organisation/papers", {"valid_until": "2027-01-01"})
    assert empty.status_code == 422 and "请选择要上传的文件" in words(empty.text) and "材料种类" in words(empty.text)
    wrong = await send(
        client, "/my-organisation/papers", {"kind": "tax"}, files={"file": ("纳税.pdf", b"MZ not a pdf")}
    )
    assert wrong.status_code == 422 and "和扩展名不一致" in words(wrong.text)
    old = await send(
        client, "/my-organisation/papers", {"kind": "tax", "valid_until": "2026-03-01"}, files={"file": ("a.pdf", PDF)}
    )
    assert old.status_code == 422 and "已经过期" in words(old.text)
    for name in ("一.pdf", "二.pdf"):
        sent = await send(client, "/my-organisation/papers", {"kind": "tax"}, files={"file": (name, PDF)})
        assert sent.status_code == 303
    page = await client.get("/my-organisation/papers")
    assert "二.pdf" in page.text and "一.pdf" not in page.text
    document = page.text.split("/documents/")[1].split('"')[0]
    download = await client.get(f"/documents/{document}")
    assert download.content == PDF and download.headers["x-content-type-options"] == "nosniff"
    assert "filename*=UTF-8''%E4%BA%8C.pdf" in download.headers["content-disposition"]
    await a_provider(await clock.now(), "成都市青羊区乐助社会工作服务中心", username="lezhu")
    await sign_in(client, "lezhu")
    assert (await client.get(f"/documents/{document}")).status_code == 404
    client.cookies.delete("sid")
    assert (await client.get(f"/documents/{document}")).status_code == 404
    await enter_cast(await clock.now())
    await sign_in(client, "ma.chao")
    assert (await client.get(f"/documents/{document}")).status_code == 200


async def test_the_register_finds_by_name_pinyin_initials_and_code(client, clock):
    now = await clock.now()
    provider = await a_provider(now)
    await a_provider(now, "成都市青羊区乐助社会工作服务中心", "social_group", "lezhu")
    code = (await provider_by_id(provider.id))["credit_code"]
    for q in ("和美", "hemei", "jtxhm", code[8:].lower(), "Jin Tang"):
        page = words((await client.get("/providers", params={"q": q})).text)
        assert "和美" in page and "乐助" not in page, q
    page = words((await client.get("/providers", params={"form": "social_group"})).text)
    assert "乐助" in page and "和美" not in page
    assert "没有找到" in words((await client.get("/providers", params={"q": "%"})).text)
    for odd in ("0", "-1", "x", "99999999999999999999", "²"):
        assert (await client.get("/providers", params={"page": odd})).status_code == 200


async def test_a_provider_page_shows_standing_and_credit_with_clauses(client, clock):
    now = await clock.now()
    provider = await a_provider(now)
    await a_standing(provider.id, now)
    await enter_cast(now)
    path = f"/providers/{provider.reference}"
    await sign_in(client, "wang.min")
    assert (await client.get(f"{path}/credit/new")).status_code == 403
    await sign_in(client, "zhao.lei")
    await a_published_entry(provider.id, now)
    client.cookies.delete("sid")
    page = await client.get(path)
    text = words(page.text)
    assert "/evaluations/PJ-2025-0001" in page.text and "金财采〔2026〕3号" in text and "/rules/R-ROLE-09" in page.text
    assert "不是参加采购的条件" in text
    assert (await client.get("/en" + path)).status_code == 200
    assert (await client.get("/providers/GYS-1999-0001")).status_code == 404


async def test_workers_are_entered_given_an_account_and_leave(client, clock):
    provider = await a_provider(await clock.now())
    await sign_in(client, provider.username)
    data = {"name": "唐静", "certificate_level": "intermediate", "employed_from": "2025-01-02",
            "hours": "full_time"}  # fmt: skip
    wrong = await send(client, "/my-organisation/workers/new", data)
    assert wrong.status_code == 422 and "请填证书编号" in words(wrong.text) and 'value="唐静"' in wrong.text
    made = await send(client, "/my-organisation/workers/new", {**data, "certificate_number": "2024510012345"})
    path = made.headers["location"]
    weak = await send(client, f"{path}/account", {"username": "tang jing", "password": "short"})
    assert weak.status_code == 422 and "至少 10 个字符" in words(weak.text) and "3 到 40 个字符" in words(weak.text)
    opened = await send(client, f"{path}/account", {"username": "tang.jing", "password": PASSWORD})
    assert opened.status_code == 303
    twice = await send(client, f"{path}/account", {"username": "tang.jing2", "password": PASSWORD})
    assert twice.status_code == 409
    early = await send(client, f"{path}/end", {"employed_to": "2024-01-01"})
    assert early.status_code == 422 and "不能早于入职日期" in words(early.text)
    assert (await send(client, f"{path}/end", {"employed_to": "2026-06-30"})).status_code == 303
    await a_provider(await clock.now(), "成都市青羊区乐助社会工作服务中心", username="lezhu")
    await sign_in(client, "lezhu")
    assert (await client.get(path)).status_code == 404
    await sign_in(client, "tang.jing")
    assert (await client.get("/my-organisation")).status_code == 403


async def test_a_paper_that_runs_out_and_an_unsealed_draft_wait_for_the_provider(client, clock):
    now = await clock.now()
    listing, provider = await a_published_listing(now), await a_provider(now)
    await a_full_file(provider, "private_non_enterprise", now - timedelta(days=375))
    await sign_in(client, provider.username)
    base = f"/listings/{listing.reference}/lots/1/bid"
    await send(client, f"{base}/technical", {"technical_text": "方案"})
    waiting = {item.url: item for item in await waiting_for(provider.actor, now)}
    assert waiting["/my-organisation/papers?kind=tax#field-file"].due == county_day(now) + timedelta(days=25)
    assert waiting[base].due == county_day(listing.closes_at)
    await a_sealed_bid(listing.lots[0]["id"], provider, now)
    assert base not in {item.url for item in await waiting_for(provider.actor, now)}


async def test_a_provider_without_a_check_bids_like_any_other(client, clock):
    now = await clock.now()
    listing, provider = await a_published_listing(now), await a_provider(now)
    await sign_in(client, provider.username)
    page = await client.get(f"/listings/{listing.reference}/lots/1/bid/eligibility")
    assert "没有法定的排除情形，可以参加" in words(page.text) and "/rules/R-QUAL-01" in page.text
