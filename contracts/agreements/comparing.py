"""Term by term: what was printed, what was bid, what the draft says; a change of substance is refused. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from contracts.agreements.rules import terms_hash
from contracts.agreements.terms import section_head
from marketplace.kernel.errors import Forbidden
from marketplace.kernel.formats import money, number
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.moments import Day
from marketplace.kernel.money import to_fen

RULE = "R-CON-01"
Words = Sentence | str
# how much of a text a refusal quotes around the first letter that differs
BEFORE, AFTER = 8, 28


@dataclass(frozen=True)
class Part:
    """A milestone: percent, day, yuan paid, yuan that the advance has paid. A procurement document has no yuan."""

    title: str
    share: Decimal
    due_on: date | None
    amount: Decimal | None = None
    offset: Decimal = Decimal(0)
    evidence: str = ""


@dataclass(frozen=True)
class Printed:
    """What the procurement document fixes. Quantity, period and parts are open (None) where an order sets them.

    `most`: the lot's budget in yuan, above which nothing is signed.
    """

    lot_words: Words
    unit: str
    requirement: str
    quantity: Decimal | None = None
    most: Decimal | None = None
    service_from: date | None = None
    service_to: date | None = None
    parts: Mapping[int, Part] | None = None
    payment_days: int | None = None
    late_rate: Decimal | None = None


@dataclass(frozen=True)
class Agreed:
    """The terms of a bid as they were drawn up, or of a draft as it stands."""

    lot: UUID
    lot_words: Words
    provider: UUID
    provider_name: str
    amount: Decimal
    quantity: Decimal
    service_from: date
    service_to: date
    parts: Mapping[int, Part]
    text: str
    annual_hours: int | None = None
    offer: str = ""
    title: str = ""
    buyer: UUID | None = None
    buyer_name: str = ""
    # an order and another year have a budget line of their own
    is_call_off: bool = False
    renews: UUID | None = None
    line: UUID | None = None
    line_words: str = ""
    # of a draft only
    payment_days: int | None = None
    late_rate: Decimal | None = None
    text_sha256: str = ""


@dataclass(frozen=True)
class Term:
    """One term in the three papers, and whether the draft keeps to the other two."""

    label: Words
    printed: Words
    won: Words
    draft: Words
    agrees: bool
    clause: str = RULE
    is_text: bool = False


@dataclass(frozen=True)
class _Text:
    label: str
    clause: str = RULE


# sections of the contract's text as terms
_TEXTS: dict[str, _Text] = {
    "服务要求（采购公告原文）": _Text(N_("服务标准和要求")),
    "乙方承诺（响应文件原文）": _Text(N_("响应文件的承诺")),
    "付款节点": _Text(N_("付款、逾期和扣减的文字"), "R-PAY-01"),
    "履约保证金": _Text(N_("履约保证金"), "R-DOC-05"),
    "服务记录和验收": _Text(N_("服务记录和验收"), "R-ACC-01"),
    "绩效评价": _Text(N_("绩效指标"), "R-ACC-03"),
    "分包和转包": _Text(N_("分包和转包"), "R-ROLE-13"),
    "服务衔接和移交": _Text(N_("移交"), "R-CON-06"),
    "续签": _Text(N_("续签"), "R-PERF-08"),
    "变更、中止和终止": _Text(N_("变更、中止和终止"), "R-CON-03"),
    "违约责任和争议": _Text(N_("违约责任")),
}
# sections whose terms stand in rows of their own: shown where the words differ
_OTHERS = ("合同双方", "服务内容", "服务期限和地点", "合同金额", "个人信息保护")
REQUIREMENT, OFFER = "服务要求（采购公告原文）", "乙方承诺（响应文件原文）"
AS_PRINTED = N_("按采购文件响应")


def compare(printed: Printed, won: Agreed | None, draft: Agreed) -> list[Term]:
    """Every term of a contract in the three papers; `won` is None where nothing was kept when it was drawn up."""
    terms = [
        *_who_and_what(printed, won, draft), *_prices(printed, won, draft), _period(printed, won, draft),
        *_hours(won, draft), *_parts(printed, won, draft), *_clock(printed, draft), *_texts(printed, won, draft),
    ]  # fmt: skip
    return [*terms, _whole(won, draft)]


def is_compared(terms: Sequence[Term]) -> bool:
    """Whether it was kept what the contract was drawn up from; otherwise only what was printed stands beside it."""
    return any(term.won and term.won != AS_PRINTED for term in terms)


def _who_and_what(printed: Printed, won: Agreed | None, draft: Agreed) -> list[Term]:
    found = [Term(N_("范围（采购包）"), printed.lot_words, won.lot_words if won else "", draft.lot_words,
                  won is None or draft.lot == won.lot)]  # fmt: skip
    if won:
        same = draft.provider == won.provider
        found += _which(won, draft)
        found.append(Term(N_("签约的供应商"), "", won.provider_name, draft.provider_name, same))
    due = won.quantity if won else printed.quantity
    agrees = due in (None, draft.quantity) and printed.quantity in (None, draft.quantity)
    words = [_count(q, printed.unit) for q in (printed.quantity, won.quantity if won else None, draft.quantity)]
    return [*found, Term(N_("数量"), *words, agrees)]


def _which(won: Agreed, draft: Agreed) -> list[Term]:
    """What kind of contract it is, its title, whose it is and from which line it is paid."""
    same = (won.is_call_off, won.renews) == (draft.is_call_off, draft.renews)
    found = [
        Term(N_("合同的种类"), "", _kind(won), _kind(draft), same),
        Term(N_("合同名称"), "", won.title, draft.title, won.title == draft.title),
        Term(N_("签约的采购人"), "", won.buyer_name, draft.buyer_name, won.buyer == draft.buyer),
    ]
    if won.line or draft.line:
        found.append(Term(N_("合同自己的预算"), "", won.line_words, draft.line_words, won.line == draft.line))
    return found


def _kind(paper: Agreed) -> Words:
    return say(N_("续签合同") if paper.renews else N_("框架协议的订单") if paper.is_call_off else N_("按成交结果签订"))


def _count(quantity: Decimal | None, unit: str) -> str:
    return "" if quantity is None else f"{number(quantity)} {unit}"


def _prices(printed: Printed, won: Agreed | None, draft: Agreed) -> list[Term]:
    ceiling: Words = say(N_("不超过 {amount}"), amount=money(printed.most)) if printed.most is not None else ""
    within = printed.most is None or draft.amount <= printed.most
    per = _per(printed.most, printed.quantity)
    single: Words = say(N_("不超过 {amount}"), amount=money(per)) if per is not None else ""
    won_per, draft_per = _per(won.amount, won.quantity) if won else None, _per(draft.amount, draft.quantity)
    return [
        Term(N_("单价"), single, money(won_per) if won else "", money(draft_per), won_per in (None, draft_per)),
        Term(N_("合同总价"), ceiling, money(won.amount) if won else "", money(draft.amount),
             within and (won is None or draft.amount == won.amount)),
    ]  # fmt: skip


def _per(amount: Decimal | None, quantity: Decimal | None) -> Decimal | None:
    return to_fen(amount / quantity) if amount is not None and quantity else None


def _period(printed: Printed, won: Agreed | None, draft: Agreed) -> Term:
    own = (draft.service_from, draft.service_to)
    others = [(p.service_from, p.service_to) for p in (printed, won) if p is not None and p.service_from is not None]
    words = [_days(p.service_from, p.service_to) if p else "" for p in (printed, won, draft)]
    return Term(N_("服务期限"), *words, all(each == own for each in others))


def _days(first: date | None, last: date | None) -> Words:
    return say(N_("{first} 至 {last}"), first=Day(first), last=Day(last)) if first and last else ""


def _hours(won: Agreed | None, draft: Agreed) -> list[Term]:
    due = won.annual_hours if won else None
    if due is None and draft.annual_hours is None:
        return []
    told = [say(N_("每年 {hours} 小时"), hours=h) if h is not None else "" for h in (due, draft.annual_hours)]
    return [Term(N_("承诺的年服务时数"), "", *told, won is None or due == draft.annual_hours, "R-EVAL-12")]


def _parts(printed: Printed, won: Agreed | None, draft: Agreed) -> list[Term]:
    """A row for each milestone; the advance is at position 0."""
    papers = (printed.parts, won.parts if won else None, draft.parts)
    found = []
    for place in sorted({place for paper in papers if paper for place in paper}):
        stated, promised, drafted = (paper.get(place) if paper else None for paper in papers)
        as_printed = printed.parts is None or _same_share(stated, drafted)
        as_drawn = won is None or _timeless(place, promised) == _timeless(place, drafted)
        title = (drafted or promised or stated or Part("", Decimal(0), None)).title
        label = say(N_("付款节点 {place}：{title}"), place=place, title=title) if place else say(N_("预付款"))
        clause = RULE if place else "R-PAY-03"
        words = (_part_words(stated), _part_words(promised), _part_words(drafted))
        found.append(Term(label, *words, as_printed and as_drawn, clause))
    return found


def _timeless(place: int, part: Part | None) -> Part | None:
    """The advance is due by the day to sign, which is counted anew when a year is announced (R-CAL-03)."""
    return replace(part, due_on=None) if part is not None and not place else part


def _same_share(stated: Part | None, drafted: Part | None) -> bool:
    if stated is None or drafted is None:
        return stated is drafted
    # the advance is due by the day to sign, which the document cannot know
    return stated.share == drafted.share and stated.due_on in (None, drafted.due_on)


def _part_words(part: Part | None) -> Words:
    if part is None:
        return ""
    share = number(part.share)
    if part.amount is None and part.due_on is None:
        return f"{share}%"
    if part.amount is None:
        return say(N_("{share}%，最迟 {day}"), share=share, day=Day(part.due_on))
    if part.offset:
        return say(
            N_("{share}%，最迟 {day}，{amount}，另由预付款抵扣 {offset}"), share=share, day=Day(part.due_on),
            amount=money(part.amount), offset=money(part.offset),
        )  # fmt: skip
    return say(N_("{share}%，最迟 {day}，{amount}"), share=share, day=Day(part.due_on), amount=money(part.amount))


def _clock(printed: Printed, draft: Agreed) -> list[Term]:
    papers = (printed, draft)
    days = [say(N_("{days} 日"), days=p.payment_days) if p.payment_days else say(N_("按规定")) for p in papers]
    rates = [say(N_("年利率 {rate}%"), rate=number(p.late_rate)) if p.late_rate else say(N_("按规定")) for p in papers]
    return [
        Term(N_("付款期限"), days[0], AS_PRINTED, days[1], printed.payment_days == draft.payment_days, "R-PAY-02"),
        Term(N_("逾期利息"), rates[0], AS_PRINTED, rates[1], printed.late_rate == draft.late_rate, "R-PAY-02"),
    ]  # fmt: skip


def sections_of(text: str, verbatim: Mapping[str, str] | None = None) -> dict[str, str]:
    """The sections of a contract's text by their titles, in their order.

    `verbatim`: what is known to stand under a title word for word; its own numbered lines begin no section.
    """
    found: dict[str, list[str]] = {}
    title, known, lines = "", verbatim or {}, text.split("\n")
    at = 0
    while at < len(lines):
        head = section_head(lines[at], len(found) + 1)
        at += 1
        # other texts may number their lines in the same way: only the contract's own titles begin a section
        if head in {*_TEXTS, *_OTHERS} and head not in found:
            title = head
            body = known[head].split("\n") if known.get(head) else []
            found[title] = body if lines[at : at + len(body)] == body else []
            at += len(found[title])
        elif title:
            found[title].append(lines[at - 1])
    return {title: "\n".join(lines).strip() for title, lines in found.items()}


def _texts(printed: Printed, won: Agreed | None, draft: Agreed) -> list[Term]:
    if won is None:
        return []
    verbatim, found = {REQUIREMENT: printed.requirement.strip(), OFFER: won.offer.strip()}, []
    drawn, written = sections_of(won.text, verbatim), sections_of(draft.text, verbatim)
    for title, due in drawn.items():
        here = written.get(title, "")
        same = due == here and not (title == REQUIREMENT and verbatim[REQUIREMENT] not in draft.text)
        if title not in _TEXTS:
            if not same:
                found.append(Term(title, "", due, here, agrees=False, is_text=True))
            continue
        known, is_offer = _TEXTS[title], title == OFFER
        stated = "" if is_offer else printed.requirement.strip() if title == REQUIREMENT else due
        promised = (won.offer.strip() or due) if is_offer else AS_PRINTED
        found.append(Term(known.label, stated, promised, here, same, known.clause, is_text=True))
    return found


def _whole(won: Agreed | None, draft: Agreed) -> Term:
    if won is None:
        own = terms_hash(draft.text)
        return Term(N_("合同全文的 SHA-256"), "", "", own, own == draft.text_sha256)
    drawn = terms_hash(won.text)
    agrees = drawn == terms_hash(draft.text) == draft.text_sha256
    found = draft.text_sha256 if terms_hash(draft.text) == drawn else terms_hash(draft.text)
    return Term(N_("合同全文的 SHA-256"), "", drawn, found, agrees)


_SIGNING = N_(
    "合同的“{term}”和采购文件、响应文件不一致：应当是“{due}”，合同写的是“{found}”（一共 {count} 处不一致）。"
    "合同不得作实质性修改，双方都不能签订。请采购人打开合同的“合同核对”，按采购文件和响应文件恢复以后再签。"
)
_DRAWING_UP = N_(
    "写出的合同里“{term}”和采购文件、响应文件不一致：应当是“{due}”，合同写的是“{found}”（一共 {count} 处不一致）。"
    "合同没有生成，这一步没有做。请核对采购文件和这份响应；两份都对的，请告诉平台管理员。"
)


def check_agrees(terms: Sequence[Term], *, is_drawing_up: bool = False) -> None:
    """Nothing of substance is changed from procurement document and bid. Raises Forbidden with term and both values."""
    wrong = [each for each in terms if not each.agrees]
    if not wrong:
        return
    first = wrong[0]
    due, found = _differing(first)
    raise Forbidden(
        _DRAWING_UP if is_drawing_up else _SIGNING,
        clause=RULE, term=_said(first.label), due=_said(due), found=_said(found), count=len(wrong),
    )  # fmt: skip


def _said(words: Words) -> Words:
    return words if isinstance(words, Sentence) else say(words) if words else say(N_("（没有）"))


def _differing(term: Term) -> tuple[Words, Words]:
    """What should stand and what stands; of a long text the letters around the first that differs."""
    due = term.won if term.won and term.won != AS_PRINTED else term.printed
    if not term.is_text:
        return due, term.draft
    right, wrong = str(due), str(term.draft)
    at = next((i for i, (a, b) in enumerate(zip(right, wrong, strict=False)) if a != b), min(len(right), len(wrong)))
    first = max(0, at - BEFORE)
    return _quoted(right, first), _quoted(wrong, first)


def _quoted(text: str, first: int) -> str:
    cut = text[first : first + BEFORE + AFTER].replace("\n", " ").strip()
    return f"{'…' if first else ''}{cut}{'…' if first + BEFORE + AFTER < len(text) else ''}"
