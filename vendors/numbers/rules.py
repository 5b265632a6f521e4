"""Which whole numbers are searched for, and by whom."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from enum import StrEnum

from marketplace.accounts.permissions import Permission
from marketplace.kernel.forms import Reader
from marketplace.kernel.i18n import N_
from vendors.registration.forms import account_number, phone_number
from vendors.workers.identity import identity_number


class NumberKind(StrEnum):
    """What kind of number somebody looks for."""

    IDENTITY = "identity"
    ACCOUNT = "account"
    PHONE = "phone"


KIND_LABELS: Mapping[NumberKind, str] = {
    NumberKind.IDENTITY: N_("身份证号码（社会工作者）"),
    NumberKind.ACCOUNT: N_("银行账号（供应商、发票）"),
    NumberKind.PHONE: N_("电话（供应商）"),
}
# each kind for those whose work needs it: who checks files, who pays, who decides about credit
WHO_MAY: Mapping[NumberKind, frozenset[Permission]] = {
    NumberKind.IDENTITY: frozenset({Permission.CHECK_PROVIDERS}),
    NumberKind.ACCOUNT: frozenset({Permission.APPROVE_PAYMENT}),
    NumberKind.PHONE: frozenset({Permission.CHECK_PROVIDERS, Permission.RECORD_CREDIT}),
}
READERS: Mapping[NumberKind, Reader] = {
    NumberKind.IDENTITY: identity_number,
    NumberKind.ACCOUNT: account_number(),
    NumberKind.PHONE: phone_number(),
}


def tells_number(purpose: str, number: str) -> bool:
    """Whether a purpose repeats the number: it would stand in the audit in clear."""
    digits = "".join(c for c in unicodedata.normalize("NFKC", purpose) if c.isalnum()).upper()
    return "".join(c for c in number if c.isalnum()) in digits
