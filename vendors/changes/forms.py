"""What a change of the registration asks, and its refusal."""

from __future__ import annotations

from catalogue.items.rules import LegalForm
from marketplace.kernel.forms import Field, choice, day, text
from marketplace.kernel.i18n import N_
from vendors.providers.forms import proper_name

CHANGE = [
    Field("name", N_("机构名称"), proper_name(120)),
    Field("name_en", N_("英文名称"), proper_name(200), is_required=False),
    Field("legal_form", N_("组织形式"), choice([f.value for f in LegalForm])),
    Field("effective_on", N_("变更日期"), day()),
]
REFUSAL = [Field("refusal", N_("不予变更的理由"), text(500))]
