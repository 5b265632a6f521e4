"""Who may be of an acceptance group, whom it asks, and how opinions count. Pure."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from contracts.acceptance.rules import item_kind
from contracts.acceptance.same_party import Hand, Party, compact, means_another
from marketplace.kernel.draws.rules import Candidate, lots_in_order
from marketplace.kernel.errors import Conflict, DomainError
from marketplace.kernel.i18n import N_
from marketplace.kernel.rulebook import number

RULE_GROUP, RULE_DUTIES, RULE_SAMPLE = "R-ACC-02", "R-ROLE-03", "R-ACC-05"
SHARE, LEAST = "R-ACC-05/share", "R-ACC-05/least"
# below so many the public reads no count: it would tell who said what
SMALL = "R-CIV-06/small_group"
LEAST_SAID = 6  # characters: how often, when and how fits in no fewer


class MemberKind(StrEnum):
    """As what somebody joins in accepting."""

    BUYER = "buyer"
    USER = "user"
    EXPERT = "expert"
    BIDDER = "bidder"
    THIRD_PARTY = "third_party"


MEMBER_LABELS: dict[MemberKind, str] = {
    MemberKind.BUYER: N_("采购人"),
    MemberKind.USER: N_("使用单位"),
    MemberKind.EXPERT: N_("专家"),
    MemberKind.BIDDER: N_("参加采购的其他供应商"),
    MemberKind.THIRD_PARTY: N_("第三方机构"),
}


class Answer(StrEnum):
    """What a recipient says of the service."""

    SATISFIED = "satisfied"
    PARTLY = "partly"
    NOT_SATISFIED = "not_satisfied"
    NOT_REACHED = "not_reached"


ANSWER_LABELS: dict[Answer, str] = {
    Answer.SATISFIED: N_("满意"),
    Answer.PARTLY: N_("基本满意"),
    Answer.NOT_SATISFIED: N_("不满意"),
    Answer.NOT_REACHED: N_("联系不上"),
}


class Channel(StrEnum):
    """How an opinion came."""

    PHONE = "phone"
    SMS = "sms"
    PAPER = "paper"


CHANNEL_LABELS: dict[Channel, str] = {
    Channel.PHONE: N_("电话"),
    Channel.SMS: N_("短信代码"),
    Channel.PAPER: N_("纸质"),
}


@dataclass(frozen=True)
class Member:
    """Somebody of the group."""

    name: str
    office: str
    kind: MemberKind


@dataclass(frozen=True)
class Known:
    """Who must stay out of a group, as they are registered: those who drafted and approved, buyer, provider.

    `others`: whole names of other offices registered here, as `compact` gives them; `codes`: credit codes of others.
    """

    hands_off: tuple[Hand, ...]
    buyer: Party
    provider: Party
    others: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()


def check_group(members: Sequence[Member], known: Known) -> None:
    """At least one of the buyer; nobody who drafted or approved the listing, nobody of the provider.

    Compared with who is registered, by code, by names of any time and by abbreviations. Raises DomainError.
    """
    if not any(each.kind is MemberKind.BUYER for each in members):
        raise DomainError(N_("验收小组至少要有一位采购人的人员。"), clause=RULE_GROUP)
    for each in members:
        is_another = means_another(each.office, known.others)
        # somebody else may bear the provider's name: only a registered code tells the two apart
        is_its_name = compact(each.office) in {compact(name) for name in known.provider.names}
        if known.provider.is_named(each.office, known.codes) and (is_its_name or not is_another):
            words = N_("供应商不能验收自己的服务。请去掉“{name}”；已注册的同名机构，请在单位后面写统一社会信用代码。")
            raise DomainError(words, clause=RULE_GROUP, name=each.name)
        if _had_a_hand(each, known, is_another=is_another):
            raise DomainError(
                N_("“{name}”经办过这次采购，不能参加验收。请换一位没有参与这次采购的同事。"),
                clause=RULE_DUTIES,
                name=each.name,
            )
    if len({(compact(each.name), compact(each.office)) for each in members}) < len(members):
        raise DomainError(N_("同一个人写了两次。请只留一次。"), clause=RULE_GROUP)


def _had_a_hand(member: Member, known: Known, *, is_another: bool) -> bool:
    """Of the buyer under any of its names, of an office in which this account acts, or said to be of the buyer."""
    for hand in known.hands_off:
        if compact(hand.name) == compact(member.name):
            offices = (known.buyer, *hand.offices)
            is_of_these = any(compact(member.office) in {compact(n) for n in each.names} for each in offices)
            is_like = not is_another and any(each.is_named(member.office, known.codes) for each in offices)
            if is_of_these or is_like or member.kind in (MemberKind.BUYER, MemberKind.USER):
                return True
    return False


ITEM_KIND_LABELS: dict[str, str] = {"service": N_("服务"), "technical": N_("技术"), "safety": N_("安全")}


def item_groups(items: Sequence[str]) -> list[tuple[str, list[str]]]:
    """The items of a certificate by kind: service, technique, safety (R-ACC-01)."""
    return [(label, [each for each in items if item_kind(each) == kind]) for kind, label in ITEM_KIND_LABELS.items()]


def sample_size(population: int, on: date) -> int:
    """How many of the recipients are asked by the rule of a day: a share, at least so many, at most all."""
    share, least = number(SHARE, on), int(number(LEAST, on))
    return min(population, max(least, math.ceil(population * share / 100)))


def seed_of_months(milestone: str, hashes: Sequence[str]) -> str:
    """The seed: fixed once the months are closed, so that nobody chooses whom to ask."""
    return hashlib.sha256("\n".join([milestone, *hashes]).encode()).hexdigest()


def drawn(seed: str, codes: Collection[str], take: int) -> list[str]:
    """The codes with the smallest lots, by the procedure of every draw; anybody may do it again."""
    lots = lots_in_order(seed, [Candidate(code, code) for code in sorted(codes)])
    return [lot.candidate.key for lot in lots[:take]]


def check_may_draw(codes: Collection[str], open_months: int) -> None:
    """Once the months are closed and somebody was served in them. Raises DomainError."""
    if open_months:
        raise DomainError(N_("这个节点还有月份没有关闭。请先审核时数并关闭月份，再抽取服务对象。"), clause=RULE_SAMPLE)
    if not codes:
        raise DomainError(N_("这个节点的月份里没有记录服务对象，没有可以抽取的。"), clause=RULE_SAMPLE)


def check_all_heard(answers: Sequence[str]) -> None:
    """Where a sample was drawn, everybody in it was asked. Raises DomainError."""
    waiting = sum(not answer for answer in answers)
    if waiting:
        raise DomainError(
            N_("抽取的 {count} 名服务对象里还有 {waiting} 名没有意见。请收齐，实在找不到的记为联系不上，再验收。"),
            clause=RULE_SAMPLE, count=len(answers), waiting=waiting,
        )  # fmt: skip


def check_invited(*, is_unheard: bool) -> None:
    """Recipients who were served are invited to say what they think: nobody's wish skips them (R-ACC-01).

    Only where the closed months hold no served recipient is none drawn. Raises DomainError.
    """
    if is_unheard:
        words = N_(
            "这个节点服务过对象，还没有邀请他们出具意见，不能验收。请先抽取服务对象、听取意见；"
            "联系不上的，逐人记下联系过几次。付款期限照常计算，不因此停下。"
        )
        raise DomainError(words, clause=RULE_SAMPLE)


def check_says_how_tried(answer: Answer, words: str) -> None:
    """Of who was not reached the record says how it was tried. Raises DomainError."""
    if answer is Answer.NOT_REACHED and len(words.strip()) < LEAST_SAID:
        raise DomainError(N_("记为联系不上的，请写明联系过几次、什么时候、怎样联系的。"), clause=RULE_SAMPLE)


def check_unanswered(answer: str, is_accepted: bool) -> None:
    """An opinion is given once, before the acceptance. Raises Conflict."""
    if is_accepted:
        raise Conflict(N_("这个节点已经验收，意见不能再填。"), clause=RULE_SAMPLE)
    if answer:
        raise Conflict(N_("这位服务对象的意见已经填过，不能再改。"), clause=RULE_SAMPLE)


@dataclass(frozen=True)
class Counted:
    """The opinions of a sample, counted."""

    drawn: int
    by_answer: Counter[str]

    @property
    def heard(self) -> int:
        """How many gave an opinion."""
        return sum(self.by_answer[each] for each in (Answer.SATISFIED, Answer.PARTLY, Answer.NOT_SATISFIED))

    @property
    def content(self) -> int:
        """Percent of them who are satisfied, wholly or on the whole."""
        good = self.by_answer[Answer.SATISFIED] + self.by_answer[Answer.PARTLY]
        return round(good * 100 / self.heard) if self.heard else 0


def counted(answers: Sequence[str]) -> Counted:
    """Count the answers of a sample."""
    return Counted(len(answers), Counter(each for each in answers if each))


def public_words(found: Counted, on: date) -> str:
    """The count as a certificate states it to everybody: where few were heard, only that they were (R-CIV-06).

    Where nobody was reached it says so: an invitation is no opinion.
    """
    least = int(number(SMALL, on))
    if not found.heard:
        return "已邀请随机抽取的服务对象，都没有联系上，没有人表示意见。"
    if found.heard < least:
        return f"已向随机抽取的服务对象听取意见。表示意见的不足 {least} 名，为了不让人认出是谁说的，不公布人数。"
    return counted_words(found)


def counted_words(found: Counted) -> str:
    """The count in words for who accepts; certificates are Chinese."""
    by = found.by_answer
    return (
        f"随机抽取 {found.drawn} 名服务对象，{found.heard} 名表示意见：满意 {by[Answer.SATISFIED]} 名，"
        f"基本满意 {by[Answer.PARTLY]} 名，不满意 {by[Answer.NOT_SATISFIED]} 名；联系不上 {by[Answer.NOT_REACHED]} 名。"
        f"满意和基本满意的占 {found.content}%。"
    )
