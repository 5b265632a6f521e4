"""What a visit says besides its six points: tasks, confirmation, place, who came along, how it was recorded. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from marketplace.kernel.i18n import N_
from marketplace.kernel.private_columns import search_hash

# what each item of the directory has done in it, after its content (R-SEED-07); the key is what is kept
TASKS: dict[str, tuple[tuple[str, str], ...]] = {
    "A01": (("finding", N_("走访发现")), ("information", N_("收集基本信息")), ("reporting", N_("报告镇（街道）"))),
    "A02": (("home", N_("入户调查")), ("neighbours", N_("邻里访谈")), ("appraisal", N_("群众评议"))),
    "A07": (("needs", N_("了解需求")), ("linking", N_("链接资源")), ("helping", N_("送去帮扶"))),
    "A08": (("explaining", N_("说明政策")), ("papers", N_("协助准备材料")), ("accompanying", N_("陪同办理"))),
    "S01": (
        ("mind", N_("心理评估")), ("relations", N_("社会关系评估")), ("abilities", N_("发展能力评估")),
        ("needs", N_("服务需求评估")),
    ),
    "S02": (
        ("hygiene", N_("助洁助浴")), ("meals", N_("助餐")), ("health", N_("健康观察")), ("errands", N_("代办事务")),
        ("company", N_("陪伴")),
    ),
    "S03": (("linking", N_("链接资源")), ("skills", N_("能力训练")), ("work", N_("就业支持"))),
    "S04": (("listening", N_("倾听陪伴")), ("relief", N_("情绪疏导")), ("referral", N_("转介"))),
}  # fmt: skip
TASK_LABELS: dict[str, str] = {key: label for tasks in TASKS.values() for key, label in tasks}


class Confirmation(StrEnum):
    """Who stands for it that the visit took place (R-HOUR-05)."""

    CODE = "code"
    SIGNATURE = "signature"
    VILLAGE = "village"
    SLIP = "slip"


CONFIRMATION_LABELS: dict[str, str] = {
    Confirmation.CODE: N_("服务对象的短码"),
    Confirmation.SIGNATURE: N_("服务对象在屏幕上签字"),
    Confirmation.VILLAGE: N_("村（居）委会证明"),
    Confirmation.SLIP: N_("纸质服务单"),
}


class PlaceException(StrEnum):
    """Why a visit was not where, or with whom, it was to be; never a reason to refuse it."""

    ABSENT = "absent"
    ELSEWHERE = "elsewhere"
    GUARDIAN = "guardian"


EXCEPTION_LABELS: dict[str, str] = {
    PlaceException.ABSENT: N_("服务对象不在"),
    PlaceException.ELSEWHERE: N_("不在原来的地方服务"),
    PlaceException.GUARDIAN: N_("监护人或者别的成年人一直在场"),
}

SHORT_CODE_DIGITS = 4
# a thousandth of a degree is about 100 m here (111 m to the north, 96 m to the east): nothing finer is kept
PLACE_STEP = Decimal("0.001")


def short_code(recipient_code: str) -> str:
    """The four digits on a resident's service card; the town prints them, the resident says them, no phone knows them.

    They follow from the resident's code and the installation's key, so that no list of them is kept.
    """
    number = int.from_bytes(search_hash(recipient_code, "visit_record.short_code")[:8], "big")
    return f"{number % 10**SHORT_CODE_DIGITS:0{SHORT_CODE_DIGITS}d}"


def rounded_place(degrees: Decimal) -> Decimal:
    """A latitude or longitude to about 100 m."""
    return degrees.quantize(PLACE_STEP)


@dataclass(frozen=True)
class Extras:
    """What came with a visit. `seconds`: how long it took to record; `clock_off_seconds`: as the phone knew then.

    `order`: the reference of the service order it belongs to.
    """

    tasks: Sequence[str] = ()
    confirmed_by: str = ""
    code_is_right: bool | None = None
    slip_number: str = ""
    village_words: str = ""
    signature: str = ""
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    placed_at: datetime | None = None
    exception: str = ""
    exception_reason: str = ""
    companions: Sequence[UUID] = ()
    seconds: int | None = None
    clock_off_seconds: int = 0
    device: UUID | None = None
    order: str = ""


def wrong_tasks(item_code: str, tasks: Sequence[str]) -> list[str]:
    """Tasks that are not of the item's list."""
    known = {key for key, _ in TASKS.get(item_code, ())}
    return [task for task in tasks if task not in known]


def confirmation_shown(record: Mapping[str, object]) -> tuple[str, str]:
    """Which word and tone a reviewer sees of a visit's confirmation; the worker never sees whether a code was right."""
    kind = str(record["confirmed_by"] or "")
    if not kind:
        return N_("没有确认"), "waiting"
    if kind == Confirmation.CODE and not record["code_is_right"]:
        return N_("短码不对"), "refused"
    return CONFIRMATION_LABELS[kind], "done"


# what templates/contracts/visits/_record.html shows a visit's record with
RECORD_WORDS: dict[str, Any] = {
    "task_labels": TASK_LABELS, "ways": CONFIRMATION_LABELS, "exceptions": EXCEPTION_LABELS,
    "confirmation_shown": confirmation_shown,
}  # fmt: skip
