"""Which roles an organisation has, which never meet in one person, and how invitation codes are written."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Mapping
from datetime import timedelta

from marketplace.accounts.permissions import ROLE_LABELS, Role
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_, say

R = Role
ROLES_OF_KIND: Mapping[str, tuple[Role, ...]] = {
    "county": (R.OPENER, R.BUYER, R.ADMINISTRATOR),
    "town": (R.BUYER, R.CLERK, R.CHILD_OFFICER, R.OPENER),
    "department": (R.BUYER, R.EXPERT, R.OPENER),
    "finance": (R.FINANCE,),
    "civil_affairs": (R.CIVIL_AFFAIRS, R.CHILD_OFFICER, R.BUYER),
    "agency": (R.AGENCY,),
    "provider": (R.PROVIDER, R.BID_WRITER, R.SERVICE_MANAGER, R.BOOKKEEPER, R.SOCIAL_WORKER),
    "evaluator": (R.EVALUATOR,),
    "audit": (R.AUDITOR,),
}
# who offers and who decides about offers, pays or supervises are never the same person, in whichever organisations
_OFFERING = ROLES_OF_KIND["provider"]
_DECIDING = (
    R.BUYER, R.AGENCY, R.FINANCE, R.OPENER, R.EXPERT, R.CIVIL_AFFAIRS, R.EVALUATOR, R.AUDITOR, R.ADMINISTRATOR,
)  # fmt: skip
_APART: tuple[tuple[str, Role, tuple[Role, ...]], ...] = (
    # the window rates orders and registers what residents choose, so it too keeps clear of who offers
    *(("R-ROLE-06", offering, (*_DECIDING, R.CLERK, R.CHILD_OFFICER)) for offering in _OFFERING),
    # finance pays, supervises and decides complaints: no hand in buying, running subsidies, rating or evaluating
    (
        "R-ROLE-02", R.FINANCE,
        (R.BUYER, R.AGENCY, R.OPENER, R.EXPERT, R.CIVIL_AFFAIRS, R.EVALUATOR, R.CLERK, R.CHILD_OFFICER),
    ),
    # an agency is no part of an administrative body
    ("R-ROLE-02", R.AGENCY, (R.BUYER, R.CIVIL_AFFAIRS, R.CLERK, R.ADMINISTRATOR)),
    ("R-OPEN-01", R.OPENER, (R.EXPERT, R.EVALUATOR)),
    ("R-ROLE-04", R.AGENCY, (R.EXPERT,)),
    # who proposes an entry of the town list does not decide it; who is evaluated or plans it does not evaluate
    ("R-ROLE-03", R.CLERK, (R.CIVIL_AFFAIRS,)),
    ("R-ROLE-03", R.EVALUATOR, (R.BUYER, R.AGENCY, R.CIVIL_AFFAIRS, R.CLERK)),
    # who audits does nothing that is audited
    (
        "R-ROLE-03",
        R.AUDITOR,
        (
            R.BUYER, R.AGENCY, R.FINANCE, R.OPENER, R.EXPERT, R.CIVIL_AFFAIRS, R.EVALUATOR, R.CLERK, R.ADMINISTRATOR,
            R.CHILD_OFFICER,
        ),
    ),
)
NEVER_TOGETHER: Mapping[frozenset[Role], str] = {
    frozenset({one, other}): clause for clause, one, others in _APART for other in others
}
LIFE = timedelta(days=30)
MOST_CODES = 40  # on one sheet
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # nothing that a hand copies wrongly


def check_role_fits(kind: str, role: Role) -> None:
    """An office has the roles of its kind. Raises DomainError."""
    if role not in ROLES_OF_KIND[kind]:
        raise DomainError(N_("这个单位没有这个岗位。请从列出的岗位里选一个。"))


def check_roles_meet(held: Collection[Role], role: Role) -> None:
    """Some roles never meet in one person. Raises DomainError naming the rule."""
    for other in sorted(held):
        clause = NEVER_TOGETHER.get(frozenset({role, other}))
        if clause:
            raise DomainError(
                N_("同一个人不能兼任“{held}”和“{role}”。请换一位同事，或者先交回原来的岗位。"),
                clause=clause, held=say(ROLE_LABELS[other]), role=say(ROLE_LABELS[role]),
            )  # fmt: skip


def new_code() -> str:
    """A code of twelve characters (60 bits), in groups that a hand copies well."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(12))
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def code_hash(typed: str) -> bytes:
    """What is kept of a code; small letters, spaces and dashes do not matter."""
    plain = "".join(c for c in typed.upper() if c.isalnum())
    return hashlib.sha256(f"invitation {plain}".encode()).digest()
