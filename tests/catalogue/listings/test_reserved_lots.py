"""R-SME-03, R-SME-04: single packages of a larger purchase are kept for small enterprises, the others open to all."""

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
from catalogue.listings.drafts import Basics, Lot, Lots
from catalogue.listings.forms import lots_form, raw_of
from catalogue.listings.queries import listing_by_id, lots
from catalogue.listings.reservation import admitted_forms, check_reserved_lots, ground_of_lot
from catalogue.listings.review.facts import facts_of
from evaluations.scoring.queries import lot_terms
from marketplace.finding.entries import entries_of
from tests.builders_catalogue import a_budget_line, a_draft, a_published_listing
from tests.catalogue.listings.test_reservation import two_providers
from tests.pages import sign_in, words

D = Decimal
BUDGET = D(3_000_000)
BASICS = Basics(
    "购买社会救助服务", "consultation", uuid4(), BUDGET, date(2027, 1, 1), date(2027, 12, 31),
    towns=(uuid4(),), reservation_ground="lots",
)  # fmt: skip


def packages(first: str = "900000", *, reserved: tuple[bool, bool] = (True, False)) -> Lots:
    rest = BUDGET - D(first)
    amounts = zip(("入户核查", "培训和宣传"), (D(first), rest), reserved, strict=True)
    return Lots(tuple(Lot("A02", title, D(1), "项", amount, kept) for title, amount, kept in amounts))


def said(basics: Basics, drafted: Lots) -> list[tuple[str, str | None]]:
    return [(m.field, m.clause) for m in check_reserved_lots(basics, drafted, D(30))]


def test_R_SME_03_reserved_lots_are_some_and_make_up_the_share() -> None:
    assert said(BASICS, packages()) == []
    assert said(BASICS, packages("899999.99")) == [("lots-0-is_reserved", "R-SME-03")]
    assert said(BASICS, packages(reserved=(False, False))) == [("lots-0-is_reserved", "R-SME-03")]
    assert said(BASICS, packages(reserved=(True, True))) == [("lots-0-is_reserved", "R-SME-03")]
    assert said(BASICS, packages(reserved=(False, True))) == []


def test_R_SME_03_a_marked_lot_needs_the_reservation_of_lots() -> None:
    for ground in ("", "competition", "share", "whole"):
        basics = replace(BASICS, reservation_ground=ground)
        assert said(basics, packages(reserved=(False, True))) == [("lots-1-is_reserved", "R-SME-03")]
        assert said(basics, packages(reserved=(False, False))) == []


def test_R_SME_02_a_reserved_lot_shuts_social_organisations_out_of_itself_alone() -> None:
    forms = [form.value for form in LegalForm]
    kept, free = {"legal_forms": forms, "is_reserved": True}, {"legal_forms": forms, "is_reserved": False}
    assert (ground_of_lot("lots", kept), ground_of_lot("lots", free)) == ("whole", "lots")
    assert admitted_forms([kept], "lots") == [LegalForm.ENTERPRISE]
    assert LegalForm.SOCIAL_GROUP in admitted_forms([kept, free], "lots")


def test_a_mark_comes_back_as_it_was_typed() -> None:
    form, again = lots_form(raw_of(packages()))
    assert not form.errors and again == packages()


@pytest.fixture
async def published(db: Any, clock: Any) -> Any:
    now = await clock.now()
    line = await a_budget_line(now, amount=D(5_000_000))
    changed = {"budget": BUDGET, "ceiling": BUDGET, "reservation_ground": "lots", "lots": packages()}
    return await a_published_listing(now, line, **changed)


async def test_R_SME_04_a_draft_with_reserved_lots_keeps_the_deduction_for_the_others(db: Any, clock: Any) -> None:
    now = await clock.now()
    line = await a_budget_line(now, amount=D(5_000_000))
    changed = {"budget": BUDGET, "ceiling": BUDGET, "reservation_ground": "lots", "lots": packages()}
    row = await listing_by_id(await a_draft(now, line, **changed))
    assert [m for m in await all_mistakes(row, now) if m.blocks] == []
    assert not {"deduction-on-reserved", "no-deduction"} & {
        each.check.id for each in findings(facts_of(await parts_of(row), now.date()))
    }


async def test_R_SME_04_nothing_is_deducted_inside_a_reserved_lot(published: Any) -> None:
    row = await listing_by_id(published.id)
    kept, free = await lots(published.id)
    assert (await lot_terms(row, kept)).scoring.deduction == 0
    assert (await lot_terms(row, free)).scoring.deduction == row["small_micro_deduction"] == 10


async def test_R_SME_03_pages_notice_document_and_search_say_which_lot_is_reserved(
    client: httpx.AsyncClient, clock: Any, published: Any
) -> None:
    social, firm = await two_providers(await clock.now())
    page = f"/listings/{published.reference}"
    shown = words((await client.get(page)).text)
    assert "入户核查 专门面向中小企业" in shown and "培训和宣传 专门面向中小企业" not in shown
    assert "部分采购包专门面向中小企业" in shown
    for paper in ("consultation", "document"):
        printed = words((await client.get(f"{page}/notices/{paper}")).text)
        assert "入户核查（专门面向中小企业）" in printed and "包内不实行价格扣除" in printed
    await sign_in(client, social)
    assert "可以参加" in words((await client.get(page)).text)
    assert "能不能参加 有法定的排除情形" in words((await client.get(f"{page}/lots/1/bid")).text)
    assert "能不能参加 有法定的排除情形" not in words((await client.get(f"{page}/lots/2/bid")).text)
    await sign_in(client, firm)
    assert "能不能参加 有法定的排除情形" not in words((await client.get(f"{page}/lots/1/bid")).text)
    (entry,) = await entries_of("listing", [published.id])
    assert "social_group" in entry.facets["form"]
