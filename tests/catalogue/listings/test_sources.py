"""Whose judgement counts in the later evaluation: printed with the need, and read back as it was typed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from catalogue.listings.drafts import SourceShare
from catalogue.listings.forms import raw_of, requirement_form
from catalogue.listings.indicators import Group, guessed_group, way_for
from catalogue.listings.needs import check_need, composed_text
from catalogue.listings.starting.book import templates

NEED = templates()["A01"].need
MUCH = Decimal(1_000_000)


def test_sources_total_one_hundred_and_belong_to_indicators():
    assert check_need(NEED, MUCH) == []
    short = replace(NEED, sources=(SourceShare("third_party", Decimal(90)),))
    alone = replace(NEED, indicators=())
    for wrong in (short, alone):
        assert [(mistake.field, mistake.clause) for mistake in check_need(wrong, MUCH)] == [
            ("share-third_party", "R-PERF-03")
        ]


def test_how_an_indicator_is_scored_and_who_judges_stand_in_the_one_text_of_the_need():
    text = composed_text(NEED)
    assert "预算执行率：不低于 95%（10 分），依据：付款记录，预算执行，系统算：已付的占应付的" in text
    assert "【评价来源和权重】\n第三方专业机构 50%、镇（街道） 20%、民政局 10%、服务对象 20%" in text


def test_the_form_reads_back_what_it_shows():
    form, read = requirement_form(raw_of(NEED))
    assert not form.errors and read == NEED


def test_an_indicator_of_a_listing_of_before_is_placed_by_its_title_and_target():
    assert guessed_group("服务对象满意度") is Group.SATISFACTION and guessed_group("走访率") is Group.OUTPUT
    assert [way_for("", "预算执行率", "95%"), way_for("", "走访率", "95%"), way_for("", "探访质量", "按方案")] == [
        "execution_rate", "quantitative", "qualitative",
    ]  # fmt: skip
    assert way_for("turnover", "走访率", "95%") == "turnover"
