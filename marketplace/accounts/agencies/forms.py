"""An agreement with an agency as it is typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marketplace.accounts.agencies.rules import FEE_PAYERS, NewAgreement
from marketplace.accounts.mandates import ENTRUSTED_LABELS, Entrusted
from marketplace.kernel.forms import Bound, Field, choice, day, identifier, parse, text
from marketplace.kernel.i18n import N_

AGREEMENT = [
    Field("agency", N_("采购代理机构"), identifier()),
    Field("document_number", N_("协议文号"), text(80)),
    Field("matter", N_("委托事项"), text(1000)),
    Field("acts", N_("委托权限"), choice([each.value for each in ENTRUSTED_LABELS]), is_list=True),
    Field("valid_from", N_("开始日"), day()),
    Field("valid_to", N_("到期日"), day()),
    Field("fee", N_("代理费用的标准和金额"), text(300)),
    Field("fee_payer", N_("由谁承担"), choice(list(FEE_PAYERS))),
]

REASON = [Field("reason", N_("理由"), text(1000))]


def agreement_form(typed: Mapping[str, Any]) -> tuple[Bound, NewAgreement | None]:
    """Scope, authority, term and fee."""
    form = parse(AGREEMENT, typed)
    if not form.errors and not form["acts"]:
        form.refuse("acts", N_("请至少选一项委托权限。"))
    if form.errors:
        return form, None
    v = form.values
    return form, NewAgreement(
        agency=v["agency"], document_number=v["document_number"], matter=v["matter"],
        acts=tuple(Entrusted(act) for act in v["acts"]), valid_from=v["valid_from"], valid_to=v["valid_to"],
        fee=v["fee"], fee_payer=v["fee_payer"],
    )  # fmt: skip
