"""docs/states.md, docs/permissions.md and docs/retention.md, written from the constants the code uses.

`python -m marketplace.documents_command` writes them anew; a test keeps them in step.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from types import ModuleType

from marketplace.accounts.duties.rules import APART, DUTY_LABELS, Duty
from marketplace.accounts.membership.rules import NEVER_TOGETHER
from marketplace.accounts.permissions import (
    KEPT_FROM,
    PERMISSION_LABELS,
    ROLE_LABELS,
    ROLE_PERMISSIONS,
    SECOND_FACTOR_ROLES,
    WEIGHT_LABELS,
    WEIGHTY,
    Permission,
    Role,
)
from marketplace.kernel.settings import PROJECT_FOLDER
from marketplace.retention.document import retention_document

PACKAGES = ("marketplace/kernel/draws", "marketplace/accounts", "catalogue", "vendors", "contracts", "evaluations")
STATES, PERMISSIONS = PROJECT_FOLDER / "docs" / "states.md", PROJECT_FOLDER / "docs" / "permissions.md"
RETENTION = PROJECT_FOLDER / "docs" / "retention.md"

# what moves, where the enum's own name does not say it well; in the order of the business
NOUNS: dict[str, tuple[str, str]] = {
    "catalogue.listings.rules.TRANSITIONS": ("采购公告", "Listing"),
    "catalogue.plans.change_rules.CHANGE_TRANSITIONS": ("预算调整", "Change of budget"),
    "evaluations.records.rules.TRANSITIONS": ("登记的采购结果", "Recorded result"),
    "marketplace.accounts.privacy.rules.TRANSITIONS": ("更正个人信息的要求", "Wish for a correction of personal data"),
    "marketplace.accounts.joining.rules.JOIN_TRANSITIONS": ("加入申请", "Request to join"),
    "marketplace.accounts.agencies.rules.TRANSITIONS": ("委托代理协议", "Agreement with an agency"),
    "catalogue.corrigenda.rules.TRANSITIONS": ("更正公告", "Corrigendum"),
    "catalogue.objections.rules.TRANSITIONS": ("单一来源公示的异议", "Objection to a single source"),
    "evaluations.challenges.rules.CHALLENGE_TRANSITIONS": ("质疑", "Challenge"),
    "evaluations.challenges.rules.COMPLAINT_TRANSITIONS": ("投诉", "Complaint"),
    "vendors.refusals.rules.TRANSITIONS": ("没有签订合同", "Winner who does not sign"),
    "vendors.changes.rules.TRANSITIONS": ("供应商登记事项的变更", "Change of a provider's registration"),
    "vendors.qualification.rules.PRECHECK_TRANSITIONS": ("预检", "Pre-check of an item"),
    "vendors.credit.rules.CASE_TRANSITIONS": ("信用处理决定", "Case of credit"),
    "vendors.credit.rules.REMOVAL_TRANSITIONS": ("信用记录的移出", "Removal of a credit entry"),
    "vendors.townlist.rules.TRANSITIONS": ("镇（街道）失信名单", "Town list entry"),
    "marketplace.kernel.draws.rules.DRAW_TRANSITIONS": ("抽取", "Random draw"),
    "vendors.bids.rules.BID_TRANSITIONS": ("封存的投标", "Sealed bid"),
    "contracts.agreements.rules.TRANSITIONS": ("合同", "Contract"),
    "contracts.agreements.rules.MILESTONE_TRANSITIONS": ("付款节点", "Milestone"),
    "contracts.amendments.rules.TRANSITIONS": ("合同的变更", "Change of a contract"),
    "contracts.cases.rules.TRANSITIONS": ("救助个案", "Assistance case"),
    "contracts.cases.order_rules.TRANSITIONS": ("服务工单", "Service order"),
    "contracts.casework.rules.TRANSITIONS": ("个案服务", "Casework"),
    "contracts.casework.rules.GROUP_TRANSITIONS": ("小组活动", "Group activity"),
    "contracts.safeguarding.rules.TRANSITIONS": ("保护报告", "Report of harm"),
    "contracts.referrals.rules.TRANSITIONS": ("转介", "Referral"),
    "contracts.household_checks.rules.TRANSITIONS": ("入户核查", "Household check"),
    "contracts.discovery.rules.TRANSITIONS": ("主动发现的线索", "Lead"),
    "contracts.job_matching.rules.TRANSITIONS": ("岗位对接会", "Job-matching event"),
    "contracts.relief.rules.TRANSITIONS": ("备用金的先行救助", "Help from the reserve fund"),
    "contracts.suspensions.rules.TRANSITIONS": ("合同的中止", "Suspension of a contract"),
    "contracts.handovers.rules.TRANSITIONS": ("服务对象的移交", "Handover of residents"),
    "contracts.frameworks.rules.TRANSITIONS": ("框架协议里的席位", "Place in a framework"),
    "contracts.visits.rules.TRANSITIONS": ("服务记录", "Visit"),
    "contracts.billing.rules.INVOICE_TRANSITIONS": ("发票", "Invoice"),
    "contracts.billing.rules.DISPUTE_TRANSITIONS": ("发票里有争议的部分", "Disputed part of an invoice"),
    "contracts.billing.rules.PAYMENT_TRANSITIONS": ("付款", "Payment"),
    "contracts.deposits.rules.DEPOSIT_TRANSITIONS": ("保证金", "Deposit"),
    "contracts.fees.rules.FEE_TRANSITIONS": ("收费", "Fee"),
    "contracts.subsidies.scheme_rules.SCHEME_TRANSITIONS": ("补贴办法", "Subsidy scheme"),
    "contracts.subsidies.rules.TRANSITIONS": ("一次补贴计算", "Subsidy run"),
    "contracts.subsidies.duty.DUTY_TRANSITIONS": ("在岗证明", "Duty certificate"),
    "contracts.subsidies.account_rules.ACCOUNT_TRANSITIONS": ("补贴的收款账号", "Account of a subsidy"),
    "contracts.subsidies.double_rules.DOUBLE_TRANSITIONS": ("可能重复的付款", "Finding of double pay"),
    "contracts.subsidies.line_rules.OBJECTION_TRANSITIONS": ("对补贴的异议", "Objection to a subsidy"),
    "contracts.subsidies.line_rules.RECOVERY_TRANSITIONS": ("追回补贴", "Recovery of a subsidy"),
    "evaluations.performance.rules.TRANSITIONS": ("绩效评价", "Performance evaluation"),
    "evaluations.performance.goal_rules.TRANSITIONS": ("绩效目标", "Performance goals"),
    "evaluations.performance.improvement_rules.TRANSITIONS": ("整改计划", "Improvement plan"),
}

STATES_HEAD = """# 状态 · States

Written from the `TRANSITIONS` tables of the code by `python -m marketplace.documents_command`; do not edit by hand.
A status changes only by `marketplace.kernel.states.move`, which refuses (409) every step that is not listed here.
An end state has no way out.
"""

PERMISSIONS_HEAD = """# 岗位和权限 · Roles and permissions

Written from `marketplace/accounts/permissions.py` by `python -m marketplace.documents_command`; do not edit by hand.
The guard at each route, the menus and this page read the same table. A permission opens a door; whether the act is
allowed on one row (its own office, not its own draft, after the deadline) is decided by that feature's rules.
"""


@dataclass(frozen=True)
class Machine:
    """One transition table with the words for its states."""

    place: str
    states: type[StrEnum]
    moves: Mapping[StrEnum, frozenset[StrEnum]]
    labels: Mapping[str, str]

    @property
    def noun(self) -> tuple[str, str]:
        """What moves, in both languages."""
        return NOUNS.get(self.place, ("", self.states.__name__))


def main(argv: list[str] | None = None) -> int:
    """Write the three documents."""
    STATES.write_text(states_document(), encoding="utf-8")
    PERMISSIONS.write_text(permissions_document(), encoding="utf-8")
    RETENTION.write_text(retention_document(), encoding="utf-8")
    return 0


def machines() -> list[Machine]:
    """Every transition table of the business, in the order of the business; one not named there comes last."""
    found = [machine for module in _rule_modules() for machine in _machines_of(module)]
    order = {place: position for position, place in enumerate(NOUNS)}
    return sorted(found, key=lambda m: (order.get(m.place, len(order)), m.place))


def _rule_modules() -> Iterator[ModuleType]:
    for package in PACKAGES:
        for path in sorted((PROJECT_FOLDER / package).rglob("*.py")):
            # only what defines a table is loaded: half a feature must not stop the documents
            if "TRANSITIONS" in path.read_text(encoding="utf-8") and path.name.endswith("rules.py"):
                yield importlib.import_module(".".join(path.relative_to(PROJECT_FOLDER).with_suffix("").parts))


def _machines_of(module: ModuleType) -> Iterator[Machine]:
    for name, moves in vars(module).items():
        if name.endswith("TRANSITIONS") and isinstance(moves, Mapping) and moves:
            states = type(next(iter(moves)))
            # a table that is only imported belongs to another feature
            if isinstance(states, type) and issubclass(states, StrEnum) and states.__module__ == module.__name__:
                yield Machine(f"{module.__name__}.{name}", states, moves, _labels(module, states))


def _labels(module: ModuleType, states: type[StrEnum]) -> dict[str, str]:
    """The Chinese words of the states: a dictionary of the same module with a text, or text and tone, for each."""
    values = {str(s) for s in states}
    for name, words in vars(module).items():
        if name.endswith(("LABELS", "WORDS")) and isinstance(words, Mapping) and {str(k) for k in words} == values:
            return {str(k): v[0] if isinstance(v, tuple) else v for k, v in words.items()}
    return {}


def states_document() -> str:
    """docs/states.md."""
    lines = [STATES_HEAD]
    for machine in machines():
        zh, en = machine.noun
        lines += [f"## {zh} {en}".replace("  ", " ") + "\n", f"`{machine.place}`\n"]
        lines += ["| State | Shown as | Next |", "|---|---|---|"]
        for state in machine.states:
            onward = " ".join(f"`{s}`" for s in machine.states if s in machine.moves.get(state, ()))
            lines.append(f"| `{state}` | {machine.labels.get(str(state), '')} | {onward or '(end)'} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def permissions_document() -> str:
    """docs/permissions.md."""
    lines = [PERMISSIONS_HEAD, "## 岗位 · Roles\n", "| Role | Shown as | Permissions |", "|---|---|---|"]
    for role in Role:
        held = " ".join(f"`{p}`" for p in Permission if p in ROLE_PERMISSIONS[role])
        lines.append(f"| `{role}` | {ROLE_LABELS[role]} | {held or '(none yet)'} |")
    lines += ["", "## 权限 · Permissions\n", "| Permission | Shown as | Roles |", "|---|---|---|"]
    for permission in Permission:
        holders = " ".join(f"`{role}`" for role in Role if permission in ROLE_PERMISSIONS[role])
        lines.append(f"| `{permission}` | {PERMISSION_LABELS[permission]} | {holders or '(nobody)'} |")
    lines += ["", "## 有意不给的权限 · Kept apart on purpose\n", "| Role | Permission | Rule |", "|---|---|---|"]
    lines += [f"| `{role}` | `{permission}` | {rule} |" for (role, permission), rule in KEPT_FROM.items()]
    lines += ["", "## 一个项目里不得由一人兼办的事 · Duties that never meet in one person for one listing\n"]
    lines += ["| Duty | Duty | Rule |", "|---|---|---|"]
    for one, other in combinations(Duty, 2):
        shown = f"{DUTY_LABELS[one]} `{one}` | {DUTY_LABELS[other]} `{other}`"
        lines.append(f"| {shown} | {APART[frozenset({one, other})]} |")
    lines += ["", "## 不得由一人兼任的岗位 · Roles that never meet in one person\n"]
    lines += ["| Role | Role | Rule |", "|---|---|---|"]
    pairs = sorted((*sorted(pair, key=list(Role).index), rule) for pair, rule in NEVER_TOGETHER.items())
    lines += [f"| `{one}` | `{other}` | {rule} |" for one, other, rule in pairs]
    held = " ".join(f"`{role}`" for role in Role if role in SECOND_FACTOR_ROLES)
    lines += ["", "## 登录要验证码的岗位 · Roles that sign in with a code as well\n", held]
    lines += ["", "They follow from what they may do:\n", "| Permission | Weight | Roles |", "|---|---|---|"]
    for permission, weight in WEIGHTY.items():
        holders = " ".join(f"`{role}`" for role in Role if permission in ROLE_PERMISSIONS[role])
        lines.append(f"| `{permission}` | {WEIGHT_LABELS[weight]} `{weight}` | {holders} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
