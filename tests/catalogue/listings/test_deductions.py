"""What a listing prints of deductions: typed, kept, shown as a version, never changed without one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from catalogue.listings.checks import check_milestones
from catalogue.listings.conflicts import differences
from catalogue.listings.content import content_of
from catalogue.listings.draft_queries import parts_of
from catalogue.listings.drafts import DeductionDraft, MilestoneDraft, Milestones
from catalogue.listings.forms import milestones_form, raw_of
from catalogue.listings.queries import draft_page, listing_by_id
from catalogue.listings.services import save_draft
from catalogue.listings.versions import lines_of
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute, transaction
from tests.builders_catalogue import a_draft, a_published_listing
from tests.cast import actor

NOW = at_county_time(date(2026, 3, 2), 9)
ROW = {
    "milestones-0-title": "全部", "milestones-0-share": "100", "milestones-0-due_on": "2027-03-31",
    "milestones-0-evidence": "验收记录",
}  # fmt: skip
PRINTED = (DeductionDraft("记录晚于次月五日送审", Decimal("1.5")), DeductionDraft("有一户没有走访", Decimal("0.5")))


def test_what_is_typed_is_read_and_shown_again() -> None:
    typed = ROW | {"deductions-0-condition": "记录晚于次月五日送审", "deductions-0-percent": "1.5"}
    form, part = milestones_form(typed)
    assert isinstance(part, Milestones) and part.deductions == PRINTED[:1]
    assert {name: value for name, value in raw_of(part).items() if name.startswith("deductions")} == {
        "deductions-0-condition": "记录晚于次月五日送审", "deductions-0-percent": "1.5",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "percent", "wrong"),
    [
        ("", "1", "condition"), ("晚送", "", "percent"), ("晚送", "0", "percent"), ("晚送", "101", "percent"),
        ("长" * 301, "1", "condition"),
    ],
)  # fmt: skip
def test_a_deduction_is_whole_or_named(condition: str, percent: str, wrong: str) -> None:
    form, part = milestones_form(ROW | {"deductions-1-condition": condition, "deductions-1-percent": percent})
    assert part is None and set(form.errors) == {f"deductions-1-{wrong}"}


def test_the_same_failing_stands_once() -> None:
    payment = MilestoneDraft("全部", Decimal(100), date(2027, 3, 31), "验收记录")
    twice = Milestones((payment,), (PRINTED[0], DeductionDraft(" 记录晚于次月五日送审 ", Decimal(2))))
    assert [each.field for each in check_milestones(twice, date(2026, 4, 1))] == ["deductions-1-condition"]


def test_of_two_who_edit_the_slower_sees_both_rows() -> None:
    mine = {"deductions-0-condition": "晚送", "deductions-0-percent": "1"}
    [each] = differences("milestones", mine, mine | {"deductions-0-percent": "2"}, {})
    assert (each.group, each.row, each.mine, each.theirs) == ("扣减", 1, "1", "2")


async def test_deductions_are_saved_with_the_payments_and_are_lines_of_the_version(db: Any) -> None:
    listing, drafter = await a_draft(NOW), await actor("wang.min", NOW)
    page = await draft_page(listing, drafter)
    payment = MilestoneDraft("全部", Decimal(100), page["service_to"], "验收记录")
    await save_draft(listing, page["version"], Milestones((payment,), PRINTED), drafter, NOW)
    found = await listing_by_id(listing)
    stored = next(part for part in await parts_of(found) if isinstance(part, Milestones))
    assert stored.deductions == PRINTED
    lines = [line for line in lines_of(await content_of(found)) if line.label == "每次扣减"]
    assert [line.item for line in lines] == [each.condition for each in PRINTED]


async def test_a_published_listing_gets_no_deduction_without_a_version(committed: None) -> None:
    published = await a_published_listing(NOW)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="new version"):
        async with transaction():
            await execute(
                "INSERT INTO payment_deduction (id, listing, position, condition, percent)"
                " VALUES (gen_random_uuid(), $1, 1, '晚送', 1)",
                published.id,
            )
            await execute("SET CONSTRAINTS ALL IMMEDIATE")
