"""Every condition and every amount of a line in words: what is asked, what was found, why this much. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from contracts.subsidies.rules import LEVEL_LABELS, Condition
from contracts.subsidies.scheme_rules import SchemeKind
from contracts.visits.rules import hours_words
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.moments import Day, Month


def explain(rule: str, found: str, needed: str, is_met: bool) -> Sentence:
    """A condition in words: what it asks and what was found."""
    return _WORDS[Condition(rule)](found, needed, is_met)


def _day(text: str) -> Day:
    return Day(date.fromisoformat(text))


def _level(found: str, _: str, is_met: bool) -> Sentence:
    level = say(LEVEL_LABELS[found])
    if is_met:
        return say(N_("等级是{level}，办法里有这一级的金额。"), level=level)
    return say(N_("等级是{level}，办法里没有这一级的金额。"), level=level)


def _hours(found: str, needed: str, _: bool) -> Sentence:
    return say(
        N_("已审核关闭的工时 {found}，需要至少 {needed}。"),
        found=hours_words(int(found)), needed=hours_words(int(needed)),
    )  # fmt: skip


def _proved(found: str, needed: str, _: bool) -> Sentence:
    visits, duty = (hours_words(int(each)) for each in found.split("|"))
    least, proof = needed.split("|")
    words = {
        "visits": N_("已审核关闭的服务 {visits}，需要至少 {needed}。"),
        "duty": N_("会签的在岗证明 {duty}，需要至少 {needed}。"),
        "either": N_("已审核关闭的服务 {visits}，会签的在岗证明 {duty}，取多的一样，需要至少 {needed}。"),
    }
    return say(words[proof], visits=visits, duty=duty, needed=hours_words(int(least)))


def _registered(found: str, needed: str, _: bool) -> Sentence:
    if not found:
        return say(N_("证书没有登记日期，需要在 {needed} 或以前登记。"), needed=_day(needed))
    return say(N_("证书于 {found} 登记，需要在 {needed} 或以前登记。"), found=_day(found), needed=_day(needed))


def _valid(found: str, needed: str, _: bool) -> Sentence:
    if not found:
        return say(N_("证书没有登记有效期，需要有效到 {needed} 或以后。"), needed=_day(needed))
    return say(N_("证书有效到 {found}，需要有效到 {needed} 或以后。"), found=_day(found), needed=_day(needed))


def _days(found: str, needed: str, _: bool) -> Sentence:
    registered, until, days = found.split("|")
    if not registered or not until:
        return say(N_("证书没有登记日期或者有效期，登记并有效 0 天，需要 {needed} 天。"), needed=needed)
    return say(
        N_("证书 {registered} 登记，有效到 {until}，当月登记并有效 {days} 天，需要 {needed} 天。"),
        registered=_day(registered), until=_day(until), days=days, needed=needed,
    )  # fmt: skip


def _held(found: str, needed: str, _: bool) -> Sentence:
    registered, until = found.split("|")
    if not registered or not until:
        return say(N_("证书没有登记日期或者有效期，需要在 {needed} 登记并有效。"), needed=_day(needed))
    return say(
        N_("证书 {registered} 登记，有效到 {until}，需要在 {needed} 登记并有效。"),
        registered=_day(registered), until=_day(until), needed=_day(needed),
    )  # fmt: skip


def _post(found: str, needed: str, _: bool) -> Sentence:
    if not found:
        return say(N_("在岗，没有离职日期；需要 {needed} 在岗。"), needed=_day(needed))
    return say(N_("在岗到 {found}；需要 {needed} 在岗。"), found=_day(found), needed=_day(needed))


def _service(found: str, needed: str, _: bool) -> Sentence:
    if not found:
        return say(N_("没有不间断的在岗时间，需要连续 {needed} 个月。"), needed=needed)
    return say(N_("从 {found} 起连续在岗，需要连续 {needed} 个月。"), found=_day(found), needed=needed)


def _establishment(found: str, _: str, __: bool) -> Sentence:
    words = {
        "on": N_("这个岗位在编制内，办法不发给在编人员。"),
        "off": N_("这个岗位不在编制内。"),
        "": N_("还没有登记这个岗位是否在编。请民政局在名册里登记以后再算。"),
    }
    return say(words[found])


def _double(found: str, _: str, __: bool) -> Sentence:
    if not found:
        return say(N_("同一件事没有另外的补贴。"))
    return say(N_("同一件事已经由 {found} 发放或者公示，不重复享受。"), found=found)


def _fee(found: str, _: str, __: bool) -> Sentence:
    if not found:
        return say(N_("名册里没有登记考试费，不能补助。请单位登记交费金额。"))
    return say(N_("登记的考试费 {found} 元。"), found=found)


def _before(found: str, needed: str, is_met: bool) -> Sentence:
    if is_met:
        return say(N_("以前为同一件事发过 {found} 元，现在应得 {needed} 元，补差额。"), found=found, needed=needed)
    return say(N_("以前为同一件事发过 {found} 元，现在应得 {needed} 元，没有差额可补。"), found=found, needed=needed)


_WORDS: Mapping[Condition, Callable[[str, str, bool], Sentence]] = {
    Condition.LEVEL: _level, Condition.HOURS: _hours, Condition.PROVED: _proved, Condition.REGISTERED: _registered,
    Condition.VALID: _valid, Condition.DAYS: _days, Condition.HELD: _held, Condition.POST: _post,
    Condition.SERVICE: _service, Condition.ESTABLISHMENT: _establishment, Condition.DOUBLE: _double,
    Condition.FEE: _fee, Condition.BEFORE: _before,
}  # fmt: skip


def amount_in_words(line: Mapping[str, Any]) -> Sentence:
    """Why this amount, or why nothing, in one sentence. `line` has its scheme's `scheme_kind` beside its own facts."""
    if line["kind"] == "adjustment":
        return _adjusted(line)
    amount = f"{line['amount']:.2f}"
    if not line["amount"]:
        return say(N_("下面有条件没有满足，所以这次是 0 元。"))
    if line["scheme_kind"] == SchemeKind.MONTHLY:
        return say(N_("条件都满足，按等级发 {amount} 元。"), amount=amount)
    return say(N_("条件都满足，一次性发 {amount} 元。"), amount=amount)


def _adjusted(line: Mapping[str, Any]) -> Sentence:
    values = {
        "month": Month(line["month"]), "due": f"{line['due']:.2f}", "paid": f"{line['paid_before']:.2f}",
        "amount": f"{abs(line['amount']):.2f}", "carried": f"{line['carried']:.2f}",
    }  # fmt: skip
    if line["amount"] > 0:
        return say(N_("{month}冻结以后事实有更正：应得 {due} 元，已计 {paid} 元，这次补发 {amount} 元。"), **values)
    if not line["carried"]:
        return say(N_("{month}冻结以后事实有更正：应得 {due} 元，已计 {paid} 元，这次扣回 {amount} 元。"), **values)
    return say(
        N_(
            "{month}冻结以后事实有更正：应得 {due} 元，已计 {paid} 元，这次扣回 {amount} 元，"
            "还有 {carried} 元留到下一次。"
        ),
        **values,
    )
