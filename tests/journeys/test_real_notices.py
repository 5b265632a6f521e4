"""Real notices entered through the pages as a new user would, each on its own day and under the rules of that day.

One county serves all of them: it begins in December 2021, has people and no past, and its clock only goes forward, so
the notices come in the order of their years.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from marketplace.demo.county.needs import N1, N3, N4, N5, N6, N7, N8, N8_AGAIN_AT, N8_AGAIN_CLOSES_AT, N9, Need
from marketplace.demo.story.awarding import release
from marketplace.demo.story.bidding import seal
from marketplace.demo.story.browser import words
from marketplace.demo.story.county import County, at
from marketplace.demo.story.needs import Entered, begin, enter, fill_in, hand_over, publish, timetable_of
from marketplace.kernel.clock import COUNTY_ZONE
from tests.people import own_server


@pytest.fixture(scope="module")
def then() -> Iterator[County]:
    """A county without a past whose clock stands on 1 December 2021."""
    with own_server(begins=at(date(2021, 12, 1))) as server:
        county = County(server.address, server.identities_folder)
        yield county
        county.close()


def to(county: County, moment: datetime) -> None:
    county.clock(moment.astimezone(COUNTY_ZONE))


def refused(page: str, sentence: str, clause: str) -> None:
    """The page says the sentence, with its clause."""
    said = words(page)
    assert sentence in said, said[:1500]
    assert clause in said, said[:1500]


def published(county: County, entered: Entered, *sentences: str) -> None:
    """The public page of a published notice says these."""
    visitor = county.visitor()
    visitor.get(f"/listings/{entered.reference}")
    visitor.must_say(entered.need.title, *sentences)


def test_n9_of_2021_counts_ten_days_from_its_documents_and_passes_exactly(then: County) -> None:
    to(then, N9.published_at - timedelta(minutes=20))
    drafter, draft = begin(then, N9)
    fill_in(then, N9, draft)
    day_less = timetable_of(replace(N9, closes_at=N9.closes_at - timedelta(days=1)))
    drafter.get(f"{draft}/timetable")
    page = drafter.fill(day_less, action=f"{draft}/timetable", expect=422)
    refused(page, "采购文件从 2021年12月6日（周一）起提供，最早 2021年12月16日（周四）截止。", "R-TIME-07")
    ends_early = {**timetable_of(N9), "documents_until": "2021-12-09T17:00"}
    drafter.get(f"{draft}/timetable")
    page = drafter.fill(ends_early, action=f"{draft}/timetable", expect=422)
    refused(page, "采购文件至少提供到 2021年12月10日（周五）。", "R-TIME-08")
    drafter.get(f"{draft}/timetable")
    drafter.fill(timetable_of(N9), action=f"{draft}/timetable")
    hand_over(then, draft, N9)
    drafter.get(f"{draft}/check")
    assert "采购意向" not in words(drafter.text)  # intentions were asked for from 2022 on only (R-TIME-01)
    entered = publish(then, draft, N9)
    published(then, entered, "1,320,000.00", "2021年12月16日", "2021年12月6日", "R-TIME-07")


def test_n3_of_2022_takes_no_consortium_and_counts_five_working_days(then: County) -> None:
    to(then, N3.published_at - timedelta(minutes=20))
    entered = enter(then, N3)
    published(then, entered, "3,077", "不接受联合体", "R-TIME-08")


def test_n1_of_2023_is_reserved_or_has_its_ground(then: County) -> None:
    to(then, N1.published_at - timedelta(minutes=20))
    page = begin(then, replace(N1, reservation_ground=""), expect=422)[0].text
    refused(page, "原则上专门面向中小企业", "R-PLAN-01")
    entered = enter(then, N1)
    published(then, entered, "505,000.00", "R-PLAN-01")


def test_n7_of_2025_is_under_the_limit_and_a_larger_one_is_not(then: County) -> None:
    to(then, N7.published_at - timedelta(minutes=20))
    page = begin(then, replace(N7, budget=N1.budget), expect=422)[0].text
    refused(page, "预算达到了采购限额标准", "R-METH-12")
    entered = enter(then, N7)
    published(then, entered, "50,000.00", "R-METH-12")


def test_n8_fails_with_one_bidder_and_is_listed_again_in_one_act(then: County) -> None:
    to(then, N8.published_at - timedelta(minutes=20))
    entered = enter(then, N8)
    seal(then.person("nuanyang"), entered.reference, price="288000.00")
    to(then, N8.closes_at + timedelta(minutes=5))
    release(then, entered.reference, ("zhou.lan",))
    visitor = then.visitor()
    visitor.get(f"/listings/{entered.reference}")
    refused(visitor.text, "没有一个采购包收到 2 份有效投标", "R-METH-12")
    to(then, N8_AGAIN_AT - timedelta(minutes=20))
    drafter = then.person("wang.min")
    drafter.get(f"/listings/{entered.reference}/relist")
    drafter.fill({}, action=f"/listings/{entered.reference}/relist")
    again, second = drafter.at, replace(N8, closes_at=N8_AGAIN_CLOSES_AT, published_at=N8_AGAIN_AT)
    drafter.get(f"{again}/timetable")
    drafter.fill(timetable_of(second), action=f"{again}/timetable")
    hand_over(then, again, second)
    published(then, publish(then, again, second), "第二次")


def test_n5_must_be_tendered_openly_by_its_amount(then: County) -> None:
    to(then, N5.published_at - timedelta(minutes=20))
    drafter, draft = begin(then, replace(N5, method="consultation"))
    refused(drafter.get(f"{draft}/method"), "公开招标数额标准", "R-METH-02")
    refused(drafter.get(f"{draft}/check"), "公开招标数额标准", "R-METH-02")
    drafter.post(f"{draft}/check", expect=422)  # not handed over without the approval of the finance department above
    page = begin(then, replace(N5, long_term_reason=""), expect=422)[0].text
    refused(page, "服务期一般不超过 12 个月", "R-GPS-08")
    entered = enter(then, N5)
    published(then, entered, "7,524,000.00", "公开招标", "R-TIME-04")


@pytest.mark.parametrize("need", [N4, N6], ids=["n4", "n6"])
def test_n4_and_n6_are_bought_by_the_countys_own_procedure(then: County, need: Need) -> None:
    to(then, need.published_at - timedelta(minutes=20))
    entered = enter(then, need)
    published(then, entered, f"{need.budget:,.2f}", "R-METH-12")
