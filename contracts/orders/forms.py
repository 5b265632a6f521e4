"""What is asked about a service order: the work, its limit, an answer, an outcome."""

from __future__ import annotations

from contracts.cases.codes import text_without_people
from contracts.orders.rules import LONGEST, Outcome
from contracts.orders.services import NewOrder
from marketplace.kernel.forms import Bound, Field, choice, identifier, text, whole_number
from marketplace.kernel.i18n import N_

NEW = [
    Field("item_code", N_("服务项目"), text(8)),
    Field("task", N_("要做什么"), text_without_people(500)),
    Field("limit_days", N_("期限（工作日）"), whole_number(0, LONGEST)),
    Field("chosen", N_("合同"), identifier(), is_required=False),
    Field("note", N_("谁选的，为什么"), text_without_people(300), is_required=False),
]
ACCEPTING = [Field("worker", N_("社会工作者"), identifier(), is_required=False)]
NAMING = [Field("worker", N_("社会工作者"), identifier())]
DECLINING = [Field("decline_reason", N_("谢绝的理由"), text_without_people(300))]
REASSIGNING = [
    Field("chosen", N_("合同"), identifier(), is_required=False),
    Field("note", N_("为什么改派"), text_without_people(300)),
]
DONE = [Field("result", N_("做了什么"), text_without_people(1000))]
RETURNING = [Field("return_note", N_("缺什么"), text_without_people(300))]
CLOSING = [
    Field("outcome", N_("结果"), choice([o.value for o in Outcome])),
    Field("next_step", N_("下一步"), text_without_people(300)),
]
CANCELLING = [Field("cancel_reason", N_("撤回的理由"), text_without_people(300))]


def new_order_of(form: Bound) -> NewOrder:
    """The order of a form without mistakes."""
    return NewOrder(form["item_code"], form["task"], form["limit_days"], form["chosen"], form["note"] or "")
