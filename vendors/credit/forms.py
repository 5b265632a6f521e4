"""What is asked about decisions, hearings, removals and lists."""

from __future__ import annotations

from marketplace.kernel.forms import Field, choice, day, identifier, money, proper_name, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.public_words import public_text
from vendors.credit.rules import GROUND_LABELS, HEARING_LABELS
from vendors.providers.rules import CREDIT_LABELS

CASE = [
    Field("kind", N_("种类"), choice(list(CREDIT_LABELS))),
    Field("authority", N_("作出决定的机关"), proper_name(120)),
    Field("document_number", N_("决定书文号"), text(120)),
    Field("decided_on", N_("决定日期"), day()),
    Field("fine", N_("罚款"), money(), is_required=False),
    Field("reason", N_("事由"), public_text(1000)),
    Field("starts_on", N_("开始日期"), day()),
    Field("ends_on", N_("结束日期"), day()),
    Field("hear_until", N_("陈述意见的最后一天"), day()),
]

STATEMENT = [Field("statement", N_("意见"), text(4000))]

HEARING = [
    Field("hearing", N_("怎样听取意见"), choice(list(HEARING_LABELS))),
    Field("heard_on", N_("听取意见的日期"), day()),
    Field("note", N_("听取意见的情况"), text(2000)),
]

DROP = [Field("drop_note", N_("不予登记的理由"), text(1000))]

REMOVAL = [
    Field("ground", N_("移出的原因"), choice(list(GROUND_LABELS))),
    Field("document_number", N_("依据的文号"), text(120)),
    Field("reason", N_("说明"), public_text(1000)),
    Field("effective_on", N_("移出日期"), day()),
]

CHOICE = [Field("provider", N_("登记的供应商"), identifier(), is_required=False)]
LIST = [Field("kind", N_("名单"), choice(list(CREDIT_LABELS))), Field("as_of", N_("名单日期"), day())]
