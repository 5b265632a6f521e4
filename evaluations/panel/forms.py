"""The forms of a panel: a seat, a declaration."""

from __future__ import annotations

from evaluations.panel.rules import Kind
from marketplace.kernel.forms import Field, choice, identifier, text
from marketplace.kernel.i18n import N_

MEMBER_FIELDS = [
    Field("person", N_("成员"), identifier()),
    Field("kind", N_("身份"), choice([k.value for k in Kind])),
    Field("drawn_from", N_("怎样抽取"), text(200), is_required=False),
]
DECLARATION_FIELDS = [
    Field("has_interest", N_("有没有利害关系"), choice(["no", "yes"])),
    Field("interest", N_("说明"), text(2000), is_required=False),
    Field("employers", N_("近几年工作过的单位"), text(2000), is_required=False),
]
