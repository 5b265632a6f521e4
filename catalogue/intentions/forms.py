"""A planned purchase as the buyer types it, and as a spreadsheet."""

from __future__ import annotations

from catalogue.plans.methods import METHOD_LABELS
from marketplace.gateways.spreadsheets import Column
from marketplace.kernel.forms import Field, choice, code_text, day, identifier, money, text, whole_number
from marketplace.kernel.i18n import N_

METHODS: dict[str, str] = {method.value: words for method, words in METHOD_LABELS.items()}

PLANNED = [
    Field("year", N_("预算年度"), whole_number(2019, 2100)),
    Field("title", N_("项目名称"), text(200)),
    Field("item_code", N_("目录项目"), code_text(8)),
    Field("amount", N_("预算金额"), money()),
    Field("method", N_("预计采购方式"), choice(list(METHODS))),
    Field("starts_on", N_("预计开始采购的日期"), day()),
    Field("need", N_("采购需求概况"), text(2000)),
    Field("budget_line", N_("对应的预算"), identifier(), is_required=False),
]

EXPORTED = [
    Column("reference", N_("编号"), text(40)),
    Column("year", N_("预算年度"), whole_number(), width=10),
    Column("buyer_name", N_("采购人"), text(120), width=26),
    Column("item_code", N_("目录项目"), code_text(8), width=10),
    Column("title", N_("项目名称"), text(200), width=36),
    Column("amount", N_("预算金额"), money()),
    Column("method_words", N_("预计采购方式"), text(40)),
    Column("starts_on", N_("预计开始采购的日期"), day()),
    Column("budget_reference", N_("对应的预算"), text(40)),
    Column("intention_reference", N_("采购意向"), text(40)),
    Column("need", N_("采购需求概况"), text(2000), width=60),
]
