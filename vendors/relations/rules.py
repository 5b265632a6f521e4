"""The graph of who stands behind providers: which bar each other, by which path (R-ROLE-07, R-ROLE-08). All pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any
from uuid import UUID

from catalogue.listings.methods import MethodRow
from marketplace.kernel.errors import Forbidden, FormRefused
from marketplace.kernel.i18n import N_, Sentence, say
from vendors.providers.rules import Exclusion

KIND_LABELS: dict[str, str] = {
    "responsible": N_("单位负责人"),
    "holder": N_("直接控股本机构的人或者单位"),
    "holding": N_("本机构直接控股的单位"),
    "managed_by": N_("管理本机构的单位"),
    "manages": N_("本机构管理的单位"),
}
# what one step of a path says between its two ends
STEP_WORDS: dict[str, str] = {
    "responsible": N_("单位负责人是"),
    "holder": N_("由其控股："),
    "holding": N_("控股"),
    "managed_by": N_("由其管理："),
    "manages": N_("管理"),
    "same_name": N_("同名（待核实是不是同一人）"),
}
HELPER_LABELS: dict[str, str] = {
    "design": N_("整体设计"),
    "specification": N_("规范编制"),
    "management": N_("项目管理"),
    "supervision": N_("监理"),
    "testing": N_("检测"),
    "evaluation": N_("绩效评价"),
    "research": N_("政策研究"),
}
SCOPE_LABELS: dict[str, str] = {"project": N_("同一项目"), "programme": N_("整个项目群（采购文件写明）")}
LONGEST_PATH = 4
_HOLDS = frozenset({"holder", "holding", "managed_by", "manages"})


@dataclass(frozen=True)
class Behind:
    """A provider with its legal representative, as the graph wants it."""

    id: UUID
    reference: str
    name: str
    credit_code: str
    legal_representative: str
    identity_mark: str = ""


@dataclass(frozen=True)
class Declared:
    """One related party that a provider declares."""

    provider: UUID
    kind: str
    name: str
    credit_code: str = ""
    identity_mark: str = ""


@dataclass(frozen=True)
class Link:
    """A step between two ends of the graph; walked either way."""

    start: str
    end: str
    kind: str


@dataclass(frozen=True)
class Step:
    """A step of a path in words: from whom, by what, to whom."""

    start: str
    kind: str
    end: str

    @property
    def sentence(self) -> Sentence:
        """The step as it is read."""
        words = N_("{start} {by} {end}")
        return say(words, start=self.start, by=say(STEP_WORDS[self.kind]), end=self.end)


@dataclass(frozen=True)
class Relation:
    """Two providers that are related. `bars`: the law shuts both out of one contract; else it is for the buyer to know.

    `is_certain`: no step rests on a mere namesake.
    """

    first: Behind
    second: Behind
    steps: tuple[Step, ...]
    bars: bool
    is_certain: bool

    @property
    def path(self) -> Sentence:
        """Every step in one sentence."""
        first, *others = (step.sentence for step in self.steps)
        return reduce(lambda said, more: say(N_("{said}；{more}"), said=said, more=more), others, first)


def links_of(providers: Sequence[Behind], declared: Sequence[Declared]) -> tuple[list[Link], dict[str, str]]:
    """The links between providers, bodies and persons, and the name of each end."""
    by_code = {p.credit_code: p for p in providers}
    names = {_provider(p.id): p.name for p in providers}
    links = [Link(_provider(p.id), f"person:{p.legal_representative}#{p.identity_mark}", "responsible")
             for p in providers if p.legal_representative]  # fmt: skip
    for each in declared:
        if each.credit_code in by_code:
            end = _provider(by_code[each.credit_code].id)
        elif each.credit_code:
            end = f"body:{each.credit_code}"
        else:
            end = f"person:{each.name}#{each.identity_mark}"
        names.setdefault(end, each.name)
        links.append(Link(_provider(each.provider), end, each.kind))
    names |= {link.end: _person_name(link.end) for link in links if link.end.startswith("person:")}
    persons = sorted({link.end for link in links if link.end.startswith("person:")})
    for unmarked in (p for p in persons if p.endswith("#")):
        links += [Link(unmarked, other, "same_name") for other in persons
                  if other != unmarked and _person_name(other) == _person_name(unmarked)]  # fmt: skip
    return list(dict.fromkeys(links)), names


def _provider(id_: UUID) -> str:
    return f"provider:{id_}"


def _person_name(end: str) -> str:
    return end.removeprefix("person:").rsplit("#", 1)[0]


def shortest_path(links: Iterable[Link], start: str, goal: str, longest: int = LONGEST_PATH) -> list[Link] | None:
    """The fewest steps from one end to another; None where none are that few. Steps are walked either way."""
    steps: dict[str, list[tuple[str, Link]]] = {}
    for link in links:
        steps.setdefault(link.start, []).append((link.end, link))
        steps.setdefault(link.end, []).append((link.start, link))
    waiting: deque[tuple[str, list[Link]]] = deque([(start, [])])
    seen = {start}
    while waiting:
        at, path = waiting.popleft()
        if at == goal:
            return path
        if len(path) == longest:
            continue
        for other, link in steps.get(at, ()):
            if other not in seen:
                seen.add(other)
                waiting.append((other, [*path, link]))
    return None


def bars_both(path: Sequence[Link]) -> bool:
    """Whether the law shuts both ends out of one contract: one responsible person, or one holds or manages the other.

    Two bodies held by a third are not among it (R-ROLE-07 says direct).
    """
    kinds = [link.kind for link in path if link.kind != "same_name"]
    return kinds == ["responsible", "responsible"] or (len(kinds) == 1 and kinds[0] in _HOLDS)


def relations(
    providers: Sequence[Behind], declared: Sequence[Declared], pairs: Iterable[tuple[UUID, UUID]]
) -> list[Relation]:
    """Which of these pairs are related, each with its shortest path; those that bar first."""
    links, names = links_of(providers, declared)
    known = {p.id: p for p in providers}
    found = []
    for first, second in pairs:
        path = shortest_path(links, _provider(first), _provider(second))
        if path:
            steps = tuple(Step(names[link.start], link.kind, names[link.end]) for link in path)
            certain = all(link.kind != "same_name" and not _rests_on_a_name(link) for link in path)
            found.append(Relation(known[first], known[second], steps, bars_both(path), certain))
    return sorted(found, key=lambda each: (not each.bars, not each.is_certain, len(each.steps)))


def _rests_on_a_name(link: Link) -> bool:
    # a person without the mark of an identity number is known by name alone
    return link.end.startswith("person:") and link.end.endswith("#")


HELPED = "R-ROLE-08"


def counts(helper: Mapping[str, Any], closes_at: datetime | None) -> bool:
    """Whether a record bars by now: one made after the deadline only once a second person confirmed it (R-ROLE-08)."""
    return not is_late(helper["entered_at"], closes_at) or helper["confirmed_at"] is not None


def is_late(at: datetime, closes_at: datetime | None) -> bool:
    """Whether the bids were in when it happened: from then on nobody alone decides who may take part."""
    return closes_at is not None and at >= closes_at


def check_second_person(entered_by: UUID, actor: UUID) -> None:
    """Who entered or asked does not confirm. Raises Forbidden."""
    if entered_by == actor:
        raise Forbidden(N_("这一条是您自己登记或者提出的，要由本单位另一个人核实。"), HELPED)


def check_programme_is_printed(scope: str, programme: str) -> None:
    """A whole programme counts only where the listing names it. Raises FormRefused."""
    if scope == "programme" and not programme.strip():
        words = N_("公告没有写明属于哪个项目群，不能按整个项目群登记。要扩到项目群，须在采购文件里写明。")
        raise FormRefused({"scope": say(words)})


def helper_exclusions(
    helpers: Sequence[Mapping[str, str]], credit_code: str, method: MethodRow, related: Mapping[str, Relation]
) -> list[Exclusion]:
    """What preparing the project means for a provider: it may not take part, single source excepted (R-ROLE-08).

    `related`: by the helper's code, what relates it to the provider where one person or holding stands behind both.
    """
    if method.admits_helpers:
        return []
    found = []
    for each in helpers:
        if each["credit_code"] == credit_code:
            found.append(_barred(N_("贵单位为本项目（{scope}）做过{kind}（{source}），不得参加。"), each))
        elif relation := related.get(each["credit_code"]):
            words = N_("为本项目（{scope}）做过{kind}（{source}）的“{name}”与贵单位有关联，不得参加：{path}。")
            found.append(_barred(words, each, path=relation.path))
    return found


def _barred(words: str, helper: Mapping[str, str], **more: object) -> Exclusion:
    done = {"scope": say(SCOPE_LABELS[helper["scope"]]), "kind": say(HELPER_LABELS[helper["kind"]])}
    return Exclusion(say(words, **done, source=helper["source"], name=helper["name"], **more), HELPED)
