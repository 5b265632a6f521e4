"""Statements of one price that differ are mended in the order of 87 Art 59 (R-EVAL-08)."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.scoring.arithmetic import Figures, Mended, Step, cannot_be_read, mend
from marketplace.kernel.capitals import in_capitals, read_capitals

amounts = st.decimals(Decimal("0.01"), Decimal("9999999.99"), places=2)
quantities = st.decimals(Decimal(1), Decimal(50_000), places=2)


@given(amount=amounts)
def test_what_is_written_in_capitals_is_read_again(amount: Decimal) -> None:
    assert read_capitals(in_capitals(amount)) == amount


@pytest.mark.parametrize(
    ("words", "amount"),
    [
        ("拾伍万元整", "150000"), ("人民币：肆拾捌万圆正", "480000"), ("四十八万零五元二角", "480005.20"),
        ("伍角", "0.50"), ("壹仟", "1000"), ("四八万", None), ("480000元", None), ("万亿元", None), ("元角", None),
    ],
)  # fmt: skip
def test_amounts_as_people_write_them(words: str, amount: str | None) -> None:
    assert read_capitals(words) == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    ("figures", "steps", "total", "unit"),
    [
        # R-EVAL-08 (1): the schedule beats the body
        (Figures(Decimal(480000), Decimal(100), body_total=Decimal(490000)), "1", "480000", None),
        # (2): words beat figures
        (Figures(Decimal(480000), Decimal(100), "肆拾玖万元整"), "2", "490000", None),
        # (3): the point slipped, or a percent: the total stands and the unit price is mended
        (Figures(Decimal(480000), Decimal(100), unit_price=Decimal("480")), "3", "480000", "4800.0000"),
        (Figures(Decimal(480000), Decimal(100), unit_price=Decimal("48")), "3", "480000", "4800.0000"),
        (Figures(Decimal(100000), Decimal(3), unit_price=Decimal("333.33")), "3", "100000", "33333.3333"),
        # (4): otherwise the unit price rules
        (Figures(Decimal(480000), Decimal(100), unit_price=Decimal("4790")), "4", "479000.00", "4790"),
        # unless the panel holds that it obviously slipped
        (Figures(Decimal(490000), Decimal(1), "", Decimal(48000), None, True), "3", "490000", "490000.0000"),
        # several at once, one after the other
        (
            Figures(Decimal(480000), Decimal(100), "肆拾玖万元整", Decimal("49"), Decimal(1)),
            "123", "490000", "4900.0000",
        ),
        (Figures(Decimal(480000), Decimal(100), "肆拾玖万元整", Decimal("4800")), "24", "480000.00", "4800"),
        # the body says what the words say: one inconsistency
        (Figures(Decimal(480000), Decimal(100), "肆拾玖万元整", None, Decimal(490000)), "2", "490000", None),
        # words that are none are left to a person
        (Figures(Decimal(480000), Decimal(100), "大概五十万"), "", "480000", None),
    ],
)  # fmt: skip
def test_each_way_in_its_order(figures: Figures, steps: str, total: str, unit: str | None) -> None:
    found = mend(figures)
    assert "".join(found.steps) == steps
    assert (found.total, found.unit_price) == (Decimal(total), None if unit is None else Decimal(unit))
    assert cannot_be_read(figures) == (figures.in_words == "大概五十万")


@given(total=amounts, words=amounts, unit=st.none() | amounts, body=st.none() | amounts, quantity=quantities)
def test_what_is_mended_needs_no_more_mending(
    total: Decimal, words: Decimal, unit: Decimal | None, body: Decimal | None, quantity: Decimal
) -> None:
    found = mend(Figures(total, quantity, in_capitals(words), unit, body))
    assert list(found.steps) == sorted(found.steps)
    assert not {Step.SLIP, Step.SUM} <= set(found.steps)
    if Step.SUM in found.steps and unit is not None:
        assert found.total == (unit * quantity).quantize(Decimal("0.01"), ROUND_HALF_UP)
    else:
        assert found.total == words
    if Step.SLIP not in found.steps and found.total > 0:
        again = Figures(found.total, quantity, in_capitals(found.total), found.unit_price, found.total)
        assert mend(again) == Mended((), found.total, found.unit_price)


@given(unit=amounts, quantity=quantities, places=st.integers(1, 4))
def test_a_point_that_slipped_leaves_the_total(unit: Decimal, quantity: Decimal, places: int) -> None:
    total = (unit * quantity).quantize(Decimal("0.01"), ROUND_HALF_UP)
    found = mend(Figures(total, quantity, unit_price=unit.scaleb(-places)))
    assert found.total == total and found.steps in ((Step.SLIP,), ())
