"""What a contract says of paying: by which day for whom, and what lateness costs. Text and clock read the same table.

Pure. The draft in the procurement document is written before anybody knows who the provider will be, so the text
says it for every kind of payee.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from contracts.agreements.payees import Payee
from marketplace.kernel.rulebook import holds, number

RULE_PAY, LONGEST = "R-PAY-01", "R-PAY-02/longest"


@dataclass(frozen=True)
class ClockRule:
    """By which row a payee's last day is counted, whether from acceptance, and which row has its late interest."""

    period: str
    from_acceptance: bool
    interest: str | None


CLOCKS: dict[Payee, ClockRule] = {
    Payee.SMALL: ClockRule("R-PAY-02/usual", from_acceptance=True, interest="R-PAY-02/late_interest"),
    Payee.LARGE: ClockRule(RULE_PAY, from_acceptance=False, interest=None),
    # no enterprise: the courtesy of the same clock is the county's policy
    Payee.OTHER: ClockRule("R-PAY-02/social_period", from_acceptance=True, interest="R-PAY-02/social_organisations"),
}
# in the contract itself, which is Chinese in every language
_NAMES = {Payee.SMALL: "中小企业", Payee.OTHER: "社会组织等非企业单位", Payee.LARGE: "其他企业"}


def period_of(payee: Payee, start: date) -> tuple[str, bool]:
    """The row that gives a payee's days when they start on a day, and whether they count from acceptance."""
    rule = CLOCKS[payee]
    if rule.from_acceptance and holds(rule.period, start):
        return rule.period, True
    return RULE_PAY, False


def allowed_days(payee: Payee, key: str, start: date, agreed_days: int | None) -> int | None:
    """The agreed days as far as they hold: more than the usual only for small enterprises, at most 60 (R-PAY-02).

    None where nothing was agreed. A shorter time holds for everybody.
    """
    if agreed_days is None:
        return None
    if payee is Payee.SMALL and key != RULE_PAY:
        return min(agreed_days, int(number(LONGEST, start)))
    return min(agreed_days, int(number(key, start)))


def rate_by_law(payee: Payee, on: date) -> Decimal | None:
    """Percent a day for lateness where the contract says nothing; None where no row gives one (R-PAY-02)."""
    key = CLOCKS[payee].interest
    if key is None or not holds(key, on):
        return None
    return number(key, on) or None


def days_words(on: date, agreed_days: int | None) -> str:
    """By which day is paid. Dragged acceptance is no ground to wait; only what is disputed may (R-PAY-02, R-PAY-04)."""
    said: dict[str, list[str]] = {}
    for payee, name in _NAMES.items():
        key, from_acceptance = period_of(payee, on)
        days = allowed_days(payee, key, on, agreed_days) or int(number(key, on))
        begins = "验收合格之日" if from_acceptance else "收到发票之日"
        said.setdefault(f"自{begins}起 {days} 日内支付", []).append(name)
    told = "；".join(f"乙方是{'、'.join(names)}的，{words}" for words, names in said.items())
    return (
        f"{told}。届满以后才收到发票的，收到发票当日支付。不附加合同以外的条件。"
        "拖延验收的，自约定的验收期限届满之日起算；部分有争议的，没有争议的部分按期支付。"
    )


def interest_words(on: date, agreed_rate: Decimal | None) -> str:
    """What lateness costs, for each kind of payee where nothing was agreed (R-PAY-02)."""
    if agreed_rate is not None:
        return f"逾期支付的，甲方按年利率 {agreed_rate.normalize():f}%（一年按360天）支付逾期利息。"
    grounds = {Payee.SMALL: "依《保障中小企业款项支付条例》", Payee.OTHER: "依本县的办法"}
    told = [
        f"乙方是{_NAMES[payee]}的，甲方{ground}按每日 {rate.normalize():f}% 支付逾期利息"
        for payee, ground in grounds.items()
        if (rate := rate_by_law(payee, on))
    ]
    rest = "其他情形依法承担违约责任" if told else "依法承担违约责任"
    return f"逾期支付的，{'；'.join([*told, rest])}。"
