"""What is typed about a fee."""

from __future__ import annotations

from marketplace.kernel.forms import Field, day, moment, money, text
from marketplace.kernel.i18n import N_

NEW = [
    Field("title", N_("收费项目"), text(120)),
    Field("ground", N_("收费依据和文号"), text(200)),
    Field("amount", N_("金额"), money()),
    Field("due_on", N_("最迟缴费日"), day()),
]
TRANSFER = [Field("arrival_proof", N_("付款银行和流水号"), text(200))]
ARRIVED = [
    Field("arrived_at", N_("到账时间"), moment()),
    Field("arrival_proof", N_("银行流水号"), text(200)),
]
REASON = [Field("reason", N_("原因"), text(300))]
REFUNDED = [Field("refund_proof", N_("退款的银行流水号"), text(200))]
REMIT = [Field("remitted_on", N_("上缴日期"), day()), Field("proof", N_("缴款书号码"), text(120))]
