"""How a draw goes: the list is frozen under one hash, then three things nobody holds alone make the seed. Pure.

The whole procedure stands in docs/draws.md; `FORMAT` names it, and a change of the procedure is another format.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from marketplace.kernel.errors import Conflict, DomainError
from marketplace.kernel.i18n import N_

FORMAT = "marketplace draw 1"
MOST_CANDIDATES = 2000
LONGEST_LINE = 200


class DrawStatus(StrEnum):
    """A list is frozen, then drawn from; or given up before anything was drawn."""

    FROZEN = "frozen"
    DRAWN = "drawn"
    CANCELLED = "cancelled"


DRAW_TRANSITIONS: Mapping[DrawStatus, frozenset[DrawStatus]] = {
    DrawStatus.FROZEN: frozenset({DrawStatus.DRAWN, DrawStatus.CANCELLED}),
    DrawStatus.DRAWN: frozenset(),
    DrawStatus.CANCELLED: frozenset(),
}

STATUS_LABELS: dict[str, str] = {
    DrawStatus.FROZEN: N_("名单已锁定，待抽取"),
    DrawStatus.DRAWN: N_("已抽取"),
    DrawStatus.CANCELLED: N_("已作废"),
}


class DrawKind(StrEnum):
    """What is drawn."""

    TIE = "tie"
    PANEL = "panel"
    INVITED = "invited"


KIND_LABELS: dict[str, str] = {
    DrawKind.TIE: N_("并列者之间抽签"),
    DrawKind.PANEL: N_("抽取评审小组成员"),
    DrawKind.INVITED: N_("抽取受邀请的供应商"),
}


@dataclass(frozen=True)
class Candidate:
    """One who may be drawn: a key that tells it from all others (a credit code, a number), and its name."""

    key: str
    name: str


@dataclass(frozen=True)
class FrozenList:
    """Everything that is fixed before the seed can be known; candidates stand in the order of their keys."""

    reference: str
    subject: str
    take: int
    candidates: tuple[Candidate, ...]
    secret: str

    def text(self) -> str:
        """The lines whose hash is published when the list is frozen."""
        head = [FORMAT, self.reference, self.subject, f"{self.take} of {len(self.candidates)}", self.secret]
        return "\n".join([*head, *(f"{each.key} {each.name}" for each in self.candidates)])

    @property
    def commitment(self) -> str:
        """The hash that stands for the whole list; the secret keeps anybody from trying out names against it."""
        return _sha256(self.text())


def frozen_list(reference: str, subject: str, take: int, candidates: Sequence[Candidate], secret: str) -> FrozenList:
    """The list in its one order: what is typed first has no better place. Raises DomainError."""
    cleaned = sorted((Candidate(_key(each.key), one_line(each.name)) for each in candidates), key=lambda c: c.key)
    check_candidates(cleaned, take)
    return FrozenList(reference, one_line(subject), take, tuple(cleaned), secret)


def one_line(typed: str) -> str:
    """Words as they stand in a line of the procedure: no breaks, single spaces."""
    return " ".join(typed.split())


def _key(typed: str) -> str:
    return "".join(typed.split())


def check_candidates(candidates: Sequence[Candidate], take: int) -> None:
    """Different keys, a name each, and no fewer than are drawn. Raises DomainError."""
    if not candidates or take < 1:
        raise DomainError(N_("名单是空的，没有可以抽取的。请先列出名单。"))
    if len(candidates) > MOST_CANDIDATES:
        raise DomainError(N_("名单最多 {most} 个，现在有 {count} 个。"), most=MOST_CANDIDATES, count=len(candidates))
    if any(not each.key or not each.name for each in candidates):
        raise DomainError(N_("名单里有的一行没有编号或者名称。请补齐再锁定。"))
    if any(len(each.key) > LONGEST_LINE or len(each.name) > LONGEST_LINE for each in candidates):
        raise DomainError(N_("名单里有的编号或者名称超过 {most} 个字。请缩短。"), most=LONGEST_LINE)
    key, times = Counter(each.key for each in candidates).most_common(1)[0]
    if times > 1:
        raise DomainError(N_("名单里 {key} 出现了 {times} 次，机会就不均等了。请只留一次。"), key=key, times=times)
    if take > len(candidates):
        raise DomainError(N_("要抽 {take} 个，名单里只有 {count} 个。请补充名单。"), take=take, count=len(candidates))


def clean_words(said: Sequence[str], least: int) -> tuple[str, ...]:
    """What the people present said aloud, a line each. Raises DomainError when one said nothing."""
    words = tuple(one_line(each) for each in said)
    if len(words) < least:
        raise DomainError(
            N_("至少要有 {least} 个人在场，每人各报一组字或者数。现在有 {count} 个。"), least=least, count=len(words)
        )
    if any(not each for each in words):
        raise DomainError(N_("在场的每个人都要各报一组字或者数，才能抽取。"))
    if any(len(each) > LONGEST_LINE for each in words):
        raise DomainError(N_("报的字或者数最长 {most} 个字。请缩短。"), most=LONGEST_LINE)
    return words


def check_linked(chain_hash: str) -> None:
    """The freezing stands in the audit chain. Raises Conflict for the second or so that this takes."""
    if not chain_hash:
        raise Conflict(N_("锁定名单这件事还没有接进审计链，一般只要一两秒。请稍等再抽取。"))


def seed_text(commitment: str, secret: str, chain_hash: str, words: Sequence[str]) -> str:
    """The lines whose hash is the seed: the list, what only the service knew, the chain, and what people said."""
    return "\n".join([FORMAT, commitment, secret, chain_hash, *words])


def seed_of(commitment: str, secret: str, chain_hash: str, words: Sequence[str]) -> str:
    """The seed; none of those who take part could know it before the last of them spoke."""
    return _sha256(seed_text(commitment, secret, chain_hash, words))


def ticket(seed: str, key: str) -> str:
    """A candidate's lot: the smaller hash is drawn before the larger one."""
    return _sha256(f"{seed} {key}")


@dataclass(frozen=True)
class Lot:
    """A candidate with its lot."""

    candidate: Candidate
    ticket: str


def lots_in_order(seed: str, candidates: Sequence[Candidate]) -> list[Lot]:
    """Every candidate by its lot: the first `take` are drawn, the next one stands in when one of them drops out."""
    return sorted((Lot(each, ticket(seed, each.key)) for each in candidates), key=lambda lot: lot.ticket)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
