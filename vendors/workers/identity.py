"""The number of a resident's identity card: read once to tell people apart, of which only a keyed hash is kept."""

from __future__ import annotations

from datetime import date

from marketplace.kernel.characters import narrowed
from marketplace.kernel.forms import Wrong
from marketplace.kernel.i18n import N_
from marketplace.kernel.private_columns import search_hash

PLACE = "worker_file.identity"
# GB 11643-1999: the weight of each of the 17 places, and the last character by the remainder
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_LAST = "10X98765432"


def identity_number(typed: str) -> str:
    """A number of 18 characters with its day of birth and check character. Raises Wrong saying which part."""
    plain = "".join(narrowed(typed).split()).upper()
    if len(plain) != 18 or not (plain[:17].isascii() and plain[:17].isdigit()):
        raise Wrong(N_("身份证号码是 18 位：17 位数字，最后一位是数字或者 X。请照证件填写。"))
    try:
        date(int(plain[6:10]), int(plain[10:12]), int(plain[12:14]))
    except ValueError as wrong:
        raise Wrong(N_("身份证号码第 7 到 14 位不是一个日期。请照证件核对。")) from wrong
    right = _LAST[sum(int(digit) * weight for digit, weight in zip(plain, _WEIGHTS, strict=False)) % 11]
    if plain[17] != right:
        raise Wrong(N_("身份证号码最后一位和前面的数字对不上。请逐位核对。"))
    return plain


def identity_hash(number: str) -> bytes:
    """What is kept of a number: enough to recognise the same person, too little to read it."""
    return search_hash(number, PLACE)
