"""What a provider writes about itself."""

from __future__ import annotations

import re

from catalogue.items.rules import LegalForm
from marketplace.accounts.people.forms import email
from marketplace.kernel.characters import narrowed
from marketplace.kernel.forms import (
    Bound,
    Field,
    Posted,
    Reader,
    Wrong,
    choice,
    day,
    flag,
    parse,
    proper_name,
    text,
    whole_number,
)
from marketplace.kernel.i18n import N_
from vendors.providers.credit_codes import read_credit_code
from vendors.providers.paper_facts import PAPER_RESULTS
from vendors.providers.rules import PaperKind, only_legal_form


def identity_mark() -> Reader:
    """The last four characters of an identity number; full-width digits are understood."""

    def read(typed: str) -> str:
        plain = narrowed(typed).upper()
        if not re.fullmatch(r"[0-9]{3}[0-9X]", plain, re.ASCII):
            raise Wrong(N_("请填身份证号码的最后四位，例如 123X。"))
        return plain

    return read


FACTS = [
    Field("legal_representative", N_("法定代表人"), proper_name(80)),
    Field("address", N_("住所"), text(200)),
    Field("contact", N_("联系人和电话"), text(120)),
    Field("founded_on", N_("成立日期"), day()),
    Field("is_small_micro", N_("小微企业声明"), flag(), is_required=False),
    Field("is_medium", N_("中型企业声明"), flag(), is_required=False),
    Field("introduction", N_("机构简介"), text(1000), is_required=False),
]

REGISTRATION = [
    Field("name", N_("机构名称"), proper_name(120)),
    Field("name_en", N_("英文名称"), proper_name(200), is_required=False),
    Field("credit_code", N_("统一社会信用代码"), read_credit_code),
    Field("legal_form", N_("组织形式"), choice([f.value for f in LegalForm]), is_required=False),
    *FACTS,
    Field("person_name", N_("经办人姓名"), proper_name(80)),
    Field("email", N_("电子邮箱"), email()),
    Field("username", N_("用户名"), text(80)),
    Field("password", N_("密码"), text(200)),
]

PAPER = [
    Field("kind", N_("材料种类"), choice([k.value for k in PaperKind])),
    Field("valid_until", N_("有效期至"), day(), is_required=False),
    Field(
        "result",
        N_("年检结论或者评估等级"),
        choice([r for each in PAPER_RESULTS.values() for r in each]),
        is_required=False,
    ),
    Field("covers_year", N_("年检年度"), whole_number(2000, 2100), is_required=False),
    Field("granted_on", N_("评定日期"), day(), is_required=False),
    Field("back", N_("投标文件"), text(80), is_required=False),
]


def parse_registration(posted: Posted) -> Bound:
    """The registration; a legal form that was left to the code is taken from it where the code tells it."""
    form = parse(REGISTRATION, posted)
    if form["legal_form"] is None and "legal_form" not in form.errors and form["credit_code"]:
        form.values["legal_form"] = only_legal_form(form["credit_code"])
        if form["legal_form"] is None:
            form.refuse("legal_form", N_("从这个代码看不出组织形式。请选一个。"))
    return form
