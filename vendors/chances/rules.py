"""Which conditions of a listing a provider's file meets, said before any effort is made. All pure.

Nothing here bars a bid: the file only saves work, and the decision falls at qualification review (R-QUAL-01).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.names import Name
from vendors.providers.rules import PAPER_LABELS, Day, Exclusion, may_declare_small_micro, needed_papers

MOST_OWN_LINES = 8
NOTHING_ASKED = frozenset({"", "无", "没有"})


class Verdict(StrEnum):
    """Met by the file; missing in it and easily mended; to be shown in the bid; or against it by statute."""

    MET = "met"
    MISSING = "missing"
    IN_THE_BID = "in_the_bid"
    AGAINST = "against"


VERDICT_LABELS: dict[Verdict, str] = {
    Verdict.MET: N_("符合"),
    Verdict.MISSING: N_("资料里还没有"),
    Verdict.IN_THE_BID: N_("在投标文件里证明"),
    Verdict.AGAINST: N_("不符合"),
}
VERDICT_TONES: dict[Verdict, str] = {
    Verdict.MET: "done", Verdict.MISSING: "waiting", Verdict.IN_THE_BID: "neutral", Verdict.AGAINST: "refused",
}  # fmt: skip


@dataclass(frozen=True)
class OwnFile:
    """What the answer looks at; `papers` by kind with the last valid day (None: no end). The pre-check is not in it."""

    legal_form: str
    is_small_micro: bool
    papers: Mapping[str, date | None]
    items: frozenset[str]


@dataclass(frozen=True)
class Asked:
    """A listing's own conditions: its last day for bids, its lots' items, towns the file does not name, its text."""

    closes_on: date
    items: Mapping[int, str]
    other_towns: Sequence[Name] = ()
    has_towns: bool = False
    own_lines: Sequence[str] = ()
    gives_deduction: bool = False


@dataclass(frozen=True)
class Condition:
    """One condition with its verdict and clause, what would change it and the page where that is done."""

    sentence: Sentence
    verdict: Verdict
    clause: str
    change: Sentence | None = None
    path: str = ""


_CHANGES: dict[str, tuple[str, str]] = {
    "R-GPS-03": (N_("单位类别由机构编制部门确定；改了类别，带文件到县民政局更正。"), "/my-organisation/facts"),
    "R-SEED-09": (N_("组织形式和登记证书不一致的，到县民政局更正。"), "/my-organisation/facts"),
    "R-SME-02": (N_("看看没有预留给中小企业的采购包和项目。"), "/listings"),
    "R-CRED-01": (N_("期满或者移出以后就可以参加；认为有错的，提出移出。"), "/my-organisation/credit"),
    "R-ROLE-09": (N_("期满或者撤销以后就可以参加；认为有错的，提出移出。"), "/my-organisation/credit"),
    "R-ROLE-08": (N_("认为登记有错的，向采购人提出询问。"), ""),
}


def conditions(file: OwnFile, asked: Asked, against: Sequence[Exclusion]) -> list[Condition]:
    """Every condition: the statutory exclusions first, then the file's papers, then what the listing itself asks."""
    return [
        *_statutory(against), *_papers(file, asked.closes_on), *_items(file, asked), *_towns(asked),
        *_deduction(file, asked), *_own(asked.own_lines),
    ]  # fmt: skip


def _statutory(against: Sequence[Exclusion]) -> list[Condition]:
    if not against:
        return [Condition(say(N_("没有法定的排除情形")), Verdict.MET, "R-GPS-03")]
    found = []
    for each in against:
        words, path = _CHANGES.get(each.clause, (N_("认为有错的，向采购人提出询问。"), ""))
        found.append(Condition(each.sentence, Verdict.AGAINST, each.clause, say(words), path))
    return found


def _papers(file: OwnFile, closes_on: date) -> list[Condition]:
    needed = needed_papers(file.legal_form)
    valid = [kind for kind in needed if kind in file.papers and is_valid_on(file.papers[kind], closes_on)]
    found = []
    if valid:
        words = say(N_("基本条件的证明材料：资料里有 {count} 份，截止那天都有效"), count=len(valid))
        found.append(Condition(words, Verdict.MET, "R-ROLE-09"))
    for kind in needed:
        if kind in valid:
            continue
        label = say(PAPER_LABELS[kind])
        sentence = say(N_("基本条件的证明材料：{kind}"), kind=label)
        if kind in file.papers:
            change = say(N_("{day}到期，早于截止日。请更新。"), day=Day(file.papers[kind] or closes_on))
        else:
            change = say(N_("上传一次，以后都能用；也可以直接放进投标文件。"))
        path = f"/my-organisation/papers?kind={kind}#field-file"
        found.append(Condition(sentence, Verdict.MISSING, "R-ROLE-09", change, path))
    return found


def is_valid_on(valid_until: date | None, day: date) -> bool:
    """Whether a paper is still valid on a day; its last day counts."""
    return valid_until is None or valid_until >= day


def _items(file: OwnFile, asked: Asked) -> list[Condition]:
    found = []
    for number, code in sorted(asked.items.items()):
        sentence = say(N_("第 {lot} 包：目录项目 {code}"), lot=number, code=code)
        if code in file.items:
            found.append(Condition(sentence, Verdict.MET, "R-QUAL-01"))
        else:
            change = say(N_("能做的，填进能承接的项目；没有填也可以投标。"))
            found.append(Condition(sentence, Verdict.MISSING, "R-QUAL-01", change, "/my-organisation/items"))
    return found


def _towns(asked: Asked) -> list[Condition]:
    if not asked.has_towns:
        return []
    if not asked.other_towns:
        return [Condition(say(N_("服务地点都在资料里")), Verdict.MET, "R-ROLE-10")]
    words = N_("服务地点：{town}")
    change = say(N_("能去的，勾选上；没有勾选不影响投标，地点不能作资格条件。"))
    return [
        Condition(say(words, town=town), Verdict.MISSING, "R-ROLE-10", change, "/my-organisation/towns")
        for town in asked.other_towns
    ]


def _deduction(file: OwnFile, asked: Asked) -> list[Condition]:
    if not asked.gives_deduction or not may_declare_small_micro(file.legal_form):
        return []
    sentence = say(N_("小微企业的价格扣除"))
    if file.is_small_micro:
        return [Condition(sentence, Verdict.MET, "R-SME-02")]
    change = say(N_("是小微企业的，在基本情况里声明。"))
    return [Condition(sentence, Verdict.MISSING, "R-SME-02", change, "/my-organisation/facts")]


def _own(lines: Sequence[str]) -> list[Condition]:
    """The listing's text, line by line: no rule reads it, the panel does."""
    shown = [line.strip() for line in lines if line.strip().rstrip("。") not in NOTHING_ASKED]
    found = [Condition(say(N_("公告的要求：{text}"), text=line[:200]), Verdict.IN_THE_BID, "R-ROLE-09")
             for line in shown[:MOST_OWN_LINES]]  # fmt: skip
    if len(shown) > MOST_OWN_LINES:
        words = say(N_("公告还有 {count} 行要求，见资格要求"), count=len(shown) - MOST_OWN_LINES)
        found.append(Condition(words, Verdict.IN_THE_BID, "R-ROLE-09"))
    return found
