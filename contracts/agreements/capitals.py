"""Yuan in capital characters, as contracts and vouchers print them."""

from __future__ import annotations

from decimal import Decimal

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
SECTIONS = ("", "万", "亿")
MOST = Decimal("1e12")


def in_capitals(amount: Decimal) -> str:
    """An amount in yuan in capitals: 107000.53 is 人民币壹拾万柒仟元零伍角叁分.

    Raises ValueError for fractions of a fen and above 12 digits.
    """
    if amount != amount.quantize(Decimal("0.01")):
        raise ValueError("an amount in capitals has at most two decimals")
    if not 0 <= amount < MOST:
        raise ValueError("an amount in capitals lies between nothing and a million million yuan")
    yuan, fen = divmod(int(amount * 100), 100)
    words = _yuan(yuan)
    if not fen:
        return f"人民币{words or '零元'}整"
    tens, ones = divmod(fen, 10)
    if tens:
        words += ("零" if yuan and yuan % 10 == 0 else "") + DIGITS[tens] + "角"
    elif yuan:
        words += "零"
    return f"人民币{words}{DIGITS[ones] + '分' if ones else ''}"


def _yuan(yuan: int) -> str:
    groups: list[int] = []
    while yuan:
        yuan, group = divmod(yuan, 10000)
        groups.append(group)
    words, has_gap = "", False
    for position in range(len(groups) - 1, -1, -1):
        group = groups[position]
        if group == 0:
            has_gap = True
            continue
        if words and (has_gap or group < 1000):
            words += "零"
        words += _four_digits(group) + SECTIONS[position]
        has_gap = False
    return f"{words}元" if words else ""


def _four_digits(group: int) -> str:
    words, has_zero = "", False
    for position in (3, 2, 1, 0):
        digit = group // 10**position % 10
        if digit:
            words += ("零" if has_zero and words else "") + DIGITS[digit] + PLACES[position]
            has_zero = False
        else:
            has_zero = True
    return words
