"""What a proposed change of a contract asks for, and the words with which it is answered."""

from __future__ import annotations

from decimal import Decimal

from contracts.amendments.rules import ENDINGS, RESTS
from contracts.visits.forms import text_without_people
from marketplace.kernel.forms import Field, choice, day, decimal, flag, money, proper_name, text
from marketplace.kernel.i18n import N_

SUPPLEMENT = [
    Field("quantity", N_("追加的数量"), decimal(Decimal("0.01"), Decimal("9999999.99"))),
    Field("due_on", N_("付款日期"), day()),
    Field("reason", N_("理由"), text_without_people(1000)),
    Field("document_number", N_("依据文件"), text(80), is_required=False),
]

TERMINATION = [
    Field("ground", N_("为什么终止"), choice([each.value for each in ENDINGS])),
    Field("settlement", N_("终止结算"), money(minimum=Decimal(0)), is_required=False),
    Field("reason", N_("理由"), text_without_people(1000)),
    Field("document_number", N_("依据文件"), text(80), is_required=False),
    Field("agree", N_("我知道终止以后不能恢复"), flag()),
]

SUSPENSION = [
    Field("ground", N_("为什么中止"), choice([each.value for each in RESTS])),
    Field("from_on", N_("从哪一天起中止"), day()),
    Field("to_on", N_("中止到哪一天"), day(), is_required=False),
    Field("review_on", N_("复核日期"), day(), is_required=False),
    Field("care", N_("服务对象怎样照看"), text_without_people(1000)),
    Field("visits_go_on", N_("必要的照料照常上门"), flag(), is_required=False),
    Field("reason", N_("理由"), text_without_people(1000)),
    Field("document_number", N_("依据文件"), text(80), is_required=False),
]

RESUMPTION = [
    Field("from_on", N_("从哪一天起恢复"), day()),
    Field("reason", N_("理由"), text_without_people(1000)),
    Field("document_number", N_("依据文件"), text(80), is_required=False),
]

REVIEW = [
    Field("review_on", N_("下一次复核日期"), day()),
    Field("reason", N_("为什么继续中止"), text_without_people(1000)),
]

SIGNING = [
    Field("typed_name", N_("签名（输入您的姓名）"), proper_name(80)),
    Field("agree", N_("我已阅读全文，有权代表本单位签订"), flag()),
]
REASON = [Field("reason", N_("理由"), text_without_people(300))]
VIEW = [Field("view", N_("意见"), text_without_people(2000))]
RECEIVED = [
    Field("received_on", N_("到账日期"), day()),
    Field("proof", N_("银行回单号"), text(120)),
]
