"""Levels of social workers (R-SOCW-02) and what a spell must be."""

from __future__ import annotations

from datetime import date
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
