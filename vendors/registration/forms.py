"""What the parts of a provider's file ask."""

from __future__ import annotations

import re

from marketplace.kernel.characters import narrowed
from marketplace.kernel.forms import (
    Field,
    Reader,
    Wrong,
    choice,
    code_text,
    identifier,
    proper_name,
    text,
    whole_number,
)
from marketplace.kernel.i18n import N_
from vendors.providers.forms import identity_mark
from vendors.registration.rules import STATEMENT_LABELS

MOST_CAPACITY = 1_000_000


def account_number() -> Reader:
    """A bank account: 8 to 30 digits; spaces, dashes and full-width digits are understood."""

    def read(typed: str) -> str:
        digits = re.sub(r"[\s-]", "", narrowed(typed))
        if not re.fullmatch(r"[0-9]{8,30}", digits):
            raise Wrong(N_("银行账号是 8 至 30 位数字。请核对。"))
        return digits

    return read


def phone_number() -> Reader:
    """A telephone number of 7 to 15 digits as people write it; full-width digits are understood."""

    def read(typed: str) -> str:
        plain = narrowed(typed)
        digits = re.sub(r"[\s()+-]", "", plain)
        if not re.fullmatch(r"[0-9]{7,15}", digits):
            raise Wrong(N_("电话是 7 至 15 位数字，可以带区号和横线，例如 028-84932000。请核对。"))
        return re.sub(r"\s+", " ", plain)[:40]

    return read


REPRESENTATIVE = [
    Field("name", N_("法定代表人"), proper_name(80)),
    Field("position", N_("职务"), proper_name(40)),
    Field("phone", N_("电话"), phone_number()),
    Field("identity_mark", N_("身份证号码后四位"), identity_mark()),
]

TOWNS = [Field("towns", N_("服务的镇（街道）"), identifier(), is_list=True)]

ITEM = [
    Field("item_code", N_("目录项目"), code_text(8)),
    Field("capacity", N_("一年能做多少"), whole_number(1, MOST_CAPACITY)),
]

ACCOUNT = [
    Field("bank", N_("开户银行"), proper_name(120)),
    Field("number", N_("账号"), account_number()),
]

STATEMENT = [Field("kind", N_("说明"), choice(list(STATEMENT_LABELS)))]

SEE_ACCOUNT = [Field("purpose", N_("用途"), text(200))]
