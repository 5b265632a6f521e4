"""The text of a framework agreement: what the listing printed and the provider offered (order 110 article 14)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

WAYS = {
    "direct": "直接选定：由采购人或者服务对象依据价格、质量、服务便利性和用户评价，从入围供应商中选定。",
    "mini_bid": "二次竞价：以协议价格为最高限价，由符合竞价需求的入围供应商再次报价，报价最低的成交。",
    "rotation": "顺序轮候：按入围名次依次授予合同，每个轮候期内每家一次；除清退和补充征集外，有效期内不调整次序。",
}


@dataclass(frozen=True)
class AgreementFacts:
    """Everything the text is written from."""

    reference: str
    title: str
    listing_reference: str
    unit: str
    provider: str
    credit_code: str
    lot_number: int
    item: str
    content: str
    requirement: str
    offer: str
    measure: str
    ceiling: Decimal
    unit_price: Decimal
    users: tuple[str, ...]
    starts_on: date
    ends_on: date
    way: str


def write_agreement(facts: AgreementFacts) -> str:
    """The agreement's text, section by section."""
    users = "、".join(facts.users)
    sections = (
        ("协议双方", f"征集人（甲方）：{facts.unit}\n入围供应商（乙方）：{facts.provider}，"
                 f"统一社会信用代码 {facts.credit_code}"),
        ("依据", f"征集公告 {facts.listing_reference} 第 {facts.lot_number} 包。"),
        ("服务内容和标准（征集公告原文）", f"{facts.item}：{facts.content}\n{facts.requirement.strip()}"),
        ("乙方承诺（响应文件原文）", facts.offer.strip() or "乙方按征集公告的要求提供服务。"),
        ("价格", f"最高限制单价每{facts.measure} ¥{facts.ceiling:,.2f}；"
               f"协议价格每{facts.measure} ¥{facts.unit_price:,.2f}。"
               "协议价格是第二阶段每一份合同的最高限价。"),
        ("确定成交供应商的方式", WAYS[facts.way]),
        ("适用范围", f"适用的采购人：{users}，以及它们的服务对象。采购量以实际订单为准，本协议不承诺采购量。"),
        ("有效期", f"自 {facts.starts_on.isoformat()} 起至 {facts.ends_on.isoformat()} 止。"),
        ("合同和付款", "每次下单订立固定价格合同，写明数量和单价；乙方提供服务记录或者凭证作为验收资料；"
                  "验收合格并收到发票后三十日内支付。"),
        ("用户反馈和评价", "采购人和服务对象可以评价每一份订单；评价公开，作为直接选定的参考。"),
        ("清退和补充", "乙方有财政部令第110号第十九条所列情形之一的，解除本协议，且不得重新加入；"
                  "剩余入围供应商不足总数70%且影响执行的，按初次征集的条件和程序补充征集。"),
        ("权利和义务", "甲方为订单的授予提供便利，管理限价和需求标准的执行；乙方无正当理由不得拒绝订单，"
                  "不得主动放弃入围资格或者退出协议。"),
    )  # fmt: skip
    numerals = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
    body = "\n\n".join(f"{numerals[i]}、{title}\n{text}" for i, (title, text) in enumerate(sections))
    return f"政府采购框架协议\n协议编号：{facts.reference}\n项目名称：{facts.title}\n\n{body}\n"
