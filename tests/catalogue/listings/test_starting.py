"""Beginning a draft: templates that the checks accept, copies, the second edition in draft."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from catalogue.checks.clarity import clarity
from catalogue.items.queries import current_items
from catalogue.items.rules import check_edition, drafted_second_edition
from catalogue.listings.checks import check_lots, check_milestones, check_scoring
from catalogue.listings.draft_queries import all_mistakes, parts_of
from catalogue.listings.drafts import Basics, Requirement
from catalogue.listings.limits import limits_on
from catalogue.listings.needs import NEED_LABELS, check_need, composed_text
from catalogue.listings.queries import listing_by_id
from catalogue.listings.review.facts import facts_of
from catalogue.listings.review.findings import checked_text
from catalogue.listings.starting.book import templates
from catalogue.listings.starting.rules import draft_from_copy, draft_from_template, payments_of
from catalogue.listings.terms import check_terms, term_limits_on
from tests.builders_catalogue import a_budget_line, a_published_listing, n1_draft, registered_openers
from tests.cast import office
from tests.catalogue.pages_of_n1 import basics as n1_basics
from tests.pages import send, sign_in, words

CODES = [f"A{n:02d}" for n in range(1, 9)] + [f"S{n:02d}" for n in range(1, 9)]
DAY = date(2026, 3, 2)


def some_basics(**changed: Any) -> Basics:
    basics = Basics(
        title="x", method="consultation", budget_line=UUID(int=1), budget=Decimal("505000.00"),
        service_from=date(2027, 1, 1), service_to=date(2027, 12, 31), ceiling=Decimal("505000.00"),
        towns=(UUID(int=2),), reservation_ground="competition",
    )  # fmt: skip
    return replace(basics, **changed)


def test_every_item_of_both_editions_has_its_template() -> None:
    assert list(templates()) == CODES
    assert [item.code for item in drafted_second_edition()] == CODES
    check_edition(drafted_second_edition())


@pytest.mark.parametrize("code", CODES)
def test_a_template_is_whole_and_lawful(code: str) -> None:
    template = templates()[code]
    draft = draft_from_template(template, some_basics(), DAY)
    limits = limits_on(DAY)
    need = template.need
    assert all(getattr(need, name) for name in NEED_LABELS), "every part is written"
    assert check_need(need, draft.basics.budget) == []
    assert draft.scoring and check_scoring(draft.scoring, "consultation", limits) == []
    assert draft.milestones and check_milestones(draft.milestones, draft.basics.service_from) == []
    assert draft.milestones.milestones[-1].due_on == draft.basics.service_to
    assert draft.terms and draft.terms.handover and check_terms(draft.terms, draft.basics, term_limits_on(DAY)) == []
    assert draft.lots and check_lots(draft.lots, draft.basics.budget, _line(code), CODES) == []
    parts = [draft.basics, *draft.later_parts()]
    assert clarity(facts_of(parts, DAY)).score == 100


@pytest.mark.parametrize("code", CODES)
def test_a_template_says_how_much_for_whom_and_how_it_is_paid(code: str) -> None:
    template = templates()[code]
    need = template.need
    assert len(need.quantities) >= 3 and all(q.quantity > 0 and q.unit and q.times for q in need.quantities)
    # policy is told to everybody who lives here; every other service has its number of people or offices
    assert code == "A04" or any(letter.isdigit() for letter in need.users)
    assert sum(i.points for i in need.indicators) == 100 and all(i.target and i.source for i in need.indicators)
    payments = payments_of(template, date(2027, 1, 1), date(2027, 12, 31)).milestones
    last = payments[-1].evidence
    assert sum(m.share for m in payments) == 100 and ("验收" in last or "评审" in last)


@pytest.mark.parametrize("code", ["A01", "A07", "S01", "S04", "S07"])
def test_r_child_01_services_that_meet_children_protect_them(code: str) -> None:
    standard = templates()[code].need.standard
    assert "未成年人" in standard and ("监护人" in standard or "2 人同行" in standard)


def _line(code: str) -> Any:
    return type("Line", (), {"item_code": code})


@pytest.mark.parametrize("code", CODES)
async def test_a_template_passes_the_fairness_check(db: Any, clock: Any, code: str) -> None:
    draft = draft_from_template(templates()[code], some_basics(), DAY)
    checked = await checked_text(UUID(int=3), [draft.basics, *draft.later_parts()], await clock.now())
    assert [(f.finding.check.id, f.finding.hit) for f in checked.judged] == []


async def test_a_reserved_purchase_starts_without_deduction_r_sme_04() -> None:
    draft = draft_from_template(templates()["A02"], some_basics(reservation_ground="whole"), DAY)
    assert draft.scoring and draft.scoring.small_micro_deduction == 0


async def test_n1_is_begun_from_its_template_and_says_what_is_left(client: httpx.AsyncClient, clock: Any) -> None:
    now: datetime = await clock.now()
    line = await a_budget_line(now)
    await registered_openers(now)
    await sign_in(client, "wang.min")
    form = await client.get("/listings/drafts/new?start=template")
    assert '<option value="template" selected>' in form.text
    typed = {**n1_basics(line, await office("zhaozhen")), "start": "template"}
    answer = await send(client, "/listings/drafts/new", typed)
    assert answer.status_code == 303
    listing = await listing_by_id(UUID(answer.headers["location"].rsplit("/", 1)[1]))
    assert {m.part for m in await all_mistakes(listing, now) if m.blocks} == {"timetable", "openers"}
    assert listing["requirement"] == composed_text(templates()["A02"].need)
    page = words((await client.get(answer.headers["location"])).text)
    assert "8 / 10" in page


async def test_a_copy_keeps_proportions_and_distances_and_a_strangers_is_not_copied(
    client: httpx.AsyncClient, clock: Any
) -> None:
    now = await clock.now()
    published = await a_published_listing(now)
    line = await a_budget_line(now, title="第二年")
    await sign_in(client, "wang.min")
    typed = {**n1_basics(line, await office("zhaozhen")), "start": f"copy:{published.id}", "budget": "404000.00",
             "ceiling": "404000.00", "service_from": "2028-01-01", "service_to": "2028-12-31"}  # fmt: skip
    answer = await send(client, "/listings/drafts/new", typed)
    assert answer.status_code == 303, words(answer.text)
    copy = await parts_of(await listing_by_id(UUID(answer.headers["location"].rsplit("/", 1)[1])))
    lots = next(part for part in copy if type(part).__name__ == "Lots")
    assert [lot.budget for lot in lots.lots] == [Decimal("404000.00")]
    assert (await send(client, "/listings/drafts/new", {**typed, "start": f"copy:{UUID(int=9)}"})).status_code == 422
    assert (await send(client, "/listings/drafts/new", {**typed, "start": "copy:x"})).status_code == 422


async def test_a_copy_of_a_whole_draft_is_the_same_need(db: Any, clock: Any) -> None:
    now = await clock.now()
    draft = await n1_draft(now, await a_budget_line(now))
    copied = draft_from_copy(draft.basics, [draft.basics, *draft.later_parts()])
    assert copied.requirement == draft.requirement and copied.milestones == draft.milestones
    assert copied.timetable is None


async def test_everybody_reads_the_templates_and_the_draft_edition_is_not_in_force(
    client: httpx.AsyncClient, clock: Any
) -> None:
    await a_budget_line(await clock.now())
    page = await client.get("/listings/templates")
    assert page.status_code == 200 and page.text.count("没有生效") == 4
    assert "不能按它采购" in words((await client.get("/listings/templates/S06")).text)
    assert "【" not in (await client.get("/listings/templates/A02")).text
    assert (await client.get("/listings/templates/X99")).status_code == 404
    assert "S05" not in [item["code"] for item in await current_items()]
    english = await client.get("/en/listings/templates/A02")
    assert english.status_code == 200 and "Acceptance" in english.text


def test_a_requirement_of_one_text_stays_that_text() -> None:
    assert composed_text(Requirement("入户率 100%")) == "入户率 100%"
