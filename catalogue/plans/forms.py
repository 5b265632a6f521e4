"""The allotment as finance types it."""

from __future__ import annotations

from marketplace.kernel.forms import Field, identifier, money, text, whole_number
from marketplace.kernel.i18n import N_

ALLOTMENT = [
    Field("year", N_("预算年度"), whole_number(2019, 2100)),
    Field("item_code", N_("目录项目"), text(8)),
    Field("title", N_("用途"), text(200)),
    Field("buyer", N_("采购人"), identifier()),
    Field("amount", N_("金额"), money()),
    Field("source_document", N_("下达文件"), text(200)),
]
