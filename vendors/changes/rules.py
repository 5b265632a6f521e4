"""When a registered name or legal form may be changed, and what the change means for what stands. All pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from marketplace.kernel.i18n import N_, Sentence, say
from vendors.providers.rules import legal_form_mistake


class ChangeStatus(StrEnum):
    """Where a change of the registration stands."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


TRANSITIONS: Mapping[ChangeStatus, frozenset[ChangeStatus]] = {
    ChangeStatus.PROPOSED: frozenset({ChangeStatus.CONFIRMED, ChangeStatus.REFUSED, ChangeStatus.WITHDRAWN}),
    ChangeStatus.CONFIRMED: frozenset(),
    ChangeStatus.REFUSED: frozenset(),
    ChangeStatus.WITHDRAWN: frozenset(),
}
STATUS_WORDS: dict[ChangeStatus, tuple[str, str]] = {
    ChangeStatus.PROPOSED: (N_("等待民政局核对"), "waiting"),
    ChangeStatus.CONFIRMED: (N_("已变更"), "done"),
    ChangeStatus.REFUSED: (N_("没有变更"), "refused"),
    ChangeStatus.WITHDRAWN: (N_("已撤回"), "neutral"),
}


@dataclass(frozen=True)
class Registration:
    """What a certificate says of a provider, and since which day."""

    name: str
    name_en: str
    legal_form: str
    effective_on: date


def change_mistakes(new: Registration, provider: Mapping[str, Any], today: date) -> dict[str, Sentence]:
    """What keeps a change from being proposed, by field."""
    found: dict[str, Sentence] = {}
    if (new.name, new.name_en, new.legal_form) == tuple(provider[n] for n in ("name", "name_en", "legal_form")):
        found["name"] = say(N_("名称和组织形式都没有改动。请照新的登记证书填写。"))
    if sentence := legal_form_mistake(provider["credit_code"], new.legal_form):
        found["legal_form"] = sentence
    if new.effective_on > today:
        found["effective_on"] = say(N_("变更日期不能晚于今天。登记机关核准以后再提出。"))
    elif provider["founded_on"] and new.effective_on < provider["founded_on"]:
        found["effective_on"] = say(N_("变更日期不能早于成立日期。请核对。"))
    return found
