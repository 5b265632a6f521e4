"""The pages of a bid, as a provider walks through them, and as others do not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from catalogue.listings.drafts import Terms
from marketplace.kernel.db import execute, fetchval
from tests.builders_catalogue import a_published_listing, hours_scoring, n1_scoring, with_past_performance
from tests.builders_vendors import PDF, a_provider, a_standing
from tests.cast import enter_cast
from tests.pages import send, sign_in, words
from vendors.bids.queries import my_bids


async def prepared(client, base: str, price: str | None = None) -> None:
    """Every part of a bid filled in through the pages."""
    answer = await send(client, f"{base}/qualification", {"declares": "yes", "qualification_text": "全部符合"})
    assert answer.status_code == 303, words(answer.text)
    answer = await send(client, f"{base}/technical", {"technical_text": "逐户入户走访的服务方案"})
    assert answer.status_code == 303, words(answer.text)
    if price:
        answer = await send(client, f"{base}/price", {"price": price})
        assert answer.status_code == 303, words(answer.text)


async def under_way(client, clock, **changed):
    """A published listing and a signed-in provider."""
    now = await clock.now()
    listing = await a_published_listing(now, **changed)
    provider = await a_provider(now)
    await sign_in(client, provider.username)
    return listing, provider, f"/listings/{listing.reference}/lots/1/bid"


async def test_a_provider_prepares_checks_seals_and_gets_a_receipt(client, clock):
    listing, provider, base = await under_way(client, clock)
    overview = await client.get(base)
    assert overview.status_code == 200 and "2 / 4" in words(overview.text)
    await prepared(client, base)
    page = f"{base}/technical"
    check = words((await client.get(f"{base}/check")).text)
    assert "没有写明哪一份附件盖了章" in check
    plan = {"technical_text": "逐户入户走访的服务方案"}
    wrong = await send(client, page, {**plan, "seal_paper": "投标函.pdf", "seal_kind": "stamped"})
    assert wrong.status_code == 422 and "附件里已经没有这一份" in words(wrong.text)
    assert (await send(client, page, plan, files={"papers": ("投标函.pdf", PDF)})).status_code == 303
    lone = await send(client, page, {**plan, "seal_paper": "投标函.pdf"})
    assert lone.status_code == 422 and "是盖章的扫描件，还是电子签名" in words(lone.text)
    named = await send(client, page, {**plan, "seal_paper": "投标函.pdf", "seal_kind": "stamped"})
    assert named.status_code == 303
    check = words((await client.get(f"{base}/check")).text)
    assert "投标函.pdf · 盖章的扫描件" in check and "没有写明哪一份附件盖了章" not in check
    assert "逐户入户走访的服务方案" in check and "服务器的内存里加密" in check and "封存投标文件" in check
    sealed = await send(client, f"{base}/seal", {"replaces": ""})
    assert sealed.status_code == 303
    receipt = await client.get(sealed.headers["location"])
    row = (await my_bids(provider.actor))[0]
    assert row["sealed_sha256"] in receipt.text and row["receipt_number"] in receipt.text
    facts = (await client.get(f"/bids/{row['receipt_number']}.json")).json()["receipt"]
    assert facts["sha256"] == row["sealed_sha256"] and facts["size"] == row["sealed_size"]
    download = await client.get(f"/bids/{row['receipt_number']}/sealed")
    assert len(download.content) == row["sealed_size"] and "attachment" in download.headers["content-disposition"]
    assert row["receipt_number"] in (await client.get("/bids")).text


async def test_sealing_twice_from_two_tabs_leaves_one_bid_and_a_replacement_takes_its_place(client, clock):
    listing, provider, base = await under_way(client, clock)
    await prepared(client, base)
    first = await send(client, f"{base}/seal", {"replaces": ""})
    again = await send(client, f"{base}/seal", {"replaces": ""})
    assert again.status_code == 409 and "已经有一份封存的文件" in words(again.text)
    number = first.headers["location"].rsplit("/", 1)[1]
    assert f'name="replaces" value="{number}"' in (await client.get(f"{base}/check")).text
    replaced = await send(client, f"{base}/seal", {"replaces": number})
    assert replaced.status_code == 303
    assert [b["status"] for b in await my_bids(provider.actor)] == ["sealed", "replaced"]
    number = replaced.headers["location"].rsplit("/", 1)[1]
    assert (await client.get(f"/bids/{number}/withdraw")).status_code == 200
    for _ in range(2):
        assert (await send(client, f"/bids/{number}/withdraw")).status_code == 303
    shown = words((await client.get(f"/bids/{number}")).text)
    assert "已撤回" in shown and "重新封存一份" in shown
    assert (await send(client, f"{base}/seal", {"replaces": ""})).status_code == 303
    shown = words((await client.get(f"/bids/{number}")).text)
    assert "已撤回" in shown and "重新封存一份" not in shown, "a newer one stands already"


async def test_every_mistake_of_a_part_is_named_at_once_and_what_was_typed_is_kept(client, clock):
    _, _, base = await under_way(client, clock, scoring=with_past_performance(n1_scoring()))
    answer = await send(
        client, f"{base}/qualification",
        {"qualification_text": "写了一半", "past": "other", "past_evaluated_on": "2020-01-01"},
    )  # fmt: skip
    text = words(answer.text)
    assert answer.status_code == 422
    for sentence in ("资格声明是参加采购的必要内容", "等级、采购人和日期都要填", "年内的评价", "请上传评价结果的证明"):
        assert sentence in text
    assert "写了一半" in answer.text and 'value="2020-01-01"' in answer.text


async def test_a_claim_with_its_proof_is_kept_and_the_own_record_fills_itself(client, clock):
    listing, provider, base = await under_way(client, clock, scoring=with_past_performance(n1_scoring()))
    data = {
        "declares": "yes", "past": "other", "past_grade": "good", "past_buyer": "德阳市民政局",
        "past_evaluated_on": "2025-11-30",
    }  # fmt: skip
    answer = await send(client, f"{base}/qualification", data, files={"proof": ("评价报告.pdf", PDF)})
    assert answer.status_code == 303, words(answer.text)
    page = words((await client.get(f"{base}/check")).text)
    assert "德阳市民政局" in page and "评价报告.pdf" in page
    await a_standing(provider.id, await clock.now(), item_code="A02")
    assert "已自动填好" in words((await client.get(f"{base}/qualification")).text)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("-5", "不能是负数"),
        ("480000.123", "最多两位小数"),
        ("505000.01", "超过了最高"),
        ("很多", "请填数字"),
        ("", "请填写"),
    ],
)
async def test_a_price_that_cannot_be_is_refused_beside_its_field(client, clock, typed, sentence):
    listing, _, base = await under_way(client, clock)
    await execute("UPDATE listing SET method = 'open_tender' WHERE id = $1", listing.id)
    answer = await send(client, f"{base}/price", {"price": typed})
    assert answer.status_code == 422 and sentence in words(answer.text) and f'value="{typed}"' in answer.text


async def test_a_consultation_asks_no_price_in_its_first_stage(client, clock):
    _, _, base = await under_way(client, clock)
    page = await client.get(f"{base}/price")
    assert "这一步不报价" in words(page.text) and 'name="price"' not in page.text


async def test_a_file_too_large_or_not_what_its_name_says_is_refused_beside_its_field(client, clock):
    _, _, base = await under_way(client, clock)
    assert "最多 20 份，每份最大 100 MB，一次最多传 100 MB，合计最大 500 MB" in words(
        (await client.get(f"{base}/technical")).text
    )
    wrong = {"papers": ("方案.pdf", b"MZ this is a program")}
    answer = await send(client, f"{base}/technical", {"technical_text": "仍然在这里"}, files=wrong)
    assert answer.status_code == 422 and "和扩展名不一致" in words(answer.text) and "仍然在这里" in answer.text


async def test_papers_are_added_listed_and_taken_out_again(client, clock):
    _, _, base = await under_way(client, clock)
    answer = await send(client, f"{base}/technical", {"technical_text": "方案"}, files={"papers": ("团队.pdf", PDF)})
    assert answer.headers["location"] == f"{base}/technical"
    page = await client.get(f"{base}/technical")
    assert "团队.pdf" in page.text
    paper = page.text.split('name="remove" value="')[1].split('"')[0]
    for _ in range(2):
        assert (await send(client, f"{base}/technical", {"technical_text": "方案", "remove": paper})).status_code == 303
    assert "团队.pdf" not in (await client.get(f"{base}/technical")).text


async def test_a_draft_opens_only_in_its_browser_and_nothing_typed_is_lost_when_the_key_is_gone(client, clock):
    _, provider, base = await under_way(client, clock)
    await prepared(client, base)
    client.cookies.delete("bid_key")
    page = words((await client.get(base)).text)
    assert "只能在保存它的浏览器里打开" in page and "逐户入户走访" not in (await client.get(f"{base}/technical")).text
    answer = await send(client, f"{base}/technical", {"technical_text": "重新写的方案"})
    assert answer.status_code == 422 and "重新写的方案" in answer.text and "丢弃原草稿" in words(answer.text)
    assert (await send(client, f"{base}/seal", {"replaces": ""})).status_code in (409, 422)
    answer = await send(client, f"{base}/technical", {"technical_text": "重新写的方案", "start_over": "yes"})
    assert answer.status_code == 303
    assert "重新写的方案" in (await client.get(f"{base}/technical")).text


async def test_what_excludes_by_statute_is_shown_with_its_clause_and_may_be_confirmed(client, clock):
    now = await clock.now()
    listing = await a_published_listing(now)
    institution = await a_provider(now, "金堂县社会福利院", "public_institution_1", "fuliyuan")
    await sign_in(client, institution.username)
    base = f"/listings/{listing.reference}/lots/1/bid"
    page = await client.get(f"{base}/eligibility")
    assert "公益一类事业单位不得" in words(page.text) and "/rules/R-GPS-03" in page.text
    await prepared(client, base)
    refused = await send(client, f"{base}/seal", {"replaces": ""})
    assert refused.status_code == 422 and "还有没完成的部分" in words(refused.text)
    assert (await send(client, f"{base}/eligibility", {})).status_code == 422
    assert (await send(client, f"{base}/eligibility", {"acknowledged": "yes"})).status_code == 303
    assert (await send(client, f"{base}/seal", {"replaces": ""})).status_code == 303


async def test_a_late_seal_says_when_bidding_closed(client, clock):
    listing, _, base = await under_way(client, clock)
    await prepared(client, base)
    await clock.set(listing.closes_at)
    answer = await send(client, f"{base}/seal", {"replaces": ""})
    assert answer.status_code == 409 and "14:00 截止" in words(answer.text) and "/rules/R-BID-01" in answer.text
    assert "不能再封存" in words((await client.get(base)).text)


async def test_others_cannot_reach_bid_pages_or_receipts(client, clock):
    listing, provider, base = await under_way(client, clock)
    await prepared(client, base)
    number = (await send(client, f"{base}/seal", {"replaces": ""})).headers["location"].rsplit("/", 1)[1]
    await enter_cast(await clock.now())
    for username in ("wang.min", "zhao.lei", "ma.chao", "admin", "zhou.lan"):
        await sign_in(client, username)
        assert (await client.get(base)).status_code == 403
        assert (await client.get(f"/bids/{number}")).status_code == 403
    other = await a_provider(await clock.now(), "成都市青羊区乐助社会工作服务中心", username="lezhu")
    await sign_in(client, other.username)
    for path in (f"/bids/{number}", f"/bids/{number}/sealed", f"/bids/{number}/withdraw", f"/bids/{number}.json"):
        assert (await client.get(path)).status_code == 404
    assert (await client.get(f"/listings/{listing.reference}/lots/9/bid")).status_code == 404
    assert (await client.get(f"{base}/nonsense")).status_code == 404
    assert await fetchval("SELECT count(*) FROM bid WHERE status = 'sealed'") == 1


async def test_R_SME_04_an_enterprise_names_the_small_one_it_would_subcontract_to(client, clock):
    now = await clock.now()
    scoring = replace(n1_scoring(), small_micro_deduction=Decimal(10), consortium_deduction=Decimal(5))
    terms = Terms(subcontract_share=Decimal(40), subcontract_parts="助餐配送")
    _, provider, base = await under_way(client, clock, scoring=scoring, terms=terms)
    # a social organisation has no part in the deduction (R-SME-02)
    assert "分包给小微企业" not in (await client.get(f"{base}/technical")).text
    await execute("UPDATE provider SET legal_form = 'enterprise' WHERE id = $1", provider.id)
    small = await a_provider(now, "金堂县小微服务有限公司", username="small")
    code, own = [await fetchval("SELECT credit_code FROM provider WHERE id = $1", i) for i in (small.id, provider.id)]
    page = f"{base}/technical"
    assert "分包给小微企业" in (await client.get(page)).text and (await client.get(f"/en{page}")).status_code == 200
    plan = {"technical_text": "方案", "sub_code": code, "sub_share": "30"}
    for wrong, said in (
        ({"sub_code": ""}, "请填承接分包的企业"), ({"sub_code": own}, "本机构自己的代码"),
        ({"sub_share": ""}, "请填分包给它的份额"),
        ({"sub_share": "40.01"}, "最多 40%"),
    ):  # fmt: skip
        answer = await send(client, page, {**plan, **wrong})
        assert answer.status_code == 422 and said in words(answer.text), said
    assert (await send(client, page, plan)).status_code == 303
    assert "金堂县小微服务有限公司 30%" in words((await client.get(f"{base}/check")).text)
    assert (await send(client, page, {"technical_text": "方案", "sub_code": "", "sub_share": ""})).status_code == 303
    assert "金堂县小微服务有限公司 30%" not in words((await client.get(f"{base}/check")).text)


async def test_r_eval_12_hours_are_asked_where_they_are_scored_and_nowhere_else(client, clock):
    plain = await a_published_listing(await clock.now())
    _, _, base = await under_way(client, clock, scoring=hours_scoring())
    elsewhere = await client.get(f"/listings/{plain.reference}/lots/1/bid/technical")
    assert elsewhere.status_code == 200 and "承诺的年服务时数" not in elsewhere.text
    missing = await send(client, f"{base}/technical", {"technical_text": "方案", "annual_hours": ""})
    assert missing.status_code == 422 and "请填写“承诺的年服务时数”" in words(missing.text)
    wrong = await send(client, f"{base}/technical", {"technical_text": "方案", "annual_hours": "-3"})
    assert wrong.status_code == 422 and 'value="-3"' in wrong.text
    promise = {"technical_text": "方案", "annual_hours": "3200"}
    too_much = await send(client, f"{base}/technical", {**promise, "service_staff": "1"})
    assert too_much.status_code == 422 and "1 人每年最多工作 1,984 小时" in words(too_much.text)
    right = await send(client, f"{base}/technical", {**promise, "service_staff": "2"})
    assert right.status_code == 303
    assert "3,200" in (await client.get(f"{base}/check")).text
    assert 'value="3200"' in (await client.get(f"{base}/technical")).text
    # before the deadline nobody reads them: they are in the sealed bytes only
    assert await fetchval("SELECT count(*) FROM opened_bid") == 0
