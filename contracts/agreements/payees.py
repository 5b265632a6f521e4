"""What a provider is as somebody who is paid; it decides the payment clock of its contracts (R-PAY-02). Pure."""

from __future__ import annotations

from enum import StrEnum

from catalogue.items.rules import LegalForm
from marketplace.kernel.i18n import N_


class Payee(StrEnum):
    """What the payee was when the contract was concluded, which decides its clock."""

    SMALL = "small"
    LARGE = "large"
    OTHER = "other"


PAYEE_LABELS: dict[Payee, str] = {
    Payee.SMALL: N_("中小微企业"),
    Payee.LARGE: N_("没有声明为中小微的企业"),
    Payee.OTHER: N_("社会组织和其他单位"),
}


def payee_of(legal_form: str, is_small: bool) -> Payee:
    """What the provider's file declares: enterprises are medium, small or micro, or not; the rest is no enterprise."""
    if legal_form != LegalForm.ENTERPRISE:
        return Payee.OTHER
    return Payee.SMALL if is_small else Payee.LARGE
