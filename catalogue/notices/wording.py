"""Turns of phrase that all notices share: numbered headings, contacts, days without weekdays, money."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from catalogue.notices.content import Block, Facts, Section, facts
from catalogue.notices.facts import Contact, FinanceFacts
from catalogue.notices.kinds import FORMS, Kind
from marketplace.kernel import formats
from marketplace.kernel.clock import county_day
from marketplace.kernel.i18n import current_language
from marketplace.kernel.i18n import translate as _

DIGITS = "零一二三四五六七八九十"
MONTHS = formats.MONTHS_EN

Part = tuple[str, Sequence[Block], str]


def numbered(parts: Sequence[Part]) -> tuple[Section, ...]:
    """Parts under headings 一、二、三、 or 1. 2. 3."""
    return tuple(
        Section(f"{ordinal(number)}{heading}", tuple(blocks), clause)
        for number, (heading, blocks, clause) in enumerate(parts, start=1)
    )


def ordinal(number: int) -> str:
    """The head of a numbered part, to 99."""
    if current_language.get() == "en":
        return f"{number}. "
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else ("" if tens == 1 else DIGITS[tens]) + "十") + (DIGITS[ones] if ones else "") + "、"


def title(of: str, kind: Kind) -> str:
    """What a notice is headed: 购买社会救助服务竞争性磋商公告, or Competitive consultation notice: …"""
    form = _(FORMS[kind].title)
    return f"{form}: {of}" if current_language.get() == "en" else f"{of}{form}"


def day(value: date | datetime | None) -> str | None:
    """A day as official papers write it: 2026年3月2日 or 2 March 2026."""
    if value is None:
        return None
    found = county_day(value) if isinstance(value, datetime) else value
    if current_language.get() == "en":
        return f"{found.day} {MONTHS[found.month - 1]} {found.year}"
    return f"{found.year}年{found.month}月{found.day}日"


def moment(value: datetime | None) -> str | None:
    """A moment on Beijing time: 2026年3月2日17:00（北京时间）."""
    if value is None:
        return None
    clock = value.astimezone(formats.COUNTY_ZONE)
    if current_language.get() == "en":
        return f"{day(value)}, {clock:%H:%M} (Beijing time)"
    return f"{day(value)}{clock:%H:%M}（北京时间）"


def period(first: date | datetime, last: date | datetime) -> str:
    """From a day to a day."""
    return f"{day(first)}{_between()}{day(last)}"


def moments(first: datetime, last: datetime) -> str:
    """From a moment to a moment."""
    return f"{moment(first)}{_between()}{moment(last)}"


def _between() -> str:
    return " – " if current_language.get() == "en" else "至"


def money(amount: Decimal | None) -> str | None:
    """Yuan with fen; None stays unsaid."""
    return None if amount is None else formats.money(amount)


def known(value: str) -> str | None:
    """A text, or a blank where nobody entered one."""
    return value or None


def yes_no(value: bool) -> str:
    """是 or 否."""
    return _("是") if value else _("否")


def buyer_contact(contact: Contact) -> Facts:
    """The buyer's block at the end of a notice."""
    return facts(
        (_("采购人"), contact.name),
        (_("地址"), known(contact.address)),
        (_("联系人"), known(contact.person)),
        (_("联系电话"), known(contact.phone)),
    )


def contacts(buyer: Contact, agency: Contact | None) -> list[Block]:
    """Buyer and, where one runs it, agency."""
    found: list[Block] = [buyer_contact(buyer)]
    if agency:
        found.append(
            facts(
                (_("采购代理机构"), agency.name),
                (_("地址"), known(agency.address)),
                (_("联系人"), known(agency.person)),
                (_("联系电话"), known(agency.phone)),
            )
        )
    return found


def finance_rows(finance: FinanceFacts) -> Facts:
    """The fields that finance asks for; blanks stay blanks."""
    return facts(
        (_("预算编号"), known(finance.budget_reference)),
        (_("预算项目代码"), known(finance.budget_project_code)),
        (_("功能科目"), known(finance.functional_code)),
        (_("经济分类"), known(finance.economic_code)),
        (_("资金来源"), known(finance.fund_source)),
        (_("采购品目"), known(finance.procurement_item)),
        (_("政府购买服务目录代码"), known(finance.directory_codes)),
        (_("采购计划号"), known(finance.plan_number)),
        (_("批准文号"), known(finance.approval_number)),
        (_("所属行业"), known(finance.industry)),
    )
