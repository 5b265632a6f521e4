"""What a recorded result must say before it counts. All pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Any
from uuid import UUID

from catalogue.listings.methods import PLATFORM, MethodRow
from evaluations.admission.rules import Working
from marketplace.accounts.actor import Actor
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.kernel.deadlines import compute
from marketplace.kernel.errors import Conflict, Forbidden, NotFound
from marketplace.kernel.formats import money
from marketplace.kernel.formats import number as plain
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.rulebook import number
from vendors.providers.rules import Day


class RecordStatus(StrEnum):
    """Where a record stands."""

    RECORDED = "recorded"
    RETURNED = "returned"
    CONFIRMED = "confirmed"


R = RecordStatus
TRANSITIONS: Mapping[RecordStatus, frozenset[RecordStatus]] = {
    R.RECORDED: frozenset({R.RETURNED, R.CONFIRMED}),
    R.RETURNED: frozenset({R.RECORDED}),
    R.CONFIRMED: frozenset(),
}

STATUS_LABELS: dict[RecordStatus, str] = {
    R.RECORDED: N_("已登记，等待核对"),
    R.RETURNED: N_("已退回登记人"),
    R.CONFIRMED: N_("已核对"),
}


class Outcome(StrEnum):
    """How the purchase ended."""

    AWARDED = "awarded"
    FAILED = "failed"


OUTCOME_LABELS: dict[Outcome, str] = {
    Outcome.AWARDED: N_("成交"),
    Outcome.FAILED: N_("采购失败（流标、废标、终止）"),
}

# why a purchase fails (R-BID-05); the words become the published reason
FAILURE_GROUNDS: dict[str, str] = {
    "too_few": N_("符合条件或者作实质性响应的供应商不足法定家数"),
    "unfair": N_("出现影响采购公正的违法、违规行为"),
    "over_budget": N_("报价均超过采购预算，采购人不能支付"),
    "cancelled": N_("因重大变故，采购任务取消"),
}
FAILURE_CLAUSE = "R-BID-05"

PERSON_ROLES: dict[str, str] = {"buyer": N_("采购人（参加决定）"), "expert": N_("评审专家")}


@dataclass(frozen=True)
class Offer:
    """One offer of a record; `provider` where it is registered here. Yuan; None where no price was given."""

    lot: UUID
    name: str
    provider: UUID | None = None
    price: Decimal | None = None
    total_score: Decimal | None = None
    reason: str = ""
    is_winner: bool = False

    @property
    def counts(self) -> bool:
        """Whether it was a valid offer with a price."""
        return self.price is not None and not self.reason


@dataclass(frozen=True)
class RecordDraft:
    """A record as it is typed. `papers`: how many documents prove it."""

    decided_on: date
    account: str
    offers: tuple[Offer, ...]
    people: tuple[tuple[str, str], ...] = ()
    platform_number: str = ""
    platform_link: str = ""
    objections: str = ""
    papers: int = 0
    has_minutes: bool = False
    outcome: str = Outcome.AWARDED.value
    failure_ground: str = ""
    noticed_on: date | None = None
    opened_on: date | None = None
    announced_on: date | None = None
    short_period_reason: str = ""

    @property
    def is_failure(self) -> bool:
        """Whether nobody was chosen."""
        return self.outcome == Outcome.FAILED


@dataclass(frozen=True)
class RecordTerms:
    """The listing as a record must fit it. `highest`: lot to the most its winner may cost; yuan."""

    method: MethodRow
    venue: str
    highest: Mapping[UUID, Decimal]
    published_on: date
    on: date
    must_answer_objections: bool = False
    # a framework's printed elimination in percent and ceiling on those who come in; `highest` is per unit then
    elimination: Decimal | None = None
    most_admitted: int | None = None


Mistakes = dict[str, Sentence]


def mistakes_of(draft: RecordDraft, terms: RecordTerms) -> Mistakes:
    """Every mistake at its field."""
    found: Mistakes = {}
    if not terms.published_on <= draft.decided_on <= terms.on:
        found["decided_on"] = say(N_("决定日期应当在公告发布以后、今天以前。"))
    if not draft.papers:
        found["papers"] = say(N_("请附上证明材料：结果公告、报价单、谈判记录或者会议纪要。"))
    if terms.method.people and not draft.is_failure and not draft.has_minutes:
        found["minutes"] = say(N_("集体决策要附上会议纪要。请上传签字的会议纪要。"))
    if terms.must_answer_objections and not draft.objections.strip():
        found["objections"] = say(N_("请写明公示期内收到的异议和补充论证的结果；没有异议的，写“无”。"))
    if draft.is_failure:
        return found | _platform(draft, terms) | _failure(draft)
    return found | _platform(draft, terms) | _people(draft, terms) | _offers(draft, terms)


def _failure(draft: RecordDraft) -> Mistakes:
    """A failure says why and names nobody (R-BID-05)."""
    found: Mistakes = {}
    if draft.failure_ground not in FAILURE_GROUNDS:
        found["failure_ground"] = say(N_("请选择采购失败的理由。理由会公告。"))
    if any(offer.is_winner for offer in draft.offers):
        found["offers"] = say(N_("采购失败的，不能有成交供应商。请取消勾选，或者把结果改为成交。"))
    return found


def _platform(draft: RecordDraft, terms: RecordTerms) -> Mistakes:
    if terms.venue != PLATFORM:
        return {}
    found: Mistakes = {}
    if not draft.platform_number:
        found["platform_number"] = say(N_("请填写省级平台上的项目编号。"))
    if not draft.platform_link.startswith("https://"):
        found["platform_link"] = say(N_("请填写结果公告的网址，以 https:// 开头。"))
    return found | _days(draft, terms)


def _days(draft: RecordDraft, terms: RecordTerms) -> Mistakes:
    """The platform's days are there, follow each other, and leave the lawful time before the opening or say why."""
    days = {
        "noticed_on": draft.noticed_on, "opened_on": draft.opened_on, "decided_on": draft.decided_on,
        "announced_on": draft.announced_on,
    }  # fmt: skip
    if missing := [name for name, day in days.items() if day is None]:
        return {name: say(N_("请填写省级平台上的这个日期。")) for name in missing}
    told = [(name, day) for name, day in days.items() if day is not None]
    for (_, before), (name, day) in pairwise(told):
        if day < before:
            return {name: say(N_("日期的先后不对：公告、开标、决定、结果公告依次不早于前一个。请核对。"))}
    if told[-1][1] > terms.on:
        return {"announced_on": say(N_("结果公告的日期不能晚于今天。"))}
    earliest = earliest_opening(terms.method, told[0][1])
    if earliest is not None and told[1][1] < earliest and not draft.short_period_reason.strip():
        words = N_("从公告到开标的时间不够：依 {clause}，最早 {earliest}。请核对日期；确实如此的，写明原因。")
        said = say(words, clause=terms.method.closing, earliest=Day(earliest))
        return {"short_period_reason": said}
    return {}


def earliest_opening(method: MethodRow, noticed_on: date) -> date | None:
    """The first lawful day of the opening after a notice; None where no rule counts it (R-TIME-04, R-TIME-07)."""
    return compute(method.closing, noticed_on, on=noticed_on).date if method.has_periods else None


def _people(draft: RecordDraft, terms: RecordTerms) -> Mistakes:
    row, count = terms.method, len(draft.people)
    names = [name for name, _ in draft.people]
    if len(set(names)) < count:
        return {"people": say(N_("同一个人只填一次。"))}
    if row.people and count < (least := int(number(row.people, terms.on))):
        words = N_("集体决策至少要有 {least} 人参加，现在填了 {count} 人。")
        return {"people": say(words, least=least, count=count)}
    if row.panel and count < (least := int(number(f"{row.panel}/members", terms.on))):
        words = N_("评审小组至少 {least} 人，现在填了 {count} 人。")
        return {"people": say(words, least=least, count=count)}
    return {}


def _offers(draft: RecordDraft, terms: RecordTerms) -> Mistakes:
    winners = [offer for offer in draft.offers if offer.is_winner]
    if not winners:
        return {"offers": say(N_("请标出成交供应商。"))}
    for lot, highest in terms.highest.items():
        offers = [offer for offer in draft.offers if offer.lot == lot]
        wrong = _lot(offers, highest, terms) if any(offer.is_winner for offer in offers) else None
        if wrong is not None:
            return {"offers": wrong}
    return {}


def _lot(offers: Sequence[Offer], highest: Decimal, terms: RecordTerms) -> Sentence | None:
    """What is wrong with one lot that has a winner."""
    row, winners = terms.method, [offer for offer in offers if offer.is_winner]
    if terms.elimination is not None:
        return _framework_lot(offers, winners, highest, terms)
    if len(winners) > 1:
        return say(N_("一个采购包只能有一家成交供应商。"))
    winner = winners[0]
    if wrong := _winner(winner, highest):
        return wrong
    assert winner.price is not None
    if row.least and len(offers) < (least := int(number(row.least, terms.on))):
        words = N_("这种采购方式至少要有 {least} 家，现在填了 {count} 家。")
        return say(words, least=plain(least), count=len(offers))
    if not row.least and not row.people and len(offers) > 1:
        return say(N_("单一来源只有一家供应商。"))
    if row.lowest_wins and any(offer.counts and (offer.price or 0) < winner.price for offer in offers):
        return say(N_("满足需求的最低报价成交。有更低的有效报价，请改选，或者写明它为什么无效。"))
    return None


def _framework_lot(
    offers: Sequence[Offer], winners: Sequence[Offer], highest: Decimal, terms: RecordTerms
) -> Sentence | None:
    """Several come in, each under the ceiling unit price, no more than the printed elimination leaves (R-FRM-02)."""
    for winner in winners:
        if wrong := _winner(winner, highest):
            return wrong
    responsive = sum(offer.counts for offer in offers)
    if responsive < (least := int(number(terms.method.least, terms.on))):
        words = N_("框架协议至少要有 {least} 家有效响应，现在填了 {count} 家。")
        return say(words, least=least, count=responsive)
    assert terms.elimination is not None
    working = Working(responsive, terms.elimination, terms.most_admitted)
    if len(winners) > working.admitted:
        words = N_("标了 {count} 家入围，超过了公告的淘汰办法。{working}")
        return say(words, count=len(winners), working=working.sentence())
    return None


def _winner(winner: Offer, highest: Decimal) -> Sentence | None:
    """What is wrong with one chosen provider."""
    if winner.provider is None:
        words = N_("成交供应商“{name}”还没有在本平台登记。请先请它登记，再选它。")
        return say(words, name=winner.name)
    if winner.price is None or winner.reason:
        return say(N_("成交供应商要有报价，也不能写无效的理由。"))
    if winner.price > highest:
        words = N_("成交价 {price} 超过了最高 {highest}。")
        return say(words, price=money(winner.price), highest=money(highest))
    return None


@dataclass(frozen=True)
class RecordPeople:
    """Who stands around a record."""

    procuring_unit: UUID
    drafted_by: UUID
    recorded_by: UUID | None
    agreement: UUID | None = None


def check_may_record(actor: Actor, people: RecordPeople) -> None:
    """A buyer of the unit, or its agency where that was entrusted (R-ROLE-05). Raises Forbidden, NotFound."""
    actor.check_may(Permission.DRAFT_LISTING)
    if actor.acts_for(people.procuring_unit, people.agreement, Entrusted.RESULT):
        return
    if actor.mandate(people.agreement) is not None:
        actor.check_entrusted(people.agreement, Entrusted.RESULT)
    if actor.organisation_id != people.procuring_unit:
        raise NotFound()


def check_may_confirm(actor: Actor, people: RecordPeople) -> None:
    """A buyer of the unit who neither drafted the listing nor recorded the result. Raises Forbidden (R-ROLE-03)."""
    actor.check_may(Permission.DETERMINE_AWARD)
    if actor.organisation_id != people.procuring_unit:
        raise NotFound()
    if actor.person_id in (people.drafted_by, people.recorded_by):
        words = N_("公告是您起草的，或者结果是您登记的，不能由您核对。请本单位另一位同事核对。")
        raise Forbidden(words, clause="R-ROLE-03")


def check_is_time(listing: Mapping[str, Any], is_closed: bool, takes_bids: bool) -> None:
    """A result is recorded after the closing time of a listing that takes no bids here. Raises Conflict."""
    if takes_bids:
        raise Conflict(N_("这个项目在本平台开标和评审，结果由评审得出，不登记。"))
    if listing["status"] not in ("published", "closed") or not is_closed:
        raise Conflict(N_("还没有到决定供应商的时间，或者项目已经结束，现在不能登记结果。"))
