"""The allotment as finance types it."""

from __future__ import annotations

from catalogue.plans.change_rules import ChangeKind
from catalogue.plans.sheets import CODE_FIELDS
from marketplace.kernel.forms import Field, choice, code_text, identifier, money, text, whole_number
from marketplace.kernel.i18n import N_

ALLOTMENT = [
    Field("year", N_("预算年度"), whole_number(2019, 2100)),
    Field("item_code", N_("目录项目"), code_text(8)),
    Field("title", N_("用途"), text(200)),
    Field("buyer", N_("采购人"), identifier()),
    Field("amount", N_("金额"), money()),
    Field("source_document", N_("下达文件"), text(200)),
    *(Field(name, label, text(longest), is_required=False) for name, label, longest in CODE_FIELDS),
]

CHANGE = [
    Field("kind", N_("调整方式"), choice(list(ChangeKind))),
    Field("to_line", N_("调入的预算"), identifier(), is_required=False),
    Field("amount", N_("金额"), money()),
    Field("reason", N_("理由"), text(500)),
    Field("document", N_("依据文件"), text(200)),
]

DECISION = [Field("note", N_("不同意的理由"), text(500))]
