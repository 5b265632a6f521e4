"""What is entered of the joint conference and of model cases."""

from __future__ import annotations

from marketplace.conference.rules import CONSENT_LABELS
from marketplace.kernel.forms import Bound, Field, choice, code_text, day, identifier, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.public_words import public_text

DECISION = [
    Field("decided_on", N_("会议日期"), day()),
    Field("words", N_("决定"), public_text(500)),
    Field("owner", N_("由谁办"), identifier()),
    Field("due_on", N_("最迟办完"), day()),
]
CLOSING = [Field("done_on", N_("办结日期"), day()), Field("outcome", N_("办得怎样"), public_text(500))]
CASE = [
    Field("title", N_("标题"), text(120)),
    Field("item_code", N_("哪一项服务"), code_text(8)),
    Field("story", N_("经过"), text(4000)),
    Field("consent_by", N_("谁同意公开"), choice(list(CONSENT_LABELS))),
    Field("consent_on", N_("同意的日期"), day()),
    Field("consent_paper", N_("同意书在哪里"), text(200)),
]
SENDING_BACK = [Field("reason", N_("退回的原因"), text(300))]
WITHDRAW = [Field("reason", N_("撤下的原因"), text(300))]


def check_days(form: Bound) -> None:
    """The last day is not before the meeting."""
    if not form.errors and form["due_on"] < form["decided_on"]:
        form.refuse("due_on", N_("最迟办完的日期早于会议日期。请核对。"))
