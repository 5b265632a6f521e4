"""Indicators of the later evaluation: their groups, how each is scored, who is asked, and what a target says. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from marketplace.kernel.characters import narrowed
from marketplace.kernel.i18n import N_


class Group(StrEnum):
    """The branch of the tree an indicator hangs on (R-PERF-03)."""

    DECISION = "decision"
    PROCESS = "process"
    EXECUTION = "execution"
    OUTPUT = "output"
    BENEFIT = "benefit"
    SATISFACTION = "satisfaction"


GROUP_WORDS: dict[str, str] = {
    Group.DECISION: N_("决策"),
    Group.PROCESS: N_("过程"),
    Group.EXECUTION: N_("预算执行"),
    Group.OUTPUT: N_("产出"),
    Group.BENEFIT: N_("效益"),
    Group.SATISFACTION: N_("服务对象满意度"),
}


class Way(StrEnum):
    """How an indicator is scored: by its target, in bands, or computed here from what was delivered."""

    QUANTITATIVE = "quantitative"
    QUALITATIVE = "qualitative"
    EXECUTION_RATE = "execution_rate"
    APPROVAL_RATE = "approval_rate"
    TIMELINESS = "timeliness"
    COVERAGE = "coverage"
    HOURS_KEPT = "hours_kept"
    CORRECTIONS = "corrections"
    COMPLAINTS = "complaints"
    TURNOVER = "turnover"


WAY_WORDS: dict[str, str] = {
    Way.QUANTITATIVE: N_("定量：达到目标得满分，没达到按比例"),
    Way.QUALITATIVE: N_("定性：分三档打分"),
    Way.EXECUTION_RATE: N_("系统算：已付的占应付的"),
    Way.APPROVAL_RATE: N_("系统算：审核通过的服务时数"),
    Way.TIMELINESS: N_("系统算：按时办结的订单"),
    Way.COVERAGE: N_("系统算：派了订单并且上过门的"),
    Way.HOURS_KEPT: N_("系统算：做到的时数和约定的时数"),
    Way.CORRECTIONS: N_("系统算：更正过的服务记录"),
    Way.COMPLAINTS: N_("系统算：不满意和没有解决的次数"),
    Way.TURNOVER: N_("系统算：离开的服务人员"),
}
MEASURES: frozenset[str] = frozenset(Way) - {Way.QUANTITATIVE, Way.QUALITATIVE}
# less is better
AT_MOST_WAYS: frozenset[str] = frozenset({Way.CORRECTIONS, Way.COMPLAINTS, Way.TURNOVER})


class Source(StrEnum):
    """Whose judgement counts."""

    THIRD_PARTY = "third_party"
    THIRD_PARTY_FINANCE = "third_party_finance"
    TOWN = "town"
    VILLAGE = "village"
    CIVIL_AFFAIRS = "civil_affairs"
    RECIPIENTS = "recipients"


SOURCE_WORDS: dict[str, str] = {
    Source.THIRD_PARTY: N_("第三方专业机构"),
    Source.THIRD_PARTY_FINANCE: N_("第三方财务机构"),
    Source.TOWN: N_("镇（街道）"),
    Source.VILLAGE: N_("村（居）委会"),
    Source.CIVIL_AFFAIRS: N_("民政局"),
    Source.RECIPIENTS: N_("服务对象"),
}
# what the pages of a need show
INDICATOR_LABELS: dict[str, dict[str, str]] = {
    "indicator_groups": GROUP_WORDS,
    "indicator_ways": WAY_WORDS,
    "indicator_sources": SOURCE_WORDS,
}
# who can know what: recipients say whether they are content, villages and towns what they saw
ASKED: dict[str, frozenset[str]] = {
    Source.THIRD_PARTY: frozenset(Group) - {Group.SATISFACTION},
    Source.THIRD_PARTY_FINANCE: frozenset({Group.DECISION, Group.PROCESS, Group.EXECUTION, Group.OUTPUT}),
    Source.TOWN: frozenset({Group.OUTPUT, Group.BENEFIT}),
    Source.VILLAGE: frozenset({Group.OUTPUT, Group.BENEFIT}),
    Source.CIVIL_AFFAIRS: frozenset({Group.DECISION, Group.PROCESS, Group.OUTPUT, Group.BENEFIT}),
    Source.RECIPIENTS: frozenset({Group.SATISFACTION}),
}


def sources_asked(group: str, sources: frozenset[str]) -> frozenset[str]:
    """Which of the sources judge an indicator of a group; where none of them would, all but the recipients do."""
    asked = frozenset(each for each in sources if group in ASKED[each])
    return asked or sources - {Source.RECIPIENTS}


@dataclass(frozen=True)
class Target:
    """What a target says: at least or at most so much of a unit."""

    goal: Decimal
    unit: str
    is_at_most: bool


_NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*([%％]|[\u4e00-\u9fff]{0,4})")
_AT_MOST = re.compile("不超过|不高于|不多于|不大于|至多|最多|以内|低于|少于|小于|以下")


def read_target(words: str) -> Target | None:
    """The number in a printed target, or None where there is none: “不低于 90%”, “不超过 1%”, “0 起”, “60 户”."""
    plain = narrowed(words)
    found = _NUMBER.search(plain)
    if found is None:
        return None
    goal, unit = Decimal(found[1]), found[2].replace("％", "%")
    without_least = re.sub("不低于|不少于|不小于", "", plain)
    return Target(goal, unit, goal == 0 or _AT_MOST.search(without_least) is not None)


def guessed_group(title: str) -> Group:
    """The branch of an indicator whose listing named none, by its title."""
    if "满意" in title:
        return Group.SATISFACTION
    return Group.EXECUTION if "预算执行" in title else Group.OUTPUT


def way_for(way: str, title: str, target: str) -> Way:
    """How a printed indicator is scored; where the listing said nothing, by its target, else in bands."""
    if way:
        return Way(way)
    if "预算执行率" in title:
        return Way.EXECUTION_RATE
    return Way.QUALITATIVE if read_target(target) is None else Way.QUANTITATIVE
