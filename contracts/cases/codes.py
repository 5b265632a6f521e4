"""The opaque codes of residents, and texts that must not say who a person is."""

from __future__ import annotations

import re

from marketplace.kernel.characters import narrowed
from marketplace.kernel.forms import Reader, Wrong, text
from marketplace.kernel.i18n import N_

RECIPIENT_CODE = re.compile(r"JT-R-[0-9]{4,6}")
_IDENTITY_NUMBER = re.compile(r"\d{17}[\dXx]|\d{15}")
_PHONE_NUMBER = re.compile(r"1\d{10}")
_HAN = re.compile(r"[\u3400-\u9fff]")


def read_recipient_code(typed: str) -> str:
    """The opaque code of a recipient in capitals. Raises RevealsPerson or NotACode, each with its words."""
    typed = narrowed(typed)
    if reveals_person(typed):
        raise RevealsPerson(
            N_("这像是身份证号或者手机号，不能填在这里。请填镇（街道）发给服务对象的代码，例如 JT-R-0001。")
        )
    if _HAN.search(typed):
        raise RevealsPerson(N_("这像是姓名，不能填在这里。请填镇（街道）发给服务对象的代码，例如 JT-R-0001。"))
    code = typed.upper().replace(" ", "")
    if not RECIPIENT_CODE.fullmatch(code):
        raise RevealsPerson(N_("服务对象代码的样子是 JT-R-0001。请照着服务卡上的代码填。"))
    return code


class RevealsPerson(ValueError):
    """What was typed is no code, or says who the person is; the sentence is its message."""


def reveals_person(typed: str) -> bool:
    """Whether a text holds an identity number or a mobile number, however it is spaced."""
    digits = re.sub(r"[\s\-·.]", "", narrowed(typed))
    return bool(_IDENTITY_NUMBER.search(digits) or _PHONE_NUMBER.search(digits))


def recipient_code() -> Reader:
    """An opaque recipient code; names and identity numbers are refused with words."""

    def read(typed: str) -> str:
        try:
            return read_recipient_code(typed)
        except RevealsPerson as refused:
            raise Wrong(str(refused)) from refused

    return read


def text_without_people(most: int) -> Reader:
    """Text in which no identity number or mobile number stands."""

    def read(typed: str) -> str:
        if reveals_person(typed):
            raise Wrong(N_("里面像是有身份证号或者手机号。请删掉，只写做了什么。"))
        value: str = text(most)(typed)
        return value

    return read
