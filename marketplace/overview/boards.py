"""Dashboards: what each number is. A number is counted from the very rows that it leads to.

Every statement gives the rows of one number: path, reference, title, title_en, who, who_en, day, value. It reads the
reader's `office` (null for the whole county), the year's `first` day and the day after its last (`upto`), and `today`
from `asked`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from contracts.agreements.names import TITLE_EN
from contracts.cases.rules import HELP_LABELS
from contracts.promises.sql import PROMISES
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission, Role
from marketplace.kernel.i18n import N_
from marketplace.overview.yuan import PAID_DAY


class Measure(StrEnum):
    """How the rows of a number are put together."""

    COUNT = "count"
    YUAN = "yuan"
    MINUTES = "minutes"


# what the day of a row is, by number; rows of budget lines have none
DAY_LABELS = {
    "cases": N_("最迟办结"), "cases-late": N_("最迟办结"), "orders": N_("最迟做完"), "orders-late": N_("最迟做完"),
    "hours": N_("月份"), "subsidies": N_("月份"), "contracts": N_("服务到"), "prechecks": N_("申请日期"),
    "evaluations-open": N_("安排日期"), "evaluations": N_("冻结日期"), "paid": N_("付款日期"), "late": N_("最迟付款"),
    "due": N_("最迟付款"), "awards": N_("公告日期"), "complaints": N_("提出日期"), "unapproved": N_("最早的一天"),
    "to-accept": N_("最迟完成"),
}  # fmt: skip
MONTHLY = {"hours", "subsidies"}


@dataclass(frozen=True)
class Number:
    """One number of a board. `waits`: it asks somebody to act as long as it is not nought.

    `opens`: without one of these permissions its rows are shut, and the number is not shown.
    """

    key: str
    label: str
    rows: str
    measure: Measure = Measure.COUNT
    waits: bool = False
    words: Mapping[str, str] = field(default_factory=dict)  # where the title is a code
    opens: tuple[Permission, ...] = ()

    @property
    def day_label(self) -> str:
        """What the day of its rows is; empty where they have none."""
        return DAY_LABELS.get(self.key, "")

    @property
    def is_of_months(self) -> bool:
        """Whether the day of its rows stands for a whole month."""
        return self.key in MONTHLY


@dataclass(frozen=True)
class Board:
    """One board: its numbers, and the ones drawn month by month."""

    key: str
    label: str
    is_of_office: bool
    numbers: tuple[Number, ...]
    monthly: str

    def number(self, key: str) -> Number | None:
        """One of its numbers."""
        return next((each for each in self.numbers if each.key == key), None)


_CONTRACT = (
    "'/contracts/' || c.reference{tail} AS path, c.reference, c.title,"
    f" {TITLE_EN} AS title_en, {{who}}.name AS who, {{who}}.name_en AS who_en"
)
_OF_CONTRACT = (
    "JOIN listing l ON l.id = c.listing JOIN provider p ON p.id = c.provider"
    " JOIN organisation po ON po.id = p.organisation JOIN organisation b ON b.id = c.buyer, asked"
)
_MINE = "(asked.office IS NULL OR c.buyer = asked.office OR p.organisation = asked.office)"


def _contracts(who: str, tail: str = "", value: str = "", day: str = "") -> str:
    shown = _CONTRACT.format(who=who, tail=f" || '{tail}'" if tail else "")
    return f"SELECT {shown}, {day} AS day, {value} AS value"


def _running(who: str) -> str:
    return (
        f"{_contracts(who, value='c.amount', day='c.service_to')} FROM contract c {_OF_CONTRACT}"
        f" WHERE c.status = 'in_force' AND c.published_at IS NOT NULL AND {_MINE}"
    )


def _hours(who: str) -> str:
    return (
        f"{_contracts(who, '/months', 'm.own_minutes + m.adjustment_minutes', 'm.month')}"
        f" FROM month_close m JOIN contract c ON c.id = m.contract {_OF_CONTRACT}"
        f" WHERE m.month >= asked.first AND m.month < asked.upto AND c.published_at IS NOT NULL AND {_MINE}"
    )


def _unapproved(who: str, tail: str) -> str:
    return (
        f"SELECT x.path, x.reference, x.title, x.title_en, x.who, x.who_en, min(x.day) AS day, sum(x.value) AS value"
        f" FROM ({_contracts(who, tail, 'v.minutes', 'v.day')} FROM visit v JOIN contract c ON c.id = v.contract"
        f" {_OF_CONTRACT} WHERE v.status = 'logged' AND {_MINE}) x"
        " GROUP BY x.path, x.reference, x.title, x.title_en, x.who, x.who_en"
    )


def _paid(who: str) -> str:
    shown = _CONTRACT.format(who=who, tail="").replace("'/contracts/' || c.reference", "'/payments/' || y.reference")
    shown = shown.replace("c.reference, c.title", "y.reference, c.title")
    return (
        f"SELECT {shown}, {PAID_DAY} AS day, y.amount AS value FROM payment y JOIN invoice i ON i.id = y.invoice"
        f" JOIN contract c ON c.id = i.contract {_OF_CONTRACT} WHERE y.status = 'paid' AND y.part = 'principal'"
        f" AND {PAID_DAY} >= asked.first AND {PAID_DAY} < asked.upto AND {_MINE}"
    )


def _promised(who: str, condition: str) -> str:
    promises = PROMISES.replace("$1::date", "(SELECT today FROM asked)")
    return (
        "SELECT '/invoices/' || x.reference AS path, x.reference, x.contract_title AS title, x.contract_title_en AS"
        f" title_en, x.{who}_name AS who, x.{who}_name_en AS who_en, x.last_day AS day, x.amount AS value"
        f" FROM ({promises}) x, asked WHERE x.paid_on IS NULL AND {condition}"
        " AND (asked.office IS NULL OR x.buyer = asked.office OR x.provider_organisation = asked.office)"
    )


def _lines(part: str) -> str:
    return (
        f"SELECT '/yuan/' || b.reference AS path, b.reference, b.title, '' AS title_en, o.name AS who,"
        f" o.name_en AS who_en, NULL::date AS day, l.{part} AS value FROM budget_line b"
        " JOIN ledger_line l ON l.id = b.ledger_line JOIN organisation o ON o.id = b.buyer, asked"
        f" WHERE b.year = extract(year FROM asked.first) AND l.{part} <> 0"
        " AND (asked.office IS NULL OR b.buyer = asked.office)"
    )


# a case or order of a resident without full capacity is for the named few: no board counts it (R-CHILD-01)
def _cases(condition: str) -> str:
    return (
        "SELECT '/cases/' || k.reference AS path, k.reference, k.help_kind AS title, '' AS title_en, o.name AS who,"
        " o.name_en AS who_en, k.due_on AS day, 1 AS value FROM assistance_case k JOIN organisation o ON o.id = k.town,"
        f" asked WHERE k.status = 'open' AND k.capacity = 'full' AND {condition}"
        " AND (asked.office IS NULL OR k.town = asked.office)"
    )


def _orders(who: str, mine: str, condition: str) -> str:
    return (
        "SELECT '/orders/' || s.reference AS path, s.reference, i.name AS title, i.name_en AS title_en,"
        f" {who}.name AS who, {who}.name_en AS who_en, s.due_on AS day, 1 AS value FROM service_order s"
        ' JOIN assistance_case k ON k.id = s."case" JOIN contract c ON c.id = s.contract'
        " JOIN listing_lot t ON t.id = c.lot JOIN item i ON i.id = t.item JOIN organisation o ON o.id = s.town"
        " JOIN provider p ON p.id = c.provider JOIN organisation po ON po.id = p.organisation, asked"
        " WHERE s.status NOT IN ('closed', 'cancelled') AND (k.capacity = 'full' OR p.organisation = asked.office)"
        f" AND {condition} AND (asked.office IS NULL OR {mine} = asked.office)"
    )


def _evaluations(condition: str, day: str) -> str:
    return (
        "SELECT '/evaluations/' || e.reference AS path, e.reference, c.title,"
        f" {TITLE_EN} AS title_en, po.name AS who, po.name_en AS who_en, {day} AS day, 1 AS value"
        f" FROM evaluation e JOIN contract c ON c.id = e.contract {_OF_CONTRACT} WHERE {condition} AND {_MINE}"
    )


_FROZEN = _evaluations(
    "e.status = 'frozen' AND e.frozen_at >= asked.first AND e.frozen_at < asked.upto", "e.frozen_at::date"
)
_AWARDS = (
    "SELECT '/listings/' || l.reference AS path, a.reference, l.title, l.title_en, o.name AS who,"
    " o.name_en AS who_en, a.announced_at::date AS day, a.amount AS value FROM award a JOIN listing l ON l.id ="
    " a.listing JOIN provider p ON p.id = a.provider JOIN organisation o ON o.id = p.organisation, asked"
    " WHERE a.status = 'announced' AND a.announced_at >= asked.first AND a.announced_at < asked.upto"
)
_PRECHECKS = (
    "SELECT '/providers/checks/' || q.reference AS path, q.reference, i.name AS title, i.name_en AS title_en,"
    " o.name AS who, o.name_en AS who_en, q.applied_at::date AS day, 1 AS value FROM precheck q"
    " JOIN provider p ON p.id = q.provider JOIN organisation o ON o.id = p.organisation"
    " JOIN LATERAL (SELECT x.name, x.name_en FROM item x JOIN edition e ON e.id = x.edition"
    " WHERE x.code = q.item_code ORDER BY e.effective_on DESC LIMIT 1) i ON true, asked"
    " WHERE q.status IN ('waiting', 'proposed', 'objected')"
)
_COMPLAINTS = (
    "SELECT '/complaints/' || q.reference AS path, q.reference, l.title, l.title_en, o.name AS who,"
    " o.name_en AS who_en, q.raised_at::date AS day, 1 AS value FROM complaint q JOIN listing l ON l.id = q.listing"
    " JOIN organisation o ON o.id = l.procuring_unit, asked"
    " WHERE q.status IN ('received', 'correcting', 'accepted')"
)
_SUBSIDIES = (
    "SELECT '/subsidies/runs/' || r.reference AS path, r.reference, s.document_number AS title, '' AS title_en,"
    " '' AS who, '' AS who_en, r.month AS day, r.total AS value FROM subsidy_run r JOIN scheme s ON s.id = r.scheme,"
    " asked WHERE r.status = 'paid' AND r.month >= asked.first AND r.month < asked.upto"
)
_TO_ACCEPT = (
    f"{_contracts('po', value='m.amount', day='m.due_on')} FROM contract_milestone m"
    f" JOIN contract c ON c.id = m.contract {_OF_CONTRACT} WHERE m.status = 'requested' AND {_MINE}"
)
Y, M = Measure.YUAN, Measure.MINUTES
WINDOW = (Permission.HANDLE_CASES,)

CIVIL_AFFAIRS = Board("civil-affairs", N_("民政局"), False, (
    Number("cases", N_("办理中的个案"), _cases("true"), words=HELP_LABELS),
    Number("cases-late", N_("超过期限的个案"), _cases("k.due_on < asked.today"), waits=True, words=HELP_LABELS),
    Number("orders", N_("没有办结的工单"), _orders("o", "s.town", "true")),
    Number("orders-late", N_("超过期限的工单"), _orders("po", "s.town", "s.due_on < asked.today"), waits=True),
    Number("hours", N_("当年已服务"), _hours("po"), M),
    Number("contracts", N_("履行中的合同"), _running("po"), Y),
    Number("prechecks", N_("等待办理的预检"), _PRECHECKS, waits=True, opens=(Permission.CHECK_PROVIDERS,)),
    Number("evaluations-open", N_("正在进行的评价"), _evaluations("e.status <> 'frozen'", "e.planned_at::date")),
    Number("evaluations", N_("当年冻结的评价"), _FROZEN),
    Number("subsidies", N_("当年发放的社工补贴"), _SUBSIDIES, Y),
), "hours")  # fmt: skip
FINANCE = Board("finance", N_("财政局"), False, (
    Number("appropriated", N_("当年下达"), _lines("appropriated"), Y),
    Number("free", N_("可用"), _lines("free"), Y),
    Number("reserved", N_("公告占用"), _lines("reserved"), Y),
    Number("committed", N_("合同占用"), _lines("committed"), Y),
    Number("paid", N_("当年付给供应商"), _paid("po"), Y),
    Number("late", N_("逾期的付款"), _promised("buyer", "x.days_left < 0"), Y, waits=True),
    Number("due", N_("没有付的发票"), _promised("buyer", "x.days_left >= 0"), Y),
    Number("awards", N_("当年成交"), _AWARDS, Y),
    Number("complaints", N_("正在办理的投诉"), _COMPLAINTS, waits=True),
    Number("subsidies", N_("当年发放的社工补贴"), _SUBSIDIES, Y),
), "paid")  # fmt: skip
OFFICE = Board("office", N_("本单位"), True, (
    Number("free", N_("当年可用的预算"), _lines("free"), Y),
    Number("contracts", N_("履行中的合同"), _running("po"), Y),
    Number("hours", N_("当年已服务"), _hours("po"), M),
    Number("unapproved", N_("等待审核的时数"), _unapproved("po", "/hours"), M, waits=True),
    Number("to-accept", N_("等待验收"), _TO_ACCEPT, Y, waits=True),
    Number("paid", N_("当年付给供应商"), _paid("po"), Y),
    Number("late", N_("逾期的付款"), _promised("provider", "x.days_left < 0"), Y, waits=True),
    Number("cases", N_("办理中的个案"), _cases("true"), words=HELP_LABELS, opens=WINDOW),
    Number(
        "cases-late", N_("超过期限的个案"), _cases("k.due_on < asked.today"), waits=True, words=HELP_LABELS,
        opens=WINDOW,
    ),
    Number("orders", N_("没有办结的工单"), _orders("po", "s.town", "true"), opens=WINDOW),
), "hours")  # fmt: skip
PROVIDER = Board("provider", N_("本机构"), True, (
    Number("contracts", N_("履行中的合同"), _running("b"), Y),
    Number("hours", N_("当年已服务"), _hours("b"), M),
    Number("unapproved", N_("等待审核的时数"), _unapproved("b", ""), M),
    Number("paid", N_("当年收到的付款"), _paid("b"), Y),
    Number("due", N_("没有到期的发票"), _promised("buyer", "x.days_left >= 0"), Y),
    Number("late", N_("逾期的付款"), _promised("buyer", "x.days_left < 0"), Y, waits=True),
    Number("orders", N_("没有办结的工单"), _orders("o", "p.organisation", "true"), waits=True),
    Number("evaluations", N_("当年冻结的评价"), _FROZEN),
), "hours")  # fmt: skip
BOARDS = (CIVIL_AFFAIRS, FINANCE, OFFICE, PROVIDER)
_PROVIDERS = (Permission.EDIT_PROVIDER_FILE, Permission.SUBMIT_INVOICE, Permission.BID, Permission.HAND_OVER)
_OFFICES = (Role.BUYER, Role.CLERK)


def boards_of(actor: Actor) -> list[Board]:
    """The boards that a reader may see: the county's for who oversees it, else those of one's own office."""
    found = []
    sees_all = actor.may(Permission.READ_EVERYTHING)
    if sees_all or actor.may(Permission.OVERSEE_CASES):
        found.append(CIVIL_AFFAIRS)
    if sees_all or actor.may(Permission.APPROVE_PAYMENT):
        found.append(FINANCE)
    if not actor.roles.isdisjoint(_OFFICES):
        found.append(OFFICE)
    elif any(actor.may(each) for each in _PROVIDERS):
        found.append(PROVIDER)
    return [_seen_by(board, actor) for board in found]


def _seen_by(board: Board, actor: Actor) -> Board:
    shown = (each for each in board.numbers if not each.opens or any(actor.may(one) for one in each.opens))
    return replace(board, numbers=tuple(shown))
