"""The terms of a listing as sentences of its procurement document; they are Chinese like the document."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from catalogue.listings.drafts import Terms
from marketplace.kernel.formats import number, percent

# how each low-price limit is named, in the order of the rule (R-LOW-01)
LOW_PRICE_WORDS = {
    "low_mean": "全部通过符合性审查供应商报价平均值的",
    "low_next_lowest": "次低报价的",
    "low_ceiling": "最高限价的",
}


def terms_words(terms: Terms, low_prices: Sequence[tuple[str, Decimal]]) -> dict[str, str]:
    """Every sentence about joining, deposits, advance, low prices, hidden names and handover, by its name."""
    return {
        "consortium": _consortium(terms),
        "subcontracting": _subcontracting(terms),
        "prepared": _prepared(terms),
        "bond": _bond(terms),
        "advance": _advance(terms),
        "low_prices": _low_prices(low_prices),
        "hidden_names": _hidden_names(terms),
        "handover": _handover(terms),
    }


def _handover(terms: Terms) -> str:
    told = terms.handover.strip() or "采购文件没有另外约定服务衔接和移交；合同到期前按合同文本办理移交。"
    if not terms.handover_share:
        return told
    return f"{told}\n最后一次付款的 {percent(terms.handover_share)} 可以等移交完成或者视为完成以后支付，其余按期支付。"


def _consortium(terms: Terms) -> str:
    if not terms.admits_consortium:
        return "★本项目不接受联合体。"
    return (
        "本项目接受联合体。联合体各方应当具备政府采购法第二十二条规定的条件，提交联合协议，承担连带责任；"
        "不得再单独参加或者与他人另外组成联合体参加。"
    )


def _subcontracting(terms: Terms) -> str:
    if not terms.subcontract_share:
        return "★本项目不允许分包。"
    return (
        f"允许分包的比例不超过合同金额的 {percent(terms.subcontract_share)}，限于：{terms.subcontract_parts}。"
        "★接受分包的供应商不得再次分包。"
    )


def _prepared(terms: Terms) -> str:
    """Who may not take part because it prepared the project (R-ROLE-08); the programme only where it is named."""
    project = "★为本项目提供整体设计、规范编制或者项目管理、监理、检测等服务的供应商，除单一来源外，不得参加本项目。"
    programme = (
        f"本项目属于项目群“{terms.programme.strip()}”：为该项目群做过整体设计、规范编制、项目管理、监理、检测、"
        "绩效评价或者政策研究的供应商，同样不得参加。"
    )
    along = (
        "与上述供应商单位负责人为同一人，或者存在直接控股、管理关系的供应商，"
        "以及以上供应商作为联合体成员的，同样适用。"
    )
    return f"{project}{programme if terms.programme.strip() else ''}{along}"


def _bond(terms: Terms) -> str:
    if not terms.performance_bond:
        return "本项目不收取履约保证金。"
    return f"★履约保证金为合同金额的 {percent(terms.performance_bond)}，可以用保函等非现金形式提交。"


def _advance(terms: Terms) -> str:
    if not terms.advance_payment:
        return "本项目没有预付款。"
    return (
        f"★合同生效并收到发票后，支付合同金额 {percent(terms.advance_payment)} 的预付款，不以验收为条件；"
        "以后各节点按各自的比例抵扣，见下表。"
    )


def _hidden_names(terms: Terms) -> str:
    """What is printed binds the panel (R-COM-06); where nothing was printed, nothing is said."""
    if not terms.hides_names:
        return ""
    return (
        "本项目隐去供应商名称评审：评审小组成员在符合性审查、报价核对和评分时只看到代号（供应商1、供应商2……），"
        "全部成员锁定评分以后才显示供应商名称。服务方案请不要写自己的名称；写了的，由系统换成代号。"
    )


def _low_prices(low_prices: Sequence[tuple[str, Decimal]]) -> str:
    if not low_prices:
        return "评审小组认为报价明显偏低、可能影响履约的，要求供应商书面说明。"
    limits = "，或者".join(f"{LOW_PRICE_WORDS[name]} {number(share)}%" for name, share in low_prices)
    return f"报价低于{limits}的，评审小组启动异常低价审查，要求供应商书面说明；审查不等于无效。"
