"""Annual service hours under a fixed total: from the draft to the ranking, the award and the contract (R-EVAL-12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from catalogue.listings.band_checks import check_band_rows
from catalogue.listings.draft_queries import scoring_of
from catalogue.listings.drafting_queries import section_of
from catalogue.listings.drafts import CriterionDraft, Scoring
from catalogue.listings.forms import criteria_form, raw_of
from catalogue.listings.queries import criteria, listing_by_id
from catalogue.listings.services import save_draft
from catalogue.scoring.bands import Band, counted_hours, hours_points, printed_text
from evaluations.awards.services import determine_award, publish_award_notice
from evaluations.scoring.queries import recompute, stored_results
from marketplace.kernel.db import fetchrow
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.rulebook import number
from tests.builders_catalogue import a_draft, hours_scoring
from tests.builders_evaluations import Offered, a_scored_listing
from tests.cast import actor
from vendors.bids.contents import BidContents, pack, unpack
from vendors.bids.rules import hours_mistake
from vendors.bids.strangers import ContentsBroken

D = Decimal
FIXED = hours_scoring()
HOURS = FIXED.criteria[2]
BANDS = HOURS.rows


def said(scoring: Scoring, day: Any) -> list[tuple[str, str | None]]:
    return [(m.field, m.clause) for m in check_band_rows(scoring, day)]


@pytest.mark.parametrize(
    ("hours", "points"), [(1, 0), (1999, 0), (2000, 8), (2999, 8), (3000, 15), (3999, 15), (4000, 20), (9000, 20)]
)
def test_r_eval_12_bands_are_half_open_without_gaps(hours: int, points: int) -> None:
    assert hours_points(BANDS, hours) == points


@pytest.mark.parametrize(
    ("hours", "staff", "counted"),
    [(3968, 2, 3968), (3969, 2, 3968), (9999, 2, 3968), (1984, 1, 1984), (3200, None, 0), (None, 4, 0)],
)
def test_r_eval_12_hours_count_up_to_what_so_many_people_may_lawfully_work(
    hours: int | None, staff: int | None, counted: int, today: Any
) -> None:
    each = number("R-EVAL-12/hours_per_person", today)
    assert counted_hours(hours, staff, each) == counted
    if hours and staff:
        assert (hours_mistake(hours, staff, each) is None) == (counted == hours)


def test_r_eval_12_the_working_time_of_a_year_is_the_rule_of_the_listings_day() -> None:
    assert number("R-EVAL-12/hours_per_person", date(2024, 12, 31)) == 2000
    assert number("R-EVAL-12/hours_per_person", date(2025, 1, 1)) == 1984


def test_r_eval_12_hours_stand_only_under_a_fixed_price(today: Any) -> None:
    assert said(FIXED, today) == []
    priced = replace(FIXED, is_price_fixed=False)
    assert said(priced, today) == [("criteria-2-kind", "R-EVAL-12")]
    assert said(replace(FIXED, price_weight=D(10)), today) == [("criteria-2-kind", "R-EVAL-12")]


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        ((), "criteria-2-kind"),
        ((Band(D(5), "", 100), Band(D(20), "", 4000)), "criteria-2-band-0-hours_from"),
        ((Band(D(5), "", 0), Band(D(20), "", None)), "criteria-2-band-1-hours_from"),
        ((Band(D(5), "", 0), Band(D(6), "", 0), Band(D(20), "", 9)), "criteria-2-band-1-hours_from"),
        ((Band(D(20), "", 0), Band(D(5), "", 4000)), "criteria-2-band-1-points"),
    ],
)
def test_r_eval_12_gaps_doubles_and_falling_bands_are_refused(rows: tuple[Band, ...], field: str, today: Any) -> None:
    wrong = replace(FIXED, criteria=(*FIXED.criteria[:2], replace(HOURS, rows=rows)))
    assert (field, "R-EVAL-12") in said(wrong, today)


def test_r_doc_06_rows_have_distinct_points_and_end_at_the_factors_points(today: Any) -> None:
    def rows(*points: str, condition: str = "有") -> list[tuple[str, str | None]]:
        factor = CriterionDraft("technical", "方案", D(20), "", rows=tuple(Band(D(p), condition) for p in points))
        return said(Scoring((factor,)), today)

    assert rows("20", "10", "0") == []
    assert rows("20", "10", "10") == [("criteria-0-band-2-points", "R-DOC-06")]
    assert rows("18", "10") == [("criteria-0-points", "R-DOC-06")]
    assert rows("20") == [("criteria-0-band-0-points", "R-DOC-06")]
    assert ("criteria-0-band-1-condition", "R-DOC-06") in rows("20", "10", condition=" ")


def test_rows_are_printed_in_order_and_come_back_as_they_were_typed() -> None:
    assert printed_text(BANDS).splitlines()[:2] == [
        "年服务时数 0 小时以上、不足 2000 小时：得 0 分", "年服务时数 2000 小时以上、不足 3000 小时：得 8 分",
    ]  # fmt: skip
    assert printed_text((Band(D(5), "缺一项"), Band(D(10), "齐全"))) == "齐全：得 10 分\n缺一项：得 5 分"
    form, again = criteria_form(raw_of(FIXED))
    assert not form.errors and again == FIXED
    both = {**raw_of(FIXED), "criteria-2-bands": "按时数"}
    assert "criteria-2-bands" in criteria_form(both)[0].errors


def test_r_eval_12_the_hours_are_sealed_with_the_offer_and_nothing_else_is_read_as_hours() -> None:
    sealed = BidContents(technical_text="方案", annual_hours=3200, service_staff=2)
    assert unpack(pack(sealed), []).annual_hours == 3200
    assert unpack(pack(replace(sealed, annual_hours=None)), []).annual_hours is None
    for wrong in (b'"3200"', b"true", b"0", b"-5", b"3200.5", b"99999999"):
        parts = pack(sealed)
        parts["technical"] = parts["technical"].replace(b'"annual_hours":3200', b'"annual_hours":' + wrong)
        with pytest.raises(ContentsBroken):
            unpack(parts, [])


async def test_r_eval_12_hours_without_a_fixed_price_are_not_saved(db: Any, clock: Any) -> None:
    now = await clock.now()
    listing = await a_draft(now)
    version = (await section_of(listing, "criteria"))["version"]
    with pytest.raises(FormRefused) as refused:
        await save_draft(listing, version, replace(FIXED, is_price_fixed=False), await actor("wang.min", now), now)
    assert "criteria-2-kind" in refused.value.errors
    await save_draft(listing, version, FIXED, await actor("wang.min", now), now)
    assert await scoring_of(await listing_by_id(listing)) == FIXED


async def test_r_eval_12_from_the_draft_to_the_ranking_the_award_and_the_contract(db: Any, clock: Any) -> None:
    """Equal marks and one fixed total: the one who promises more hours wins, and the contract holds the promise."""
    offers = {
        "和风": Offered("505000.00", more={"annual_hours": 3200, "service_staff": 2}),
        "沱江": Offered("505000.00", more={"annual_hours": 2999, "service_staff": 2}),
        # one person cannot lawfully work so much: 1984 hours count
        "云顶": Offered("505000.00", more={"annual_hours": 4500, "service_staff": 1}),
    }
    scored = await a_scored_listing(await clock.now(), offers, scoring=FIXED)
    row = await listing_by_id(scored.listing.id)
    assert await scoring_of(row) == FIXED
    (factor,) = [c for c in await criteria(scored.listing.id) if c["kind"] == "hours"]
    assert "年服务时数 3000 小时以上、不足 4000 小时：得 15 分" in factor["bands"]
    results = {
        name: await fetchrow("SELECT total, rank, price_score FROM bid_result WHERE opened_bid = $1", bid)
        for name, bid in scored.bids.items()
    }
    assert {n: (r["total"], r["rank"]) for n, r in results.items()} == {
        "和风": (D(95), 1), "沱江": (D(88), 2), "云顶": (D(80), 3),
    }  # fmt: skip
    assert all(r["price_score"] == 0 for r in results.values())
    assert await recompute(scored.listing.id) == await stored_results(scored.listing.id)
    reference = await determine_award(scored.lot, scored.buyer, scored.now)
    basis = await fetchrow("SELECT basis, basis_en FROM award WHERE reference = $1", reference)
    assert "承诺年服务时数 3200 小时" in basis["basis"] and "3200 hours" in basis["basis_en"]
    (contract,) = await publish_award_notice(scored.listing.id, scored.buyer, scored.now)
    drawn = await fetchrow("SELECT terms, annual_hours FROM contract WHERE id = $1", contract)
    assert drawn["annual_hours"] == 3200 and "承诺的年服务时数：每年不少于 3200 小时" in drawn["terms"]


@pytest.fixture
def today() -> Any:
    return date(2026, 3, 2)
