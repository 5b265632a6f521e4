"""What a provider writes about itself."""

from __future__ import annotations

from catalogue.items.rules import LegalForm
from marketplace.accounts.people.forms import email
from marketplace.kernel.forms import Field, choice, day, flag, text
from marketplace.kernel.i18n import N_
from vendors.providers.credit_codes import read_credit_code
from vendors.providers.rules import PaperKind

FACTS = [
    Field("legal_representative", N_("法定代表人"), text(80)),
    Field("address", N_("住所"), text(200)),
    Field("contact", N_("联系人和电话"), text(120)),
    Field("founded_on", N_("成立日期"), day()),
    Field("is_small_micro", N_("小微企业声明"), flag(), is_required=False),
    Field("introduction", N_("机构简介"), text(1000), is_required=False),
]

REGISTRATION = [
    Field("name", N_("机构名称"), text(120)),
    Field("name_en", N_("英文名称"), text(200), is_required=False),
    Field("credit_code", N_("统一社会信用代码"), read_credit_code),
    Field("legal_form", N_("组织形式"), choice([f.value for f in LegalForm])),
    *FACTS,
    Field("person_name", N_("经办人姓名"), text(80)),
    Field("email", N_("电子邮箱"), email()),
    Field("username", N_("用户名"), text(80)),
    Field("password", N_("密码"), text(200)),
]

PAPER = [
    Field("kind", N_("材料种类"), choice([k.value for k in PaperKind])),
    Field("valid_until", N_("有效期至"), day(), is_required=False),
]
