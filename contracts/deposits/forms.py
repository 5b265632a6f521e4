"""What is typed about a deposit."""

from __future__ import annotations

from marketplace.kernel.forms import Field, day, moment, money, proper_name, text
from marketplace.kernel.i18n import N_
from vendors.registration.forms import account_number

GUARANTEE = [
    Field("issuer", N_("开立机构"), proper_name(120)),
    Field("guarantee_number", N_("保函编号"), text(60)),
    Field("amount", N_("保函金额"), money()),
    Field("valid_until", N_("有效期至"), day()),
]
TRANSFER = [Field("arrival_proof", N_("付款银行和流水号"), text(200))]
ARRIVED = [
    Field("arrived_at", N_("到账时间"), moment()),
    Field("arrival_proof", N_("银行流水号"), text(200)),
    Field("payer_account", N_("付款账号"), account_number(), is_required=False),
]
NOT_ARRIVED = [Field("reason", N_("没有到账的情况"), text(300))]
RETURNED = [Field("return_proof", N_("退款的银行流水号"), text(200))]
FORFEIT = [Field("reason", N_("不予退还的理由和条款"), text(300))]
CLAIM_PAID = [Field("claim_proof", N_("到账的银行流水号"), text(200))]
REMIT = [Field("remitted_on", N_("上缴日期"), day()), Field("proof", N_("缴款书号码"), text(120))]
INTEREST_PAID = [Field("interest_proof", N_("付款的银行流水号"), text(200))]
