"""Amounts in capital characters, against the norm's printed examples and another implementation."""

from __future__ import annotations

import random
from decimal import Decimal

import cn2an
import pytest

from marketplace.kernel.capitals import in_capitals


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "人民币零元整"),
        ("0.05", "人民币伍分"),
        ("0.30", "人民币叁角"),
        ("10.00", "人民币壹拾元整"),
        ("1409.50", "人民币壹仟肆佰零玖元伍角"),
        ("6007.14", "人民币陆仟零柒元壹角肆分"),
        ("1680.32", "人民币壹仟陆佰捌拾元零叁角贰分"),
        ("16409.02", "人民币壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "人民币叁佰贰拾伍元零肆分"),
        ("505000.00", "人民币伍拾万伍仟元整"),
        ("100000000", "人民币壹亿元整"),
        ("1234567890.12", "人民币壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾元零壹角贰分"),
    ],
)
def test_an_amount_is_written_as_the_norm_prints_it(amount: str, words: str) -> None:
    assert in_capitals(Decimal(amount)) == words


def test_amounts_agree_with_another_implementation_but_for_the_optional_zero() -> None:
    chance = random.Random(20260302)
    for _ in range(3000):
        amount = Decimal(chance.randrange(1, 10 ** chance.randrange(3, 13))) / 100
        ours = in_capitals(amount).removeprefix("人民币").replace("零", "")
        theirs = cn2an.an2cn(f"{amount:.2f}", "rmb").replace("零", "")
        assert ours == theirs or ours == theirs + "整", amount


@pytest.mark.parametrize("amount", ["0.995", "-1", "1000000000000"])
def test_what_cannot_be_paid_is_refused(amount: str) -> None:
    with pytest.raises(ValueError):
        in_capitals(Decimal(amount))
