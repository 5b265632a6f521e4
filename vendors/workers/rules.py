"""Levels of social workers (R-SOCW-02) and what a spell must be."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from enum import StrEnum

from marketplace.kernel.i18n import N_, Sentence, say


class Level(StrEnum):
    """The national certificate levels, or none."""

    NONE = "none"
    ASSISTANT = "assistant"
    INTERMEDIATE = "intermediate"
    SENIOR = "senior"


LEVEL_LABELS: dict[Level, str] = {
    Level.NONE: N_("没有证书"),
    Level.ASSISTANT: N_("助理社会工作师（初级）"),
    Level.INTERMEDIATE: N_("社会工作师（中级）"),
    Level.SENIOR: N_("高级社会工作师"),
}


DEGREE_LABELS: dict[str, str] = {
    "none": N_("没有学历信息"),
    "college": N_("大专"),
    "bachelor": N_("本科"),
    "master": N_("硕士"),
    "doctor": N_("博士"),
}
HOURS_LABELS: dict[str, str] = {"full_time": N_("全职"), "part_time": N_("兼职")}
RESULT_LABELS: dict[str, str] = {
    "registered": N_("已报名"),
    "passed": N_("通过"),
    "partly": N_("部分科目通过"),
    "failed": N_("没有通过"),
    "absent": N_("没有参加"),
}
# acts in a worker's file as the worker reads them
USE_LABELS: dict[str, str] = {
    "worker.added": N_("登记社会工作者"),
    "worker.change_answered": N_("答复修改名册的要求"),
    "worker.change_asked": N_("要求修改名册"),
    "worker.particulars_changed": N_("修改姓名或者证书"),
    "worker.hours_changed": N_("修改用工方式"),
    "worker.account_linked": N_("开立社工账号"),
    "worker.consented": N_("同意保存档案"),
    "worker.consent_withdrawn": N_("撤回保存档案的同意"),
    "worker.employment_ended": N_("登记离职"),
    "worker.exam_entered": N_("登记职业水平考试"),
    "worker.support_confirmed": N_("确认考试费补助"),
    "worker.moved": N_("换到另一个社区"),
    "worker.establishment_set": N_("登记是否在编"),
    "duty.entered": N_("登记在岗证明"),
    "duty.countersigned": N_("会签在岗证明"),
    "duty.withdrawn": N_("撤销在岗证明"),
    "worker.invited": N_("发放邀请码"),
    "worker.study_changed": N_("修改学历和服务的镇"),
}
CODE_LASTS = timedelta(days=30)
# read aloud and written by hand: no letter or digit that is taken for another
CODE_LETTERS = "ABCDEFGHJKLMNPQRTUVWXY34679"
CODE_LENGTH = 10


def is_recent_graduate(graduated_on: date | None, on: date) -> bool:
    """Whether somebody graduated within two years before a day; exactly two years later no more."""
    if graduated_on is None or graduated_on > on:
        return False
    try:
        end = graduated_on.replace(year=graduated_on.year + 2)
    except ValueError:  # 29 February
        end = graduated_on.replace(year=graduated_on.year + 2, month=3, day=1)
    return on < end


def plain_code(typed: str) -> str:
    """A code as it is compared: full-width and small letters, spaces and hyphens make no difference."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", typed)).upper()


def masked(number: str) -> str:
    """A number of which only the last four characters are shown."""
    return "" if not number else "···" + number[-4:]


def overlap(first: tuple[date, date | None], second: tuple[date, date | None]) -> tuple[date, date | None] | None:
    """The days two spells share, both ends included; an open end runs on."""
    start = max(first[0], second[0])
    ends = [end for end in (first[1], second[1]) if end]
    end = min(ends) if ends else None
    return None if end and end < start else (start, end)


def spell_mistakes(level: str, number: str, registered_on: date | None, until: date | None) -> dict[str, Sentence]:
    """What does not fit together in a certificate, by field."""
    found: dict[str, Sentence] = {}
    if level != Level.NONE and not number:
        found["certificate_number"] = say(N_("有证书的，请填证书编号。"))
    if level == Level.NONE and number:
        found["certificate_level"] = say(N_("填了证书编号，请选证书等级。"))
    if registered_on and until and until < registered_on:
        found["certificate_until"] = say(N_("有效期不能早于登记日期。请核对。"))
    return found
