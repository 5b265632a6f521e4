"""What goals tell everybody in free words, and how they are read with passages made black."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaluations.performance.look_through import PublicText
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.public_words import blacked

Row = dict[str, Any]
OWN, OF_LINES = ("title", "aim", "self_words", "answer"), ("title", "unit", "self_words", "words")


def goal_texts(goal: Mapping[str, Any]) -> list[PublicText]:
    """Every free text of goals with `lines` and `readings` that is not empty, in the order of the page."""
    found = [PublicText(say(N_("项目或者单位")), goal["title"]), PublicText(say(N_("总体目标")), goal["aim"])]
    where = {
        "title": N_("第 {position} 项指标"), "unit": N_("第 {position} 项的计量单位"),
        "self_words": N_("第 {position} 项的自评"), "words": N_("第 {position} 项的评价"),
    }  # fmt: skip
    for line in goal["lines"]:
        found += [PublicText(say(where[name], position=line["position"]), line[name]) for name in OF_LINES]
    monitored = N_("第 {position} 项的运行监控")
    found += [PublicText(say(monitored, position=each["position"]), each["words"]) for each in goal["readings"]]
    found.append(PublicText(say(N_("自评说明")), goal["self_words"]))
    found.append(PublicText(say(N_("单位的回应")), goal["answer"]))
    return [each for each in found if each.words not in ("", "%")]


def blacked_goal(goal: Row, passages: Sequence[str]) -> Row:
    """The same goals as everybody reads them."""

    def parts(row: Row, names: Sequence[str]) -> Row:
        return row | {name: blacked(row[name], passages) for name in names}

    return parts(goal, OWN) | {
        "lines": [parts(line, OF_LINES) for line in goal["lines"]],
        "readings": [parts(each, ("title", "unit", "words")) for each in goal["readings"]],
    }
