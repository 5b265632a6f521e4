"""What proves an item, and who may add to it. Pure."""

from __future__ import annotations

from enum import StrEnum

from marketplace.kernel.errors import Conflict
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_

RULE = "R-ACC-01"
MOST_FILES = 60
MOST_PEOPLE = 10_000


class Evidence(StrEnum):
    """As what a file proves something."""

    VISITS = "visits"
    ORDERS = "orders"
    REPORT = "report"
    TRAINING = "training"
    DOCUMENT = "document"


EVIDENCE_LABELS: dict[Evidence, str] = {
    Evidence.VISITS: N_("服务记录"),
    Evidence.ORDERS: N_("订单"),
    Evidence.REPORT: N_("报告"),
    Evidence.TRAINING: N_("培训和签到"),
    Evidence.DOCUMENT: N_("其他材料"),
}


def check_evidence(form: Bound, items: int) -> None:
    """An item of this checklist; a training says how many took part, nothing else does. Mistakes go beside fields."""
    item, kind, attendance = (form.values.get(name) for name in ("item", "kind", "attendance"))
    if item is not None and not 0 <= item <= items:
        form.refuse("item", N_("请选这个节点的一项要求，或者选整个节点。"))
    if kind == Evidence.TRAINING and attendance is None and "attendance" not in form.errors:
        form.refuse("attendance", N_("培训要填签到的人数。"))
    elif kind and kind != Evidence.TRAINING and attendance is not None:
        form.refuse("attendance", N_("只有培训才填签到的人数。"))


def check_may_still_add(*, is_accepted: bool, files: int) -> None:
    """Until the certificate, and so many files. Raises Conflict."""
    if is_accepted:
        raise Conflict(N_("这个节点已经验收，不能再加材料。"), clause=RULE)
    if files >= MOST_FILES:
        raise Conflict(N_("一个节点最多 {most} 份材料。请合并以后再上传。"), clause=RULE, most=MOST_FILES)
