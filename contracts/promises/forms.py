"""The columns of the lists that are taken along."""

from __future__ import annotations

from marketplace.gateways.spreadsheets import Column
from marketplace.kernel.forms import money, text
from marketplace.kernel.i18n import N_

WORD = text(300)
DUE_COLUMNS = [
    Column("state_words", N_("状态"), WORD), Column("reference", N_("发票"), WORD),
    Column("contract_reference", N_("合同编号"), WORD), Column("contract_title", N_("合同"), WORD, width=30),
    Column("milestone_title", N_("付款节点"), WORD), Column("buyer_name", N_("采购人"), WORD, width=24),
    Column("provider_name", N_("供应商名称"), WORD, width=30), Column("payee_words", N_("收款单位类型"), WORD),
    Column("amount", N_("金额（元）"), money()), Column("counts_from", N_("起算日"), WORD),
    Column("clause", N_("依据"), WORD), Column("where_words", N_("现在在哪里"), WORD, width=24),
    Column("last_day", N_("最迟付款"), WORD), Column("days_late", N_("逾期天数"), WORD),
    Column("interest_a_day", N_("每日逾期利息（元）"), money()), Column("interest", N_("逾期利息合计（元）"), money()),
    Column("delay_reason", N_("逾期的原因"), WORD, width=30),
]  # fmt: skip
RECORD_COLUMNS = [
    Column("year", N_("付款年度"), WORD), Column("buyer_words", N_("采购人"), WORD, width=30),
    Column("payments", N_("付款笔数"), WORD), Column("median_days", N_("中位天数"), WORD),
    Column("average_days", N_("平均天数"), WORD), Column("in_time", N_("按期比例（%）"), WORD),
]  # fmt: skip
ARREARS_COLUMNS = [
    Column("buyer_words", N_("采购人"), WORD, width=30), Column("payee_words", N_("收款单位类型"), WORD, width=24),
    Column("contracts", N_("合同数量"), WORD), Column("number", N_("逾期笔数"), WORD),
    Column("amount", N_("逾期金额（元）"), money()),
    Column("average_days", N_("平均逾期天数"), WORD),
]  # fmt: skip
