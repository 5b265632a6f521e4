"""What may stand on a town's list, who decides, and when it ends. All pure.

The list warns the town's own staff and nobody else: no help is stopped by it, and no provider's eligibility reads it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from marketplace.kernel.ages import is_of_age
from marketplace.kernel.i18n import N_, Sentence, say


class EntryStatus(StrEnum):
    """Where an entry stands; only a listed one within its days warns."""

    PROPOSED = "proposed"
    HEARD = "heard"
    LISTED = "listed"
    DROPPED = "dropped"
    REMOVED = "removed"


TRANSITIONS: Mapping[EntryStatus, frozenset[EntryStatus]] = {
    EntryStatus.PROPOSED: frozenset({EntryStatus.HEARD, EntryStatus.DROPPED}),
    EntryStatus.HEARD: frozenset({EntryStatus.LISTED, EntryStatus.DROPPED}),
    EntryStatus.LISTED: frozenset({EntryStatus.REMOVED}),
    EntryStatus.DROPPED: frozenset(),
    EntryStatus.REMOVED: frozenset(),
}
STATUS_WORDS: dict[EntryStatus, tuple[str, str]] = {
    EntryStatus.PROPOSED: (N_("等待听取意见"), "waiting"),
    EntryStatus.HEARD: (N_("等待民政局决定"), "waiting"),
    EntryStatus.LISTED: (N_("已列入"), "refused"),
    EntryStatus.DROPPED: (N_("没有列入"), "neutral"),
    EntryStatus.REMOVED: (N_("已移出"), "done"),
}
KIND_LABELS: dict[str, str] = {
    "applicant": N_("申请人"), "unit": N_("出具材料的单位"), "recipient": N_("救助对象"),
}  # fmt: skip
CONDUCT_LABELS: dict[str, str] = {
    "income": N_("不如实提供收入信息"),
    "papers": N_("提供虚假资料"),
    "promise": N_("实际家庭情况与承诺不符"),
    "members": N_("多报、瞒报家庭成员"),
}
HEARING_LABELS: dict[str, str] = {
    "held": N_("当面听取"), "written": N_("书面陈述"), "waived": N_("告知后没有陈述"),
}  # fmt: skip
DOER_LABELS: dict[str, str] = {"self": N_("本人（本单位）"), "family": N_("家属或者其他人")}


@dataclass(frozen=True)
class Proposal:
    """What a town's clerk says of somebody; the day of birth is looked at and not kept."""

    kind: str
    subject: str
    doer: str
    conduct: str
    legal_basis: str
    facts: str
    evidence: str
    hear_until: date
    ends_on: date
    born_on: date | None = None


def proposal_mistakes(new: Proposal, today: date) -> dict[str, Sentence]:
    """What keeps a proposal from the list, by field: no minors, no relatives, no names of residents, an end."""
    found: dict[str, Sentence] = {}
    if new.doer != "self":
        found["doer"] = say(N_("名单只记本人的行为，不牵连家属和其他人。请不要登记。"))
    if new.kind != "unit":
        if not re.fullmatch(r"[A-Za-z]{2}-[A-Za-z]-\d{4,10}", new.subject, re.ASCII):
            found["subject"] = say(N_("居民只填个案编号，例如 JT-R-0001，不填姓名和身份证号码。"))
        if new.born_on is None:
            found["born_on"] = say(N_("请填出生日期，用来核对是不是成年人；核对以后不保存。"))
        elif new.born_on > today:
            found["born_on"] = say(N_("出生日期不能晚于今天。请核对。"))
        elif not is_of_age(new.born_on, today):
            found["born_on"] = say(N_("未成年人不列入名单。请不要登记。"))
    if new.hear_until <= today:
        found["hear_until"] = say(N_("陈述的最后一天要晚于今天。请给对方留出时间。"))
    if new.ends_on <= new.hear_until:
        found["ends_on"] = say(N_("到期日要晚于陈述的最后一天。"))
    return found


def warns(status: str, ends_on: date, on: date) -> bool:
    """Whether an entry warns on a day: while listed, its last day included; then it ends by itself."""
    return status == EntryStatus.LISTED and on <= ends_on
