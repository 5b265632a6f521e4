"""R-PLAN-01, R-SME-02, R-SME-03: what is kept for small enterprises, said alike on form, checks, notice and pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest

from catalogue.checks.fairness import findings
from catalogue.items.rules import LegalForm
from catalogue.listings.draft_queries import all_mistakes, parts_of
from catalogue.listings.drafts import Basics, Terms
from catalogue.listings.limits import limits_on
from catalogue.listings.queries import listing_by_id
from catalogue.listings.reservation import admitted_forms, check_reservation, check_reserved_share, is_shut_out
from catalogue.listings.review.facts import facts_of
from marketplace.finding.entries import entries_of
from marketplace.kernel.errors import FormRefused
from tests.builders_catalogue import a_draft, a_published_listing, n1_scoring
from tests.builders_vendors import a_provider
from tests.pages import sign_in, words

Client = httpx.AsyncClient
D = Decimal
LIMITS = limits_on(date(2026, 3, 2))
BASICS = Basics(
    title="购买社会救助服务", method="consultation", budget_line=uuid4(), budget=D("505000.00"),
    service_from=date(2027, 1, 1), service_to=date(2027, 12, 31), towns=(uuid4(),),
)  # fmt: skip
WHOLE: dict[str, Any] = {"reservation_ground": "whole", "scoring": replace(n1_scoring(), small_micro_deduction=D(0))}


async def two_providers(now: Any) -> tuple[str, str]:
    """A social organisation and an enterprise that bid; their usernames."""
    social = await a_provider(now)
    firm = await a_provider(now, "四川同行服务有限公司", LegalForm.ENTERPRISE, "tongxing")
    return social.username, firm.username


@pytest.mark.parametrize(
    ("changed", "clauses"),
    [
        ({}, ["R-PLAN-01"]),
        ({"budget": D("500000.00")}, ["R-PLAN-01"]),
        ({"budget": D("2000000.00")}, ["R-PLAN-01"]),
        ({"budget": D("2000000.01")}, []),
        ({"reservation_ground": "whole"}, []),
        ({"reservation_ground": "competition"}, []),
        ({"reservation_ground": "share"}, ["R-SME-03"]),
        ({"reservation_ground": "share", "budget": D("2000000.01")}, []),
        ({"method": "under_limit", "budget": D("400000")}, []),
        ({"method": "under_limit", "budget": D("400000"), "reservation_ground": "whole"}, ["R-PLAN-01"]),
    ],
)
def test_R_PLAN_01_between_limit_and_two_million_the_whole_is_kept_or_the_ground_is_said(
    changed: dict[str, Any], clauses: list[str]
) -> None:
    assert [each.clause for each in check_reservation(replace(BASICS, **changed), LIMITS)] == clauses


def test_R_SME_03_a_reserved_share_is_subcontracted_at_a_printed_percentage() -> None:
    shared = replace(BASICS, budget=D(3000000), reservation_ground="share")
    (mistake,) = check_reserved_share(shared, Terms(subcontract_share=D("29.99")), D(30))
    assert (mistake.part, mistake.field, mistake.clause) == ("terms", "subcontract_share", "R-SME-03")
    assert check_reserved_share(shared, Terms(subcontract_share=D(30)), D(30)) == []
    assert check_reserved_share(BASICS, Terms(), D(30)) == []


def test_R_SME_02_only_a_whole_reservation_shuts_social_organisations_out() -> None:
    lots = [{"legal_forms": [form.value for form in LegalForm]}]
    assert admitted_forms(lots, "whole") == [LegalForm.ENTERPRISE]
    assert LegalForm.SOCIAL_GROUP in admitted_forms(lots, "share") and len(admitted_forms(lots, "")) == len(LegalForm)
    for form in LegalForm:
        assert is_shut_out(form, "whole") is (form != LegalForm.ENTERPRISE)
        assert not is_shut_out(form, "competition") and not is_shut_out(form, "share")


async def test_R_SME_04_items_10_and_11_follow_the_reservation_of_the_form(db: Any, clock: Any) -> None:
    now = await clock.now()

    async def found(**changed: Any) -> set[str]:
        row = await listing_by_id(await a_draft(now, **changed))
        facts = facts_of(await parts_of(row), now.date())
        return {each.check.id for each in findings(facts)} & {"deduction-on-reserved", "no-deduction"}

    without = replace(n1_scoring(), small_micro_deduction=D(0))
    assert await found(reservation_ground="whole") == {"deduction-on-reserved"}  # item 10
    assert await found(**WHOLE) == set()
    assert await found(reservation_ground="competition", scoring=without) == {"no-deduction"}  # item 11
    assert await found(reservation_ground="competition") == set()


async def test_R_PLAN_01_a_draft_without_ground_is_refused_at_its_field_and_one_with_it_stands(
    db: Any, clock: Any
) -> None:
    now = await clock.now()
    with pytest.raises(FormRefused) as refused:
        await a_draft(now, reservation_ground="")
    assert set(refused.value.errors) == {"reservation_ground"}
    for changed in (WHOLE, {}):
        row = await listing_by_id(await a_draft(now, **changed))
        assert [m for m in await all_mistakes(row, now) if m.blocks] == []


async def test_R_SME_02_a_reserved_listing_says_to_everybody_whom_it_shuts_out(client: Client, clock: Any) -> None:
    now = await clock.now()
    social, firm = await two_providers(now)
    found = await a_published_listing(now, **WHOLE)
    page = f"/listings/{found.reference}"
    said = words((await client.get(page)).text)
    assert "社会组织和事业单位不能参加" in said and "可以提供的法人类型：企业" in said.replace(" ", "")
    notice = words((await client.get(f"{page}/notices/consultation")).text)
    assert "专门面向中小企业采购，供应商应当提交《中小企业声明函》" in notice and "民办非企业" not in notice
    await sign_in(client, social)
    answer = words((await client.get(page)).text)
    assert "您的机构不能参加：这个项目专门面向中小企业采购" in answer and "R-SME-02" in answer
    assert "第 1 包不能参加（R-SME-02），仍要准备投标文件" in answer and "准备第 1 包的投标文件" not in answer
    bid = words((await client.get(f"{page}/lots/1/bid")).text)
    assert "有法定的排除情形" in bid
    await sign_in(client, firm)
    answer = words((await client.get(page)).text)
    assert "可以参加" in answer and "准备第 1 包的投标文件" in answer
    (entry,) = await entries_of("listing", [found.id])
    assert entry.facets["form"] == ["enterprise"]


async def test_R_SME_02_an_unreserved_listing_tells_a_social_organisation_that_it_gets_no_deduction(
    client: Client, clock: Any
) -> None:
    now = await clock.now()
    social, firm = await two_providers(now)
    found = await a_published_listing(now)
    for person, told in ((social, True), (firm, False)):
        await sign_in(client, person)
        said = words((await client.get(f"/listings/{found.reference}")).text)
        assert "可以参加" in said and ("价格扣除不适用于您的机构" in said) is told
