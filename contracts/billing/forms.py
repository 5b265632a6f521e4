"""An invoice as its provider types it."""

from __future__ import annotations

import re

from marketplace.kernel.characters import narrowed
from marketplace.kernel.forms import Field, Reader, Wrong, day, identifier, money, proper_name, text
from marketplace.kernel.i18n import N_
from vendors.registration.forms import account_number


def invoice_number() -> Reader:
    """The number printed on a tax invoice: 8 to 20 digits."""

    def read(typed: str) -> str:
        digits = narrowed(typed).replace(" ", "")
        if not re.fullmatch(r"[0-9]{8,20}", digits):
            raise Wrong(N_("发票号码是 8 至 20 位数字。请照发票填写。"))
        return digits

    return read


INVOICE = [
    Field("number", N_("发票号码"), invoice_number()),
    Field("amount", N_("发票金额"), money()),
    Field("issued_on", N_("开票日期"), day()),
    Field("bank", N_("开户银行"), proper_name(120), is_required=False),
    Field("bank_account", N_("收款账号"), account_number(), is_required=False),
]

DELAY = [Field("reason", N_("逾期的原因"), text(300))]
RETURN_INVOICE = [Field("reason", N_("退回的原因"), text(300))]
VOUCHER = [Field("payments", N_("要生成凭证的付款"), identifier(), is_list=True)]

SEE_ACCOUNT = [Field("purpose", N_("看账号的用途"), text(200))]
