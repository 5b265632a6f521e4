"""A county row as typed."""

from __future__ import annotations

from decimal import Decimal

from marketplace.kernel.forms import Field, day, decimal, text
from marketplace.kernel.i18n import N_

MOST = Decimal("99999999999999")
ROW = [
    Field("key", N_("规则"), text(80)),
    Field("value", N_("数值"), decimal(Decimal(0), MOST, places=4), is_required=False),
    Field("words_zh", N_("规定的内容"), text(2000), is_required=False),
    Field("words_en", N_("规定的内容（英文）"), text(2000), is_required=False),
    Field("unit", N_("计量单位"), text(20)),
    Field("effective_from", N_("从哪天起"), day()),
    Field("effective_to", N_("到哪天止"), day(), is_required=False),
    Field("document_number", N_("文号"), text(120)),
    Field("citation", N_("文件名称和条款"), text(300)),
    Field("note", N_("说明"), text(1000), is_required=False),
]
DECLINE = [Field("reason", N_("退回理由"), text(1000))]
