"""What may be added to a contract, how it rests and how it may end: amounts, grounds, who signs, the text. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from contracts.agreements.rules import Side
from contracts.suspensions.rules import RULE as RULE_REST
from contracts.suspensions.rules import Rest
from marketplace.kernel.capitals import in_capitals
from marketplace.kernel.clock import county_day
from marketplace.kernel.deadlines import Deadline, compute
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from marketplace.kernel.i18n import N_
from marketplace.kernel.moments import Day
from marketplace.kernel.money import to_fen
from marketplace.kernel.rulebook import number
from marketplace.kernel.states import Transitions

RULE_MORE, RULE_END, RULE_VIEW, RULE_DUTIES = "R-CON-02", "R-CON-03", "R-CON-05", "R-ROLE-03"
RULE_ORDERED = "R-TIME-27"


class Kind(StrEnum):
    """What an amendment does."""

    SUPPLEMENT = "supplement"
    TERMINATION = "termination"
    SUSPENSION = "suspension"
    RESUMPTION = "resumption"


KIND_LABELS: dict[Kind, str] = {
    Kind.SUPPLEMENT: N_("补充合同"), Kind.TERMINATION: N_("终止合同"), Kind.SUSPENSION: N_("中止合同"),
    Kind.RESUMPTION: N_("恢复履行"),
}  # fmt: skip
# the rule each kind of change rests on
KIND_RULES: dict[Kind, str] = {
    Kind.SUPPLEMENT: RULE_MORE, Kind.TERMINATION: RULE_END, Kind.SUSPENSION: RULE_REST, Kind.RESUMPTION: RULE_REST,
}  # fmt: skip


class Ground(StrEnum):
    """Why a contract ends, or why more is bought."""

    MORE_NEEDED = "more_needed"
    AGREEMENT = "agreement"
    PUBLIC_INTEREST = "public_interest"
    BREACH = "breach"
    ORDERED = "ordered"
    GONE = "gone"


GROUND_LABELS: dict[Ground, str] = {
    Ground.MORE_NEEDED: N_("需要追加相同的服务"),
    Ground.AGREEMENT: N_("双方协商一致"),
    Ground.PUBLIC_INTEREST: N_("继续履行将损害国家利益和社会公共利益"),
    Ground.BREACH: N_("供应商违约，合同目的不能实现"),
    Ground.ORDERED: N_("财政部门书面通知暂停"),
    Ground.GONE: N_("中止的原因已经消除"),
}
ENDINGS = (Ground.AGREEMENT, Ground.PUBLIC_INTEREST, Ground.BREACH)
# these end without the provider's signature; it is heard first
ONE_SIDED = (Ground.PUBLIC_INTEREST, Ground.BREACH, Ground.ORDERED, Ground.GONE)
# why performance rests, and the clause by which the buyer may let it rest alone
RESTS = (Ground.AGREEMENT, Ground.PUBLIC_INTEREST, Ground.ORDERED)
ALONE_BY = {Ground.PUBLIC_INTEREST: RULE_END, Ground.ORDERED: RULE_ORDERED}


class AmendmentStatus(StrEnum):
    """Where an amendment stands."""

    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


AMENDMENT_LABELS: dict[AmendmentStatus, tuple[str, str]] = {
    AmendmentStatus.PROPOSED: (N_("等待签订或者决定"), "waiting"),
    AmendmentStatus.IN_FORCE: (N_("已生效"), "done"),
    AmendmentStatus.REFUSED: (N_("供应商不同意"), "refused"),
    AmendmentStatus.WITHDRAWN: (N_("已撤回"), "neutral"),
}

TRANSITIONS: Transitions[AmendmentStatus] = {
    AmendmentStatus.PROPOSED: frozenset(
        {AmendmentStatus.IN_FORCE, AmendmentStatus.REFUSED, AmendmentStatus.WITHDRAWN}
    ),
    AmendmentStatus.IN_FORCE: frozenset(),
    AmendmentStatus.REFUSED: frozenset(),
    AmendmentStatus.WITHDRAWN: frozenset(),
}


@dataclass(frozen=True)
class Room:
    """How much more may be bought under a contract; yuan, and percent of the contract."""

    original: Decimal
    added: Decimal
    percent: Decimal

    @property
    def most(self) -> Decimal:
        """The highest sum of all supplementary contracts."""
        return to_fen(self.original * self.percent / 100)

    @property
    def left(self) -> Decimal:
        """What may still be added."""
        return max(self.most - self.added, Decimal(0))


def room(original: Decimal, added: Decimal, on: date) -> Room:
    """The room for supplementary contracts by the rule in force on a day (R-CON-02)."""
    return Room(original, added, number(RULE_MORE, on))


def supplement_amount(original: Decimal, quantity: Decimal, more: Decimal) -> Decimal:
    """What more of the same costs at the contract's own price; yuan. The price never changes (R-CON-02)."""
    return to_fen(original * more / quantity)


def check_supplement(amount: Decimal, left: Room, due_on: date, service_to: date, today: date) -> None:
    """More of the same stays within the share, and is done within the term of the contract. Raises DomainError."""
    if amount <= 0:
        raise DomainError(N_("按合同的单价算，追加的数量不到一分钱。请核对数量。"), clause=RULE_MORE)
    if amount > left.left:
        raise DomainError(
            N_(
                "追加 {amount} 元超过还可以追加的 {left} 元：所有补充合同累计不超过原合同的 {percent}%。"
                "请减少数量；需要更多的，另行采购。"
            ),
            clause=RULE_MORE, amount=amount, left=left.left, percent=left.percent.normalize(),
        )  # fmt: skip
    if not today < due_on:
        raise DomainError(N_("付款日期要在今天以后。请核对日期。"), clause=RULE_MORE)
    if due_on < service_to:
        raise DomainError(
            N_("补充合同的付款排在原合同之后，不早于服务期满的 {day}。请核对日期。"),
            clause=RULE_MORE,
            day=Day(service_to),
        )


def check_settlement(amount: Decimal, still_open: Decimal) -> None:
    """What is paid for work done when a contract ends is at most what was still open. Raises DomainError."""
    if amount > still_open:
        raise DomainError(
            N_("终止结算 {amount} 元超过还没有验收的 {open} 元。请核对金额；已经验收的照常付款，不算在内。"),
            clause=RULE_END, amount=amount, open=still_open,
        )  # fmt: skip


@dataclass(frozen=True)
class Ended:
    """The money of an ending, yuan: what is still paid, the advance that was not worked off, what of it comes back.

    `offset_owed`: what accepted milestones set off against an advance that was never paid; part of `paid`.
    """

    paid: Decimal
    advance_left: Decimal
    claim: Decimal
    offset_owed: Decimal = Decimal(0)


NOTHING_LEFT = Ended(Decimal(0), Decimal(0), Decimal(0))


def ended_with(settlement: Decimal, advance_left: Decimal, offset_owed: Decimal = Decimal(0)) -> Ended:
    """Work that was done is set off against the advance first; the rest is paid, or the rest comes back (R-PAY-03).

    Where no advance was paid, what accepted work set off against it is paid with the rest.
    """
    paid, claim = max(settlement - advance_left, Decimal(0)), max(advance_left - settlement, Decimal(0))
    return Ended(paid + offset_owed, advance_left, claim, offset_owed)


def heard_until(proposed_at: datetime) -> Deadline:
    """Until when the provider may state its view before its contract is ended (R-CON-05)."""
    return compute(RULE_VIEW, county_day(proposed_at))


def waits_to_hear(amendment: Mapping[str, object]) -> bool:
    """Whether the provider is heard before the buyer decides: harm that a suspension ends does not wait (R-CON-07)."""
    return amendment["kind"] == Kind.TERMINATION and amendment["ground"] in ONE_SIDED


def check_heard(amendment: Mapping[str, object], now: datetime) -> None:
    """Nobody's contract is ended unheard: its view is there, or the days for it are over. Raises DomainError."""
    if not waits_to_hear(amendment):
        return
    proposed_at = amendment["proposed_at"]
    assert isinstance(proposed_at, datetime)
    due = heard_until(proposed_at)
    if amendment["view_at"] is None and county_day(now) <= due.date:
        raise DomainError(
            N_("供应商可以在 {day}以前陈述意见。收到意见，或者过了这一天，才能决定终止。"),
            clause=RULE_VIEW,
            day=Day(due.date),
        )


def may_answer_afterwards(amendment: Mapping[str, object]) -> bool:
    """A suspension in force that the buyer decided on alone may be answered while no view was stated."""
    is_alone = amendment["kind"] == Kind.SUSPENSION and amendment["ground"] in ONE_SIDED
    return is_alone and amendment["status"] == AmendmentStatus.IN_FORCE


def check_signer(person: UUID, side: Side, amendment: Mapping[str, object], signed: Iterable[Side]) -> None:
    """Of the buyer another person signs than who proposed it; each side once. Raises Forbidden, Conflict."""
    if side in set(signed):
        raise Conflict(N_("您这一方已经签过，不用再签。"))
    if side is Side.BUYER and person == amendment["proposed_by"]:
        raise Forbidden(N_("这份变更由您提出，采购人要由另一位同事签订。"), clause=RULE_DUTIES)
    if side is Side.PROVIDER and amendment["ground"] in ONE_SIDED:
        raise Forbidden(N_("这份变更不需要供应商签订。您可以陈述意见。"), clause=RULE_VIEW)


# of each side, so that neither takes the other's room
MOST_PAPERS = 10


def check_has_paper(by: Collection[str], kind: Kind, ground: Ground) -> None:
    """Nobody signs before the document is there: the agreement, or the buyer's own decision where it decides alone.

    `by`: the sides that uploaded documents. Raises DomainError.
    """
    if ground in ONE_SIDED and Side.BUYER not in by:
        raise DomainError(
            N_("采购人还没有上传这份变更的决定书，不能签订。请先在“变更的文件”里上传，再签订。"),
            clause=KIND_RULES[kind],
        )
    if not by:
        raise DomainError(
            N_("这份变更还没有文件，不能签订。请先在“变更的文件”里上传签字盖章的协议或者决定书，再签订。"),
            clause=KIND_RULES[kind],
        )


def check_room_for_paper(own: int, *, is_signed: bool) -> None:
    """Before the first signature, so many of each side at most: a signature covers what is there. Raises Conflict."""
    if is_signed:
        raise Conflict(
            N_("已经有一方按现有的文件签订，不能再加文件。要补充或者更换文件的，请采购人撤回这份变更，重新提出。")
        )
    if own >= MOST_PAPERS:
        raise Conflict(N_("一份变更每一方最多 {most} 份文件。请合并以后再上传。"), most=MOST_PAPERS)


def is_agreed(ground: Ground, signed: Iterable[Side]) -> bool:
    """Whether everybody whose signature is needed has signed."""
    needed = {Side.BUYER} if ground in ONE_SIDED else {Side.BUYER, Side.PROVIDER}
    return needed <= set(signed)


@dataclass(frozen=True)
class AmendmentFacts:
    """What the text of an amendment is written from."""

    reference: str
    contract: str
    title: str
    buyer: str
    provider: str
    ground: Ground
    reason: str
    document_number: str
    amount: Decimal
    unit: str = ""
    quantity: Decimal | None = None
    due_on: date | None = None
    # of an ending: the advance that was not worked off, and what of it comes back
    advance_left: Decimal = Decimal(0)
    claim: Decimal = Decimal(0)
    # what accepted work set off against an advance that was never paid
    offset_owed: Decimal = Decimal(0)
    # of a suspension or a resumption: its days and how residents are looked after
    rest: Rest | None = None


# in the papers themselves, which are Chinese in every language
_TITLES = {
    Kind.SUPPLEMENT: "补充合同", Kind.TERMINATION: "合同终止书", Kind.SUSPENSION: "合同中止书",
    Kind.RESUMPTION: "恢复履行书",
}  # fmt: skip


def write_text(facts: AmendmentFacts, kind: Kind) -> str:
    """The Chinese text that is signed; the same words for the same facts."""
    head = (
        f"{_TITLES[kind]}\n编号：{facts.reference}\n"
        f"原合同：{facts.contract}《{facts.title}》\n甲方（采购人）：{facts.buyer}\n乙方（供应商）：{facts.provider}\n"
    )
    basis = f"依据文件：{facts.document_number}\n" if facts.document_number else ""
    written = {
        Kind.SUPPLEMENT: _more, Kind.TERMINATION: _ending, Kind.SUSPENSION: _resting, Kind.RESUMPTION: _going_on,
    }  # fmt: skip
    body = written[kind](facts)
    return f"{head}{basis}\n事由：{GROUND_LABELS[facts.ground]}。{facts.reason}\n\n{body}\n"


def _more(facts: AmendmentFacts) -> str:
    assert facts.quantity is not None and facts.due_on is not None
    return (
        f"一、追加与原合同相同的服务 {facts.quantity.normalize():f} {facts.unit}，单价按原合同不变，"
        f"金额 ¥{facts.amount:,.2f}（大写：{in_capitals(facts.amount)}）。\n"
        f"二、{_day(facts.due_on)}前完成，按原合同的要求验收，验收合格并收到发票后付款。\n"
        "三、原合同的其他条款不变。"
    )


def _ending(facts: AmendmentFacts) -> str:
    work = facts.amount - facts.offset_owed
    paid = (
        f"终止前已经完成、还没有验收的工作按 ¥{work:,.2f}（大写：{in_capitals(work)}）结算，照常验收、付款。"
        if work
        else "没有终止前已经完成、还没有验收的工作。"
    )
    if facts.advance_left:
        worked = facts.advance_left - facts.claim
        back = f"其余 ¥{facts.claim:,.2f}（大写：{in_capitals(facts.claim)}）由乙方退回。" if facts.claim else ""
        done = f"已经完成、还没有验收的工作先抵扣 ¥{worked:,.2f}。" if worked else ""
        paid = f"已付而没有抵扣的预付款 ¥{facts.advance_left:,.2f}，{done}{back}{paid if facts.amount else ''}"
    if facts.offset_owed:
        paid = (
            f"预付款没有支付，已经验收的工作原定由预付款抵扣的 ¥{facts.offset_owed:,.2f}"
            f"（大写：{in_capitals(facts.offset_owed)}）随终止结算付清。{paid}"
        )
    return (
        f"一、原合同自本终止书生效之日起终止。已经验收的照常付款。{paid}其余不再支付。\n"
        "二、乙方按原合同向甲方移交服务对象名册（代码）、服务记录和未完成的事项，服务对象的服务由甲方安排接续。\n"
        "三、终止不影响双方依法和依原合同应当承担的责任。"
    )


def _resting(facts: AmendmentFacts) -> str:
    assert facts.rest is not None
    since, rest = _day(facts.rest.from_on), facts.rest
    if rest.to_on is not None:
        days = f"原合同自{since}起中止履行，到{_day(rest.to_on)}止，期满自动恢复履行。"
    else:
        assert rest.review_on is not None
        days = (
            f"原合同自{since}起中止履行，没有约定截止日。甲方最迟在{_day(rest.review_on)}复核，"
            "决定继续中止、恢复履行或者依法终止，以后每次复核都写明理由和下一次的日期。"
        )
    alone = "本中止由甲方依法单方作出，乙方可以陈述意见。" if facts.ground in ONE_SIDED else ""
    visits = (
        "必要的照料照常进行，每次写明必须上门的理由，按原合同记录、审核、验收和付款。"
        if rest.visits_go_on
        else "中止期间乙方不提供服务，也不记录服务。"
    )
    return (
        f"一、{days}{alone}\n"
        "二、中止以前已经完成、验收、开票的照常验收和付款，应付的款项和付款期限照常计算，不因中止停止或者顺延。\n"
        f"三、中止期间服务对象的照看：{rest.care.strip()}{'' if rest.care.strip().endswith('。') else '。'}{visits}\n"
        "四、中止不延长原合同的服务期，不改变价格和其他条款；延长只依采购公告印明的续签条款，或者另行采购。\n"
        "五、中止本身不记入供应商的信用记录，不影响绩效评价；双方依法和依原合同应当承担的责任不变。"
    )


def _going_on(facts: AmendmentFacts) -> str:
    assert facts.rest is not None
    return (
        f"一、原合同自{_day(facts.rest.from_on)}起恢复履行，服务期、价格和其他条款按原合同。\n"
        "二、乙方自恢复履行之日起逐一联系中止期间没有服务的对象，按原合同接续服务。"
    )


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
