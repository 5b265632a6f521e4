"""An invoice as its provider types it."""

from __future__ import annotations

import re
from decimal import Decimal

from contracts.billing.late_credit_rules import Way
from contracts.billing.rules import DOCUMENT_KINDS
from contracts.promises.approval import Step
from marketplace.kernel.characters import narrowed
from marketplace.kernel.forms import Field, Reader, Wrong, choice, day, decimal, identifier, money, proper_name, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.public_words import public_text
from vendors.registration.forms import account_number


def invoice_number() -> Reader:
    """The number of a fully digitalized e-invoice (数电票): 20 digits."""

    def read(typed: str) -> str:
        digits = narrowed(typed).replace(" ", "")
        if not re.fullmatch(r"[0-9]{20}", digits):
            raise Wrong(N_("数电票的发票号码是 20 位数字。请照发票填写。"))
        return digits

    return read


INVOICE = [
    Field("number", N_("发票号码"), invoice_number()),
    Field("amount", N_("发票金额"), money()),
    Field("tax_rate", N_("税率"), decimal(Decimal(0), Decimal(100)), is_required=False),
    Field("tax_amount", N_("税额"), money(Decimal(0)), is_required=False),
    Field("issued_on", N_("开票日期"), day()),
    Field("bank", N_("开户银行"), proper_name(120), is_required=False),
    Field("bank_account", N_("收款账号"), account_number(), is_required=False),
]

TAKE_WHOLE = [Field("extension", N_("文件格式"), choice(["csv", "xlsx"]))]
OTHER_ACCOUNT = [
    Field("bank", N_("开户银行"), proper_name(120)),
    Field("bank_account", N_("收款账号"), account_number()),
]
DELAY = [Field("reason", N_("逾期的原因"), public_text(300))]
RETURN_INVOICE = [Field("reason", N_("退回的原因"), text(300))]
CREDIT_NOTE = [
    Field("number", N_("红字发票号码"), invoice_number()),
    Field("amount", N_("冲销金额"), money()),
    Field("issued_on", N_("开票日期"), day()),
    Field("reason", N_("冲销的原因"), text(300)),
]
LATE_CREDIT = [*CREDIT_NOTE, Field("way", N_("怎样退还"), choice([each.value for each in Way]), is_required=False)]
REFUND = [Field("returned_on", N_("到账日期"), day()), Field("proof", N_("到账凭证号"), text(120))]
TURN = [Field("reason", N_("改为退款的原因"), text(300))]
DISPUTE = [
    Field("amount", N_("有争议的金额"), money()),
    Field("reason", N_("争议的原因"), text(500)),
    Field("clause", N_("依据合同的哪一条"), text(120)),
]
SETTLEMENT = [
    Field("to_pay", N_("其中应付的金额"), money(Decimal(0))),
    Field("settlement", N_("怎样解决"), text(500)),
    Field("document_kind", N_("依据文书"), choice([*DOCUMENT_KINDS]), is_required=False),
    Field("document_number", N_("依据文书编号"), text(120), is_required=False),
]
STEP = [
    Field("step", N_("哪一步"), choice([each.value for each in Step])),
    Field("opinion", N_("意见"), text(300), is_required=False),
]
VOUCHER = [Field("payments", N_("要生成凭证的付款"), identifier(), is_list=True)]

WITHDRAW = [Field("reason", N_("撤回的原因"), text(300))]
CONFIRM = [Field("paid_on", N_("国库付款日期"), day(), is_required=False)]

SEE_ACCOUNT = [Field("purpose", N_("看账号的用途"), text(200))]
