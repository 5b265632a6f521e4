"""The papers of a contract in the county's form: who has which, and what each says."""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx

from catalogue.notices.content import Paper
from contracts.agreements.queries import contract_facts
from contracts.papers.content import FORMS, Kind, contract_paper
from contracts.papers.queries import paper_for, papers_for
from marketplace.kernel.db import fetchval
from tests.builders_contracts import a_contract_in_force, a_paid_milestone, an_invoice_submitted
from tests.pages import sign_in, words


def said(paper: Paper) -> str:
    return repr(paper.sections)


async def test_each_side_has_its_papers_and_each_says_what_is_recorded(client: httpx.AsyncClient, clock: Any) -> None:
    world = await a_contract_in_force()
    await a_paid_milestone(world)
    invoice = await an_invoice_submitted(world, 2, date(2026, 5, 1))
    contract = await contract_facts(world.reference, visible_to=None)
    have = {who: [each.slug for each in await papers_for(contract, actor)] for who, actor in (
        ("nobody", None), ("buyer", world.reviewer), ("provider", world.director), ("finance", world.finance),
    )}  # fmt: skip
    assert have["nobody"] == ["contract-public", "acceptance-1", "acceptance-2"]
    assert have["provider"] == [
        "contract", "contract-public", "filing", "acceptance-plan", "acceptance-1", "acceptance-2",
    ]  # fmt: skip
    assert have["buyer"][-1] == have["finance"][-1] == f"payment-request-{invoice}"
    papers = {slug: await paper_for(contract, slug, world.reviewer, "https://jt.example") for slug in have["buyer"]}
    assert papers["contract"].title == FORMS[Kind.CONTRACT].title
    # every part of the text that was drawn is a heading of the paper
    parts = world.facts["terms"].count("\n\n")
    assert len(papers["contract"].sections) == 1 + parts + 1
    assert world.facts["terms_sha256"] in said(papers["contract"]) and "何理事" in said(papers["contract"])
    assert "采购计划号" in said(papers["filing"]) and "肆拾玖万捌仟元整" in said(papers["filing"])
    assert "2026年3月31日" in said(papers["filing"])  # seven working days after the twentieth
    plan, certificate = said(papers["acceptance-plan"]), said(papers["acceptance-1"])
    assert "10 个工作日" in plan and "入户走访" in plan and "技术" in plan
    assert "走访三户" in certificate and "7:30" in certificate and "四、服务对象的意见" in certificate
    request = said(papers[f"payment-request-{invoice}"])
    number = await fetchval("SELECT number FROM invoice WHERE reference = $1", invoice)
    assert "以前已付" in request and f"'{number}'" in request
    await sign_in(client, "chen.jing")
    home = f"/contracts/{world.reference}/papers"
    assert "资金支付申请表" in words((await client.get(home)).text)
    for slug in ("filing", "acceptance-plan", "acceptance-1", f"payment-request-{invoice}", "contract"):
        file = await client.get(f"{home}/{slug}.docx")
        assert file.status_code == 200 and file.content[:2] == b"PK", slug
    assert (await client.get(f"{home}/payment-request-{invoice}.pdf")).content[:4] == b"%PDF"


def test_what_a_listing_numbers_itself_stays_text_under_the_contract_s_own_headings() -> None:
    terms = (
        "政府购买服务合同\n合同编号：HT-1\n\n一、合同双方\n甲\n\n"
        "二、服务内容\n一、上门\n\n三、记录\n\n十、其他\n\n三、合同金额\n一元\n"
    )
    contract = {
        "terms": terms, "terms_sha256": "a" * 64, "reference": "HT-1", "buyer_name": "甲", "signed_at": None,
        "drawn_up_at": None,
    }  # fmt: skip
    own = [each.heading for each in contract_paper(contract, [], "").sections]
    assert own == ["合同", "一、合同双方", "二、服务内容", "三、合同金额", "签订"]
    # another text, such as an amendment's, has every heading that counts on
    other = {**contract, "terms": terms.replace("政府购买服务", "续签")}
    told = [each.heading for each in contract_paper(other, [], "").sections]
    assert told == ["合同", "一、合同双方", "二、服务内容", "三、记录", "签订"]
