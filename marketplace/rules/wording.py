"""Rules in words: the chapters under which they are found, and the search in them."""

from __future__ import annotations

from collections.abc import Iterable

from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.rule_words import AUTHORITIES, CONFIDENCE, value_words
from marketplace.kernel.rulebook import Rule

__all__ = ["AUTHORITIES", "CHAPTERS", "CONFIDENCE", "by_chapter", "chapter", "matching", "value_words"]

CHAPTERS: dict[str, str] = {
    "R-CAL": N_("期间计算"),
    "R-TIME": N_("时限"),
    "R-ROLE": N_("当事人和岗位"),
    "R-QUAL": N_("当事人和岗位"),
    "R-FINE": N_("当事人和岗位"),
    "R-METH": N_("采购方式和限额"),
    "R-PLAN": N_("采购方式和限额"),
    "R-DOC": N_("公告和采购文件"),
    "R-CORR": N_("公告和采购文件"),
    "R-ASK": N_("公告和采购文件"),
    "R-COUNT": N_("公告和采购文件"),
    "R-BID": N_("投标和开标"),
    "R-CONS": N_("投标和开标"),
    "R-OPEN": N_("投标和开标"),
    "R-OUTAGE": N_("投标和开标"),
    "R-RECORD": N_("投标和开标"),
    "R-COM": N_("评审小组"),
    "R-EXP": N_("评审小组"),
    "R-EVAL": N_("评分和排序"),
    "R-TIE": N_("评分和排序"),
    "R-REEV": N_("评分和排序"),
    "R-PUBL": N_("评分和排序"),
    "R-LOW": N_("异常低价"),
    "R-COLL": N_("串通和虚假材料"),
    "R-AWD": N_("定标和合同"),
    "R-CON": N_("定标和合同"),
    "R-FRM": N_("框架协议"),
    "R-GPS": N_("政府购买服务"),
    "R-SME": N_("中小企业"),
    "R-CRED": N_("信用"),
    "R-DISP": N_("质疑和投诉"),
    "R-ACC": N_("验收和付款"),
    "R-PAY": N_("验收和付款"), "R-FEE": N_("验收和付款"),
    "R-PUB": N_("公开和档案"),
    "R-VOICE": N_("公开和档案"),
    "R-ARC": N_("公开和档案"),
    "R-KEEP": N_("公开和档案"),
    "R-CIV": N_("民政和社会救助"),
    "R-LAW": N_("民政和社会救助"),
    "R-CHILD": N_("民政和社会救助"),
    "R-SOCW": N_("社工补贴和工时"),
    "R-HOUR": N_("社工补贴和工时"),
    "R-PERF": N_("绩效评价"),
    "R-INTL": N_("国外比较"),
    "R-SEED": N_("县试点方案"),
    "R-CLOCK": N_("县试点方案"),
    "R-RELIEF": N_("县试点方案"),
    "R-ORDER": N_("县试点方案"),
    "R-REFER": N_("县试点方案"),
    "R-CHECK": N_("县试点方案"),
    "R-LEAD": N_("县试点方案"),
    "R-JOB": N_("县试点方案"),
}

def chapter(rule: Rule) -> Sentence:
    """The chapter under which a rule is found."""
    return say(CHAPTERS[rule.prefix])


def by_chapter(rules: Iterable[Rule]) -> dict[str, list[Rule]]:
    """Rules under their chapters, in the order of the book."""
    groups: dict[str, list[Rule]] = {name: [] for name in dict.fromkeys(CHAPTERS.values())}
    for each in rules:
        groups[CHAPTERS[each.prefix]].append(each)
    return {name: found for name, found in groups.items() if found}


def matching(rules: Iterable[Rule], words: str) -> list[Rule]:
    """The rules in which every word occurs: ID, titles, texts or citation."""
    wanted = words.casefold().split()

    def text(each: Rule) -> str:
        parts = (each.id, each.title.zh, each.title.en, each.text.zh, each.text.en, each.citation)
        return " ".join(parts).casefold()

    return [each for each in rules if all(word in text(each) for word in wanted)]
