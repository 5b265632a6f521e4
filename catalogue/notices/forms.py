"""Forms of the papers' pages: how an office is reached, what the platform answered."""

from __future__ import annotations

from catalogue.notices.platform import SOURCES
from marketplace.kernel.forms import Field, choice, code_text, day, proper_name, text
from marketplace.kernel.i18n import N_

CONTACT = [
    Field("address", N_("地址"), text(200)),
    Field("person", N_("联系人"), proper_name(80)),
    Field("phone", N_("联系电话"), code_text(60)),
]

CONFIRMATION = [
    Field("platform_number", N_("平台编号"), code_text(80)),
    Field("platform_published_on", N_("平台发布日期"), day()),
    Field("platform_link", N_("平台网址"), text(300), is_required=False),
    Field("difference", N_("与平台公告的不同"), text(2000), is_required=False),
]

FIELD_ROW = [
    Field("name", N_("平台字段名"), text(80)),
    Field("source", N_("取自"), choice(tuple(SOURCES))),
]
