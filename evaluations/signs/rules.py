"""Which signs stand in the bids of one lot (R-COLL-01, R-COLL-05). Pure: facts in, signs with their evidence out.

A sign is for a person to look at. It is no finding, it names no motive, and nobody is excluded by it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from itertools import combinations
from uuid import UUID

from evaluations.signs.files import FileMarks
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused
from marketplace.kernel.i18n import N_, Sentence, say

BY_LAW, SCREENING = "R-COLL-01", "R-COLL-05"
SHORTEST = 12  # characters of a passage, without signs and figures, that says something of its own
LEAST_IN_SERIES = 3


class Kind(StrEnum):
    """What was found."""

    ADDRESS = "address"
    BROWSER = "browser"
    HANDLED = "handled"
    HASH = "hash"
    MAKER = "maker"
    ALIKE = "alike"
    MIXED = "mixed"
    EQUAL_PRICES = "equal_prices"
    SERIES = "series"
    CONTACT = "contact"
    ACCOUNT = "account"
    DEPOSIT = "deposit"
    RELATED = "related"


KIND_LABELS: dict[Kind, str] = {
    Kind.ADDRESS: N_("从同一个网络地址封存"),
    Kind.BROWSER: N_("在同一个浏览器里封存"),
    Kind.HANDLED: N_("同一个人办理"),
    Kind.HASH: N_("附件完全相同"),
    Kind.MAKER: N_("文件的编制人相同"),
    Kind.ALIKE: N_("服务方案或者附件异常一致"),
    Kind.MIXED: N_("文件里出现另一家的名称"),
    Kind.EQUAL_PRICES: N_("报价相同"),
    Kind.SERIES: N_("报价呈规律性差异"),
    Kind.CONTACT: N_("联系电话相同"),
    Kind.ACCOUNT: N_("收款账号相同"),
    Kind.DEPOSIT: N_("保证金从同一个账号付出"),
    Kind.RELATED: N_("有关联关系"),
}
CLAUSES: dict[Kind, str] = {
    Kind.ADDRESS: SCREENING, Kind.BROWSER: SCREENING, Kind.HANDLED: BY_LAW, Kind.HASH: SCREENING,
    Kind.MAKER: BY_LAW, Kind.ALIKE: BY_LAW, Kind.MIXED: BY_LAW, Kind.EQUAL_PRICES: SCREENING, Kind.SERIES: BY_LAW,
    Kind.CONTACT: BY_LAW, Kind.ACCOUNT: BY_LAW, Kind.DEPOSIT: BY_LAW, Kind.RELATED: "R-ROLE-07",
}  # fmt: skip


class Outcome(StrEnum):
    """What an officer answers."""

    EXPLAINED = "explained"
    REPORTED = "reported"
    INVALID = "invalid"


OUTCOME_LABELS: dict[Outcome, str] = {
    Outcome.EXPLAINED: N_("已经核查，有合理解释"),
    Outcome.REPORTED: N_("报告财政部门"),
    Outcome.INVALID: N_("评审小组认定投标（响应）无效"),
}


# finance hears of what is reported to it, and of every bid found invalid for collusion (87 Art 37, GPL 77)
TOLD_TO_FINANCE = frozenset({Outcome.REPORTED, Outcome.INVALID})


@dataclass(frozen=True)
class BidSeen:
    """One opened bid as signs are looked for in it."""

    bid: UUID
    name: str
    text: str = ""
    price: Decimal | None = None
    address: bytes | None = None
    browser: bytes | None = None
    handled_by: UUID | None = None
    phones: frozenset[bytes] = frozenset()
    accounts: frozenset[bytes] = frozenset()
    files: Sequence[FileMarks] = field(default=())
    payers: frozenset[bytes] = frozenset()


@dataclass(frozen=True)
class Sign:
    """A sign: about which bids, and the evidence in one sentence."""

    kind: Kind
    bids: tuple[UUID, ...]
    mark: str
    evidence: Sentence


@dataclass(frozen=True)
class Limits:
    """From how many passages, and what share of the shorter text in percent, two texts count as alike."""

    passages: int
    share: Decimal


def signs_of(bids: Sequence[BidSeen], own_words: str, limits: Limits) -> list[Sign]:
    """Every sign in the bids of one lot; `own_words` is what the listing itself says, which all may repeat."""
    common = passages(own_words)
    return [
        *_shared(bids), *_same_files(bids), *_same_words(bids, common, limits), *_texts(bids, common, limits),
        *_prices(bids),
    ]  # fmt: skip


def _sign(kind: Kind, bids: Iterable[BidSeen], about: str, words: str, **values: object) -> Sign:
    those = sorted(bids, key=lambda each: each.name)
    who = _listed([each.name for each in those])
    ids = tuple(each.bid for each in those)
    mark = hashlib.sha256("|".join([about, *sorted(map(str, ids))]).encode()).hexdigest()
    return Sign(kind, ids, mark, say(words, who=who, **values))


def _listed(names: Sequence[str]) -> Sentence:
    """Names as each language lists them."""
    first, *others = names
    said = say("{name}", name=first)
    for name in others[:-1]:
        said = say(N_("{said}、{more}"), said=said, more=name)
    return say(N_("{said}、{last}"), said=said, last=others[-1]) if others else said


def related_sign(pair: tuple[tuple[UUID, str], tuple[UUID, str]], path: Sentence) -> Sign:
    """Two bidders with somebody behind both, by which path (R-ROLE-07)."""
    those = [BidSeen(bid, name) for bid, name in pair]
    return _sign(Kind.RELATED, those, "", N_("{who}有关联：{path}。"), path=path)


def _shared(bids: Sequence[BidSeen]) -> list[Sign]:
    """What is one and the same of several bids, without saying what it is where that is private."""
    paid = frozenset(mark for each in bids for mark in each.payers)
    looked: list[tuple[Kind, str, Callable[[BidSeen], Iterable[object]]]] = [
        (Kind.ADDRESS, N_("{who}的文件从同一个网络地址封存。"), lambda b: [b.address] if b.address else []),
        (Kind.BROWSER, N_("{who}的文件在同一个浏览器里封存。"), lambda b: [b.browser] if b.browser else []),
        (Kind.HANDLED, N_("{who}的文件由同一个人封存。"), lambda b: [b.handled_by] if b.handled_by else []),
        (Kind.CONTACT, N_("{who}登记了同一个联系电话。"), lambda b: b.phones),
        (Kind.ACCOUNT, N_("{who}登记了同一个收款账号。"), lambda b: b.accounts),
        # one paid for the other, from an account of its own or of a third
        (
            Kind.DEPOSIT, N_("{who}的保证金从同一个账号付出，或者由其中一家的账号付出。"),
            lambda b: b.payers | b.accounts & paid,
        ),
    ]
    return [
        _sign(kind, those, kind.value, words)
        for kind, words, values in looked
        # two numbers shared by the same bids are one sign
        for those in {tuple(b.bid for b in group): group for group in _groups(bids, values).values()}.values()
    ]


def _groups(bids: Sequence[BidSeen], values: Callable[[BidSeen], Iterable[object]]) -> dict[object, list[BidSeen]]:
    found: dict[object, list[BidSeen]] = {}
    for each in bids:
        for value in set(values(each)):
            found.setdefault(value, []).append(each)
    return {value: those for value, those in found.items() if len(those) > 1}


def _same_files(bids: Sequence[BidSeen]) -> list[Sign]:
    names = {f.sha256: f.name for b in bids for f in b.files}
    same = _groups(bids, lambda b: (f.sha256 for f in b.files))
    makers = _groups(bids, lambda b: (m for f in b.files for m in f.makers if m != b.name))
    return [
        *(
            _sign(Kind.HASH, those, str(sha), N_("{who}的附件“{file}”逐字节相同。"), file=names[str(sha)])
            for sha, those in same.items()
        ),
        *(
            _sign(Kind.MAKER, those, str(maker), N_("{who}的附件都写着编制人“{maker}”。"), maker=maker)
            for maker, those in makers.items()
        ),
    ]


def _same_words(bids: Sequence[BidSeen], common: Sequence[str], limits: Limits) -> list[Sign]:
    """Files with the very same words that differ in their bytes: printed or saved anew from one paper.

    Their words count from as many passages of their own as texts that are alike: a form everybody fills in has few.
    """
    names: dict[str, str] = {}
    listed = set(common)

    def words_in(seen: BidSeen) -> Iterable[str]:
        for file in seen.files:
            own = [each for each in passages(file.text) if each not in listed]
            if len(own) >= limits.passages:
                mark = hashlib.sha256("\n".join(own).encode()).hexdigest()
                names.setdefault(mark, file.name)
                yield mark

    identical = [{b.bid for b in those} for those in _groups(bids, lambda b: (f.sha256 for f in b.files)).values()]
    words = N_("{who}的附件“{file}”文字完全相同，文件不同。")
    return [
        _sign(Kind.HASH, those, f"words {mark}", words, file=names[str(mark)])
        for mark, those in _groups(bids, words_in).items()
        if {b.bid for b in those} not in identical
    ]


def passages(text: str) -> list[str]:
    """The passages of a text that say something of their own, without signs, spaces and figures."""
    parts = re.split(r"[。；;！？!?\n]", text)
    plain = (re.sub(r"[\W\d_]+", "", part) for part in parts)
    return list(dict.fromkeys(each for each in plain if len(each) >= SHORTEST))


def _texts(bids: Sequence[BidSeen], common: Sequence[str], limits: Limits) -> list[Sign]:
    # what a bid says is its plan and the words of its papers
    said = {b.bid: "\n".join([b.text, *(file.text for file in b.files)]) for b in bids}
    own = {b.bid: set(passages(said[b.bid])) - set(common) for b in bids}
    found = []
    for one, other in combinations(bids, 2):
        same, shorter = own[one.bid] & own[other.bid], min(len(own[one.bid]), len(own[other.bid]))
        if len(same) >= limits.passages and Decimal(100 * len(same)) >= limits.share * shorter:
            words = N_(
                "{who}的服务方案和附件有 {count} 处相同（不含采购文件里的话），占较短一份的 {share}%，例如“{example}”。"
            )
            share, example = 100 * len(same) // shorter, max(same, key=lambda each: (len(each), each))[:60]
            found.append(_sign(Kind.ALIKE, (one, other), "", words, count=len(same), share=share, example=example))
    for writer in bids:
        for named in bids:
            if named.bid != writer.bid and named.name in said[writer.bid]:
                words = N_("“{writer}”的服务方案或者附件里写着“{named}”。")
                names = {"writer": writer.name, "named": named.name}
                found.append(_sign(Kind.MIXED, (writer, named), writer.name, words, **names))
    return found


def _prices(bids: Sequence[BidSeen]) -> list[Sign]:
    equal = _groups(bids, lambda b: [b.price] if b.price is not None else [])
    found = [
        _sign(Kind.EQUAL_PRICES, those, str(price), N_("{who}的报价都是 {price} 元。"), price=f"{price:,.2f}")
        for price, those in equal.items()
    ]
    for run, step in _runs({b.price: b for b in bids if b.price is not None}):
        words = N_("{who}的报价依次相差 {step} 元。")
        found.append(_sign(Kind.SERIES, run, str(step), words, step=f"{step:,.2f}"))
    return found


def _runs(by_price: Mapping[Decimal, BidSeen]) -> list[tuple[list[BidSeen], Decimal]]:
    """The longest stretches of at least three prices, in order, that differ by the same amount."""
    prices = sorted(by_price)
    runs, begin = [], 0
    for at in range(1, len(prices)):
        ends = at == len(prices) - 1 or prices[at + 1] - prices[at] != prices[at] - prices[at - 1]
        if ends:
            if at - begin + 1 >= LEAST_IN_SERIES:
                runs.append(([by_price[p] for p in prices[begin : at + 1]], prices[at] - prices[at - 1]))
            begin = at
    return runs


def check_may_answer(procuring_unit: UUID, drafted_by: UUID, organisation: UUID, person: UUID) -> None:
    """A buyer of the unit who did not draft the listing. Raises Forbidden (R-ROLE-03)."""
    if organisation != procuring_unit:
        raise Forbidden(N_("这是另一个采购人的采购。请由该采购人办理。"), clause="R-ROLE-05")
    if person == drafted_by:
        raise Forbidden(N_("这份公告是您起草的，不能由您核查线索。请本单位另一位同事办理。"), clause="R-ROLE-03")


def check_bids(outcome: Outcome, chosen: Collection[UUID], about: Sequence[UUID]) -> list[UUID]:
    """The bids found invalid: those that the panel named, of those the sign is about. Raises FormRefused."""
    if outcome is not Outcome.INVALID:
        return []
    named = [bid for bid in about if bid in chosen]
    if not named:
        raise FormRefused({"bids": say(N_("请勾选评审小组认定无效的是哪几家。"))})
    return named


def check_answer(outcome: Outcome, reason: str, status: str) -> None:
    """Every answer has its reason; a bid becomes invalid only while it is judged. Raises FormRefused, Conflict."""
    if not reason.strip():
        raise FormRefused({"reason": say(N_("请写明核查了什么、理由是什么。"))})
    if outcome is Outcome.INVALID and status != "opened":
        raise Conflict(N_("评审已经结束，不能再认定无效。发现串通的，请报告财政部门。"), clause=BY_LAW)
