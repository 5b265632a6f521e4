"""Contract, acceptance, invoice and payment pages for everybody who may and may not see them."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from contracts.billing import chain
from contracts.billing.queries import payments_of
from contracts.billing.vouchers import vouchers_to_release
from contracts.visits import line_queries
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetchval
from marketplace.kernel.settings import Settings
from tests.builders_contracts import (
    APRIL,
    DRAWN_UP,
    a_closed_month,
    a_contract,
    a_contract_in_force,
    a_paid_milestone,
    accept,
    an_invoice_submitted,
    closing_time,
    heard,
)
from tests.cast import actor
from tests.pages import send, sign_in, words

INVOICE = {
    "number": "24512000000012345678", "amount": "41483.40", "issued_on": "2026-05-01", "bank": "成都农商银行金堂支行",
    "bank_account": "6228 4800 0123 4567 890",
}  # fmt: skip


async def test_an_unsigned_contract_is_hidden_and_both_sides_sign_it(client: Any, clock: Any) -> None:
    world = await a_contract()
    await clock.set(DRAWN_UP)
    path = f"/contracts/{world.reference}"
    assert (await client.get(path)).status_code == 404
    assert world.reference not in (await client.get("/contracts")).text
    await sign_in(client, "yang.hua")
    assert (await client.get(path)).status_code == 404
    await sign_in(client, "wang.min")
    assert "30" not in path and "签订" in words((await client.get(f"{path}/sign")).text)
    unread = await send(client, f"{path}/sign", {"typed_name": "王敏"})
    assert unread.status_code == 422 and "先阅读" in words(unread.text) and 'value="王敏"' in unread.text
    wrong = await send(client, f"{path}/sign", {"typed_name": "王明", "agree": "yes"})
    assert wrong.status_code == 422 and "“王敏”" in words(wrong.text)
    assert (await send(client, f"{path}/sign", {"typed_name": "王敏", "agree": "yes"})).status_code == 303
    assert (await send(client, f"{path}/sign", {"typed_name": "王敏", "agree": "yes"})).status_code == 409
    await sign_in(client, "director.0016")
    assert (await send(client, f"{path}/sign", {"typed_name": "何理事", "agree": "yes"})).status_code == 303
    client.cookies.delete("sid")
    page = words((await client.get(path)).text)
    assert "履行中" in page and "人民币肆拾玖万捌仟元整" in page
    assert world.reference in (await client.get("/contracts?q=救助&status=in_force")).text
    assert world.reference not in (await client.get("/contracts?q=zzz%25")).text


async def test_finance_cannot_sign_and_strangers_do_not_see_the_signing_page(client: Any, clock: Any) -> None:
    world = await a_contract()
    await clock.set(DRAWN_UP)
    await sign_in(client, "sun.yue")
    assert (await client.get(f"/contracts/{world.reference}/sign")).status_code == 403


async def test_the_accepter_fills_in_every_requirement(client: Any, clock: Any) -> None:
    world = await a_contract_in_force()
    path = f"/contracts/{world.reference}/acceptance/1"
    await a_closed_month(world)
    await clock.set(closing_time(world, APRIL))
    assert (await client.get(path)).status_code == 404
    await sign_in(client, "wang.min")
    assert (await client.get(path)).status_code == 403
    await sign_in(client, "ma.chao")  # who oversees reads how far it came
    assert (await client.get(path)).status_code == 200
    await sign_in(client, "chen.jing")
    assert "对新申请救助的对象入户走访" in words((await client.get(path)).text)
    empty = await send(client, path, {"finding-1": "met", "opinions": "张大爷 13800138000 说好"})
    assert empty.status_code == 422
    said = words(empty.text)
    assert "手机号" in said and "履行情况" in said and "说好" in empty.text
    full = {f"finding-{n}": "met" for n in range(1, 5)} | {"opinions": "走访三户，均满意。", "agree": "yes"}
    skipped = words((await send(client, path, full)).text)
    assert "还没有邀请他们出具意见" in skipped and "R-ACC-05" in skipped
    # no reason that anybody types skips them
    assert (await send(client, path, full | {"unheard": "只有三户，逐户走访过。"})).status_code == 422
    await heard(world.contract, 1, world.reviewer, closing_time(world, APRIL))
    assert (await send(client, path, full)).status_code == 303
    assert (await send(client, path, full)).status_code == 409
    client.cookies.delete("sid")
    page = words((await client.get(path)).text)
    assert "走访三户" in page and "7:30" in page and "已向随机抽取的服务对象听取意见" in page


async def test_an_acceptance_of_an_open_month_is_refused_with_the_month(client: Any, clock: Any) -> None:
    world = await a_contract_in_force()
    await clock.set(closing_time(world, APRIL))
    await sign_in(client, "chen.jing")
    full = {f"finding-{n}": "met" for n in range(1, 5)} | {"opinions": "满意。", "agree": "yes"}
    page = await send(client, f"/contracts/{world.reference}/acceptance/1", full)
    assert page.status_code == 422 and "2026-04" in words(page.text)
    assert (await client.get(f"/contracts/{world.reference}/acceptance/99")).status_code == 404


async def test_an_invoice_is_submitted_approved_paid_and_read_down_to_the_visits(
    client: Any, clock: Any, settings: Settings
) -> None:
    world = await a_contract_in_force()
    await a_closed_month(world)
    now = closing_time(world, APRIL)
    await accept(world, 1, now)
    await clock.set(now + timedelta(hours=1))
    new = f"/contracts/{world.reference}/milestones/1/invoice"
    await sign_in(client, "director.0016")
    assert "2026年5月31日" in words((await client.get(new)).text)
    bad = await send(client, new, {**INVOICE, "amount": "41483.405", "number": "12", "bank_account": "x"})
    assert bad.status_code == 422 and 'value="41483.405"' in bad.text
    assert "两位小数" in words(bad.text) and "20 位" in words(bad.text) and "30 位" in words(bad.text)
    other = await send(client, new, {**INVOICE, "amount": "41483.41"})
    assert other.status_code == 422 and "验收金额" in words(other.text)
    sent = await send(client, new, INVOICE)
    assert sent.status_code == 303
    assert (await send(client, new, INVOICE)).status_code == 409
    invoice = sent.headers["location"].split("?")[0]
    assert "6228***********7890" in words((await client.get(invoice)).text)
    await sign_in(client, "tang.yi")
    assert (await client.get(invoice)).status_code == 404
    await sign_in(client, "chen.jing")
    assert (await client.get(invoice)).status_code == 200
    assert (await send(client, f"{invoice}/approve")).status_code == 403
    await sign_in(client, "sun.yue")
    paths = {(await send(client, f"{invoice}/approve")).headers["location"] for _ in range(2)}
    assert len(paths) == 1
    payment = paths.pop().split("?")[0]
    assert (await send(client, f"{payment}/confirm")).status_code == 422
    assert (await send(client, "/payments/voucher-file", {})).status_code == 422
    [row] = await payments_of(world.contract)
    assert (await send(client, "/payments/voucher-file", {"payments": str(row["id"])})).status_code == 303
    assert (await send(client, "/payments/voucher-file", {"payments": str(row["id"])})).status_code == 409
    number = await fetchval("SELECT number FROM voucher_file")
    # who made the file cannot release it, and before that nothing leaves the house or counts as paid (R-ROLE-03)
    release = f"/payments/voucher-file/{number}/release"
    page = words((await client.get(release)).text)
    assert "请另一位同事复核签发" in page and "肆万壹仟肆佰捌拾叁元肆角" in page
    for path, status in ((release, 403), (f"{payment}/confirm", 422)):
        assert (await send(client, path)).status_code == status
    assert (await client.get(f"/payments/voucher-file/{number}")).status_code == 422
    assert not await vouchers_to_release((await actor("sun.yue", now)).person_id)
    await sign_in(client, "zhao.lei")
    assert "复核签发国库凭证" in words((await client.get("/work")).text)
    assert (await send(client, release)).status_code == 303
    await sign_in(client, "sun.yue")
    file = await client.get(f"/payments/voucher-file/{number}")
    assert "41483.40" in file.text and "62284800001234" not in file.text
    kept = settings.documents_folder / await fetchval("SELECT storage_key FROM voucher_file")
    kept.rename(kept.with_suffix(".away"))
    for path in ("", "/xlsx"):
        gone = await client.get(f"/payments/voucher-file/{number}{path}")
        assert gone.status_code == 503 and kept.name in gone.text and "marketplace verify documents" in gone.text
    kept.with_suffix(".away").rename(kept)
    for _ in range(2):
        assert (await send(client, f"{payment}/confirm")).status_code == 303
    inside = words((await client.get(payment)).text)
    assert "JT-R-0007" in inside and "7:30" in inside and "¥41,483.40" in inside
    client.cookies.delete("sid")
    outside = words((await client.get(payment)).text)
    assert "JT-R" not in outside and "三江村" not in outside and "唐怡" not in outside
    # three residents: the days would tell who they are, so the public reads the sum
    assert "7:30" in outside and "2:30" not in outside and "不足 5 人" in outside
    assert all(step in outside for step in ("成交通知", "公告", "目录项目", "预算"))
    assert (await client.get("/payments")).status_code == 303
    assert (await client.get(f"/payments/voucher-file/{number}")).status_code == 303


async def test_finance_returns_an_invoice_with_a_reason(client: Any, clock: Any) -> None:
    world = await a_contract_in_force()
    reference = await an_invoice_submitted(world)
    await clock.set(closing_time(world, APRIL) + timedelta(days=1))
    await sign_in(client, "sun.yue")
    assert (await send(client, f"/invoices/{reference}/return", {"reason": ""})).status_code == 422
    assert (await send(client, f"/invoices/{reference}/return", {"reason": "抬头不对"})).status_code == 303
    await sign_in(client, "director.0016")
    assert "抬头不对" in words((await client.get(f"/contracts/{world.reference}/milestones/1/invoice")).text)


async def test_public_pages_show_the_money_chain_without_a_recipient_in_both_languages(client: Any, clock: Any) -> None:
    world = await a_contract_in_force()
    payment = await a_paid_milestone(world)
    await clock.set(at_county_time(date(2026, 5, 5), 9))
    for path in (
        "/contracts", f"/contracts/{world.reference}", f"/contracts/{world.reference}/acceptance",
        f"/contracts/{world.reference}/acceptance/1", f"/payments/{payment['reference']}",
    ):  # fmt: skip
        for language in ("", "/en"):
            page = await client.get(language + path)
            assert page.status_code == 200, (path, words(page.text))
            assert "JT-R-" not in page.text and "三江村" not in page.text


async def test_a_payment_opens_its_visits_a_page_at_a_time(
    client: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (chain, line_queries):
        monkeypatch.setattr(module, "LINES_SHOWN", 2)
    world = await a_contract_in_force()
    payment = await a_paid_milestone(world)
    await clock.set(closing_time(world, APRIL) + timedelta(days=1))
    await sign_in(client, "sun.yue")
    path = f"/payments/{payment['reference']}"
    shown = []
    for query in ("", "?number=2", "?number=99", "?month=2026-04&number=2", "?month=nonsense&number=-1"):
        page = words((await client.get(path + query)).text)
        assert "3 条记录" in page and "7:30" in page  # the sums are of everything, whatever part is shown
        shown.append(re.findall(r"JT-R-\d{4}", page))
    first, second = ["JT-R-0007", "JT-R-0008"], ["JT-R-0009"]
    assert shown == [first, second, second, second, first]
