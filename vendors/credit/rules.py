"""Cases, removals, lists and checks of credit: who decides, which dates hold, what counts. All pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from marketplace.kernel.errors import Forbidden
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.rulebook import holds, number
from vendors.providers.rules import CreditFact, Day

FINE, LIST, RECORD = "R-FINE-01", "R-CRED-02", "R-ROLE-09"


class CaseStatus(StrEnum):
    """Where a case stands; only a published one keeps a provider from bidding."""

    OPENED = "opened"
    HEARD = "heard"
    PUBLISHED = "published"
    DROPPED = "dropped"


CASE_TRANSITIONS: Mapping[CaseStatus, frozenset[CaseStatus]] = {
    CaseStatus.OPENED: frozenset({CaseStatus.HEARD, CaseStatus.DROPPED}),
    CaseStatus.HEARD: frozenset({CaseStatus.PUBLISHED, CaseStatus.DROPPED}),
    CaseStatus.PUBLISHED: frozenset(),
    CaseStatus.DROPPED: frozenset(),
}

CASE_LABELS: dict[CaseStatus, tuple[str, str]] = {
    CaseStatus.OPENED: (N_("等待陈述和听证"), "waiting"),
    CaseStatus.HEARD: (N_("等待第二人决定"), "waiting"),
    CaseStatus.PUBLISHED: (N_("已公开"), "done"),
    CaseStatus.DROPPED: (N_("不予登记"), "neutral"),
}


class RemovalStatus(StrEnum):
    """Where the removal of an entry stands."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DECLINED = "declined"


REMOVAL_TRANSITIONS: Mapping[RemovalStatus, frozenset[RemovalStatus]] = {
    RemovalStatus.PROPOSED: frozenset({RemovalStatus.CONFIRMED, RemovalStatus.DECLINED}),
    RemovalStatus.CONFIRMED: frozenset(),
    RemovalStatus.DECLINED: frozenset(),
}

REMOVAL_LABELS: dict[RemovalStatus, tuple[str, str]] = {
    RemovalStatus.PROPOSED: (N_("等待第二人确认移出"), "waiting"),
    RemovalStatus.CONFIRMED: (N_("已移出"), "done"),
    RemovalStatus.DECLINED: (N_("没有移出"), "neutral"),
}

GROUND_LABELS: dict[str, str] = {
    "repaired": N_("信用修复，提前移出"),
    "revoked": N_("原决定被撤销"),
    "mistaken": N_("登记有误（不是这家单位）"),
}
# a decision that fell, or never concerned this provider, never counted
NEVER_COUNTED = frozenset({"revoked", "mistaken"})

HEARING_LABELS: dict[str, str] = {
    "held": N_("已举行听证"),
    "written": N_("书面陈述、申辩"),
    "waived": N_("告知后没有要求听证"),
    "elsewhere": N_("由作出决定的机关告知和听证"),
}

MOMENT_LABELS: dict[str, str] = {
    "registration": N_("登记时"),
    "sealing": N_("封存投标时"),
    "cut_off": N_("采购文件写明的截止时点"),
    "award": N_("定标前"),
}
# these look back from the decision, so they end so many years after it
_LOOK_BACK = {"serious_violation": (f"{LIST}/lookback", LIST), "major_violation": (f"{RECORD}/record", RECORD)}


@dataclass(frozen=True)
class CaseFacts:
    """What a case says about the decision of an authority; `fine` in yuan."""

    kind: str
    decided_on: date
    starts_on: date
    ends_on: date
    fine: Decimal | None = None


def case_mistakes(facts: CaseFacts, today: date) -> dict[str, Sentence]:
    """What does not fit together or stays under the law's own limits, by field."""
    found: dict[str, Sentence] = {}
    if facts.decided_on > today:
        found["decided_on"] = say(N_("决定日期不能晚于今天。请核对。"))
    if facts.starts_on < facts.decided_on:
        found["starts_on"] = say(N_("开始日期不能早于决定日期。请核对。"))
    if facts.ends_on < facts.starts_on:
        found["ends_on"] = say(N_("结束日期不能早于开始日期。请核对。"))
    elif latest := latest_end(facts.kind, facts.decided_on, today):
        last, clause = latest
        if facts.ends_on > last:
            words = N_("按 {clause}，从决定之日起算，最晚到 {last} 为止。请改结束日期。")
            found["ends_on"] = say(words, clause=clause, last=Day(last))
    if fine := _fine_mistake(facts, today):
        found["fine"] = fine
    return found


def latest_end(kind: str, decided_on: date, today: date) -> tuple[date, str] | None:
    """The last day a decision of this kind can bar, with the clause; None where its own period says."""
    if kind not in _LOOK_BACK:
        return None
    key, clause = _LOOK_BACK[kind]
    if not holds(key, today):
        return None
    years = int(number(key, today))
    try:
        return decided_on.replace(year=decided_on.year + years), clause
    except ValueError:  # 29 February
        return decided_on.replace(year=decided_on.year + years, day=28), clause


def _fine_mistake(facts: CaseFacts, today: date) -> Sentence | None:
    """A fine below the limit makes neither a major violation (R-FINE-01) nor a list entry (R-CRED-02)."""
    if facts.fine is None or facts.kind not in _LOOK_BACK:
        return None
    key, clause = (FINE, FINE) if facts.kind == "major_violation" else (f"{LIST}/fine", LIST)
    if not holds(key, today):
        return None
    least = number(key, today)
    if facts.fine >= least:
        return None
    words = N_("罚款不到 {least} 元，不属于这一种（{clause}）。请改种类，或者不予登记。")
    return say(words, least=f"{least:,.0f}", clause=clause)


def check_second_person(first: UUID, second: UUID) -> None:
    """Whoever entered it does not decide it. Raises Forbidden (R-ROLE-03)."""
    if first == second:
        raise Forbidden(N_("这一项是您登记的，要由另一位同事决定。请通知同事。"), clause="R-ROLE-03")


def counted(entry: CreditFact, ground: str | None, effective_on: date | None) -> CreditFact | None:
    """The entry as it counts after its removal: shortened when repaired, not at all when it fell."""
    if ground is None or effective_on is None:
        return entry
    last = min(entry.ends_on, effective_on - timedelta(days=1))
    if ground in NEVER_COUNTED or last < entry.starts_on:
        return None
    return CreditFact(entry.kind, entry.document_number, entry.starts_on, last)


def in_force(entries: Iterable[CreditFact], day: date) -> list[CreditFact]:
    """The entries that bar on a day; both their days are included."""
    return [entry for entry in entries if entry.starts_on <= day <= entry.ends_on]


def barred_members(members: Mapping[str, Sequence[CreditFact]], day: date) -> list[tuple[str, CreditFact]]:
    """The members of one offer that are barred on a day, with the entry: one is enough to bar all (R-CRED-01)."""
    return [(name, entry) for name, entries in members.items() for entry in in_force(entries, day)]


_BRACKETS = str.maketrans("（）〔〕［］【】", "()()()()")


def plain_name(name: str) -> str:
    """A name as it is compared: full-width and half-width, brackets, spaces and case make no difference."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name).translate(_BRACKETS)).casefold()


@dataclass(frozen=True)
class Known:
    """A registered provider as a list is compared with it."""

    provider: UUID
    credit_code: str
    name: str


@dataclass(frozen=True)
class Match:
    """Which provider a row of a list means; by name it waits for a person, who chooses among all `candidates`."""

    provider: UUID | None = None
    matched_by: str = "none"
    candidates: tuple[UUID, ...] = ()

    @property
    def is_same(self) -> str:
        """The decision it starts with."""
        return {"code": "yes", "name": "open"}.get(self.matched_by, "none")


def match_row(name: str, credit_code: str, known: Sequence[Known]) -> Match:
    """By code first; by name only where the code is not there or belongs to nobody, and then a person decides."""
    by_code = {each.credit_code: each for each in known}
    if credit_code and credit_code in by_code:
        return Match(by_code[credit_code].provider, "code")
    candidates = tuple(dict.fromkeys(each.provider for each in known if plain_name(each.name) == plain_name(name)))
    if not candidates:
        return Match()
    # of several with one name none is put forward
    return Match(candidates[0] if len(candidates) == 1 else None, "name", candidates)
