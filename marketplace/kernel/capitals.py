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


# simple characters are read too: what counts is the amount that somebody wrote
_READ = {char: value for row in (DIGITS, "〇一二三四五六七八九") for value, char in enumerate(row)} | {"两": 2, "貳": 2}
_TIMES = {"拾": 10, "十": 10, "佰": 100, "百": 100, "仟": 1000, "千": 1000}
_SECTION = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_SUBUNITS = {"角": 10, "分": 1}


def read_capitals(words: str) -> Decimal | None:
    """The amount in yuan that somebody wrote in characters; None for what is no amount."""
    text = "".join(words.split()).removeprefix("人民币").removeprefix("：").removeprefix(":")
    text = text.replace("圆", "元").replace("圓", "元").rstrip("整正")
    if not text:
        return None
    yuan, has_yuan, rest = text.partition("元")
    if not has_yuan and not (set(text) & set(_SUBUNITS)):
        yuan, rest = text, ""
    elif not has_yuan:
        yuan, rest = "", text
    whole, fen = _read_yuan(yuan), _read_fen(rest)
    if whole is None or fen is None or not set(text) & {*_READ, *_TIMES}:
        return None
    amount = Decimal(whole * 100 + fen).scaleb(-2)
    return amount if amount < MOST else None


def _read_yuan(text: str) -> int | None:
    total = section = 0
    digit: int | None = None
    last = 10**9
    for char in text:
        if char in _READ:
            if digit:
                return None  # two figures in a row are no amount in words
            digit = _READ[char]
        elif char in _TIMES:
            # 拾伍 begins without its one
            section += (1 if digit is None and section == 0 else digit or 0) * _TIMES[char]
            digit = None
        elif char in _SECTION:
            value = _SECTION[char]
            if value >= last:
                return None
            total, section, digit, last = total + (section + (digit or 0)) * value, 0, None, value
        else:
            return None
    return total + section + (digit or 0)


def _read_fen(text: str) -> int | None:
    found, digit = 0, None
    for char in text:
        if char in _READ:
            digit = _READ[char]
        elif char in _SUBUNITS and digit is not None:
            found, digit = found + digit * _SUBUNITS[char], None
        else:
            return None
    return None if digit else found
