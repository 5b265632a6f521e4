"""What a bid must answer without deviation, and what a majority of the panel makes of it (87 Art 50, 61, 63). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from evaluations.opening.items import Finding, Item
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.formats import money, percent
from marketplace.kernel.i18n import N_, Sentence, say

STAR = "★"
INVALID, VALIDITY, SUBSTANCE = "R-BID-06", "R-BID-02", "R-COM-05"
SIGNED = N_("按采购文件的要求签署、盖章")
VALID_LONG_ENOUGH = N_("有效期不短于采购文件的要求")
DEPOSITED = N_("按采购文件的要求提交保证金")
PRICE_WITHIN = N_("报价不超过预算和最高限价")
IN_TIME = N_("接受服务期限，没有负偏离")
PAID_SO = N_("接受付款条件，没有负偏离")
SUBCONTRACTED = N_("分包符合采购文件的要求")
CONSORTIUM = N_("不以联合体参加")
STARRED = N_("响应采购需求中带★的要求，没有负偏离")
NO_CONDITIONS = N_("没有采购人不能接受的附加条件")
OVER = N_("报价超过了预算或者最高限价，或者没有大于 0 的报价，这一项不能认定为符合。")


@dataclass(frozen=True)
class Asked:
    """What the procurement document prints as not to be deviated from. Days, yuan, percent.

    `prices_are_out`: the price can be read at this point; a consultation's last price comes later (R-CONS-01).
    """

    validity: int
    deposit: Decimal
    service: str
    milestones: Sequence[str]
    requirement: str
    subcontract_share: Decimal
    admits_consortium: bool
    prices_are_out: bool
    service_told: Sentence | None = None


def starred(requirement: str) -> list[str]:
    """The lines of the requirement that the buyer marked with a star, each once and in order."""
    lines = (line.strip(" ·-\t") for line in requirement.splitlines())
    return list(dict.fromkeys(line[:400] for line in lines if STAR in line))


def items_of(asked: Asked, ceiling: Decimal) -> list[Item]:
    """The statutory items of 87 Art 63, then what this document marks with a star, in its order."""
    days = say(N_("提交截止之日起 {days} 日"), days=asked.validity)
    found = [Item(SIGNED, INVALID), Item(VALID_LONG_ENOUGH, VALIDITY, days.text("zh"), days)]
    if asked.deposit:
        found.append(Item(DEPOSITED, INVALID, money(asked.deposit)))
    if asked.prices_are_out:
        found.append(Item(PRICE_WITHIN, INVALID, money(ceiling)))
    found.append(Item(IN_TIME, SUBSTANCE, asked.service, asked.service_told))
    found.append(Item(PAID_SO, SUBSTANCE, "；".join(asked.milestones)[:400]))
    if asked.subcontract_share:
        found.append(Item(SUBCONTRACTED, SUBSTANCE, percent(asked.subcontract_share)))
    else:
        none = say(N_("不允许分包"))
        found.append(Item(SUBCONTRACTED, SUBSTANCE, none.text("zh"), none))
    if not asked.admits_consortium:
        found.append(Item(CONSORTIUM, SUBSTANCE))
    found += [Item(STARRED, SUBSTANCE, line) for line in starred(asked.requirement)]
    return [*found, Item(NO_CONDITIONS, INVALID)]


def is_within(price: Decimal | None, ceiling: Decimal) -> bool:
    """Above nothing, and exactly at the ceiling is within it (87 Art 63(4))."""
    return price is not None and 0 < price <= ceiling


def check_price_item(
    items: Sequence[Item], findings: Sequence[Finding], price: Decimal | None, ceiling: Decimal
) -> None:
    """Nobody finds a price above the ceiling to be within it. Raises FormRefused."""
    for number, (item, found) in enumerate(zip(items, findings, strict=True)):
        if item.words == PRICE_WITHIN and found.passes and not is_within(price, ceiling):
            raise FormRefused({f"item-{number}": say(OVER)})


@dataclass(frozen=True)
class Settled:
    """What the panel came to about a bid."""

    passes: bool
    reason: str = ""
    clause: str = ""


def is_met(votes: Sequence[Finding]) -> bool:
    """The majority decides; a panel is odd, so there is always one (R-COM-06)."""
    return 2 * sum(vote.passes for vote in votes) > len(votes)


def settle(items: Sequence[Item], votes: Mapping[str, Sequence[Finding]]) -> Settled:
    """Met in every item by majority; else the reasons of all that found otherwise. `votes`: member -> findings."""
    failing: list[tuple[Item, list[str]]] = []
    for number, item in enumerate(items):
        of_item = [findings[number] for findings in votes.values()]
        if not is_met(of_item):
            failing.append((item, list(dict.fromkeys(v.reason.strip() for v in of_item if not v.passes))))
    if not failing:
        return Settled(True)
    return Settled(False, "；".join(f"{_named(item)}：{'、'.join(why)}" for item, why in failing), failing[0][0].clause)


def _named(item: Item) -> str:
    return f"{item.words}（{item.asked}）" if item.asked else item.words


def told_words(reason: str) -> Sentence:
    """What the bidder of an invalid bid is told."""
    return say(N_("贵单位的响应文件没有通过符合性审查，响应无效：{reason}"), reason=reason)
