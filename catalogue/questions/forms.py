"""Asking and answering as typed."""

from __future__ import annotations

from marketplace.kernel.forms import Field, flag, text
from marketplace.kernel.i18n import N_

ASK = [
    Field("asked", N_("您的问题"), text(2000)),
    Field("wants_change", N_("要求修改采购文件"), flag(), is_required=False),
]
ANSWER = [
    Field("published_question", N_("公布的问题"), text(2000)),
    Field("answer", N_("答复"), text(4000)),
]
