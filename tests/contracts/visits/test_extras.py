"""What comes with a visit besides its six points: read, rounded, compared."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from catalogue.items.rules import FIRST_EDITION, read_edition
from contracts.visits.extra_forms import extras_of, parse_extras
from contracts.visits.extras import TASKS, confirmation_shown, short_code, wrong_tasks

PHONE = uuid4()


def read(**sent: Any) -> Any:
    form = parse_extras(sent)
    assert form.errors == {}
    return extras_of(form, "JT-R-0001", PHONE)


def mistakes(**sent: Any) -> set[str]:
    return set(parse_extras(sent).errors)


def test_nothing_besides_the_six_points_is_asked_for() -> None:
    extras = read()
    assert extras.confirmed_by == "" and extras.tasks == () and extras.latitude is None and extras.companions == ()


def test_a_place_is_one_point_of_about_a_hundred_metres_and_nothing_finer_is_kept() -> None:
    extras = read(latitude="30.86214", longitude=104.41187, placed_at="2026-04-07T09:58:00.000Z")
    assert (extras.latitude, extras.longitude) == (Decimal("30.862"), Decimal("104.412"))
    assert mistakes(latitude="30.862") == {"latitude"}
    assert mistakes(latitude="91", longitude="10") == {"latitude"}


def test_absent_or_elsewhere_needs_a_reason_and_is_never_refused() -> None:
    assert mistakes(exception="absent") == {"exception_reason"}
    assert read(exception="absent", exception_reason="走亲戚去了").exception == "absent"
    assert mistakes(exception="unheard of") == {"exception"}
    assert mistakes(exception="absent", exception_reason="打了 13800138000") == {"exception_reason"}


def test_a_short_code_is_four_digits_of_the_residents_own() -> None:
    code = short_code("JT-R-0001")
    assert len(code) == 4 and code.isdigit()
    assert len({short_code(f"JT-R-{number:04d}") for number in range(200)}) > 150  # no code for everybody
    assert read(confirmed_by="code", short_code=code).code_is_right is True
    wrong = f"{(int(code) + 1) % 10000:04d}"
    assert read(confirmed_by="code", short_code=wrong).code_is_right is False  # recorded all the same
    assert mistakes(confirmed_by="code", short_code="12a4") == {"short_code"}


@pytest.mark.parametrize(
    ("way", "carries"),
    [("code", "short_code"), ("signature", "signature"), ("village", "village_words"), ("slip", "slip_number")],
)
def test_a_way_of_confirming_carries_what_it_needs(way: str, carries: str) -> None:
    assert mistakes(confirmed_by=way) == {carries}


def test_only_what_the_chosen_way_needs_is_kept() -> None:
    extras = read(confirmed_by="slip", slip_number="ZZ-0012", village_words="三江村委会", signature="M1 1L2 2")
    assert (extras.slip_number, extras.village_words, extras.signature) == ("ZZ-0012", "", "")


@pytest.mark.parametrize(
    "drawn", ["<script>", "M1 1", "M1 1L2 2Z", "M1 1L99999 2", "M1 1L2 2" * 90, "M1 1" + "L2 2" * 401]
)
def test_a_signature_is_lines_and_nothing_else(drawn: str) -> None:
    assert mistakes(confirmed_by="signature", signature=drawn) == {"signature"}
    assert read(confirmed_by="signature", signature="M1 1L20 30L40 50M3 3L9 9").signature.startswith("M1 1L20")


def test_what_is_of_no_kind_we_know_counts_as_not_sent() -> None:
    assert read(tasks="home", companions={"a": 1}, seconds=[3], latitude=True).tasks == ()
    assert mistakes(tasks=["home", "flying"]) == {"tasks"}
    assert mistakes(seconds=-1) == {"seconds"}


def test_R_SEED_07_every_item_whose_visits_are_logged_has_its_tasks() -> None:
    logged = {item.code for item in read_edition(FIRST_EDITION)[1] if item.logs_visits}
    assert logged == set(TASKS)
    assert wrong_tasks("A02", ["home", "meals"]) == ["meals"] and wrong_tasks("A03", ["home"]) == ["home"]


def test_a_reviewer_sees_who_confirmed_and_that_nobody_did() -> None:
    assert confirmation_shown({"confirmed_by": "", "code_is_right": None})[1] == "waiting"
    assert confirmation_shown({"confirmed_by": "code", "code_is_right": False})[1] == "refused"
    assert confirmation_shown({"confirmed_by": "slip", "code_is_right": None})[1] == "done"
