"""What the public writes, and what is answered."""

from __future__ import annotations

from marketplace.accounts.people.forms import email
from marketplace.kernel.forms import Field, choice, flag, text
from marketplace.kernel.i18n import N_
from marketplace.voices.rules import Desk, VoiceKind

SEND = [
    Field("kind", N_("您要说的是"), choice([each.value for each in VoiceKind])),
    Field("office", N_("请谁答复"), choice([each.value for each in Desk])),
    Field("about", N_("关于哪个项目、合同或机构"), text(80), is_required=False),
    Field("words", N_("您想说的话"), text(2000)),
    Field("email", N_("邮箱"), email(), is_required=False),
]
ASK = [Field("reference", N_("回执编号"), text(40))]
REPLY = [
    Field("answer", N_("答复"), text(2000)),
    Field("is_public", N_("公开"), flag(), is_required=False),
    Field("public_words", N_("公开的文字"), text(2000), is_required=False),
]
