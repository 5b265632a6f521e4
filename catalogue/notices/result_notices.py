"""Notices of what came of it: award, contract, acceptance (R-AWD-01, R-PUB-03, R-ACC-01)."""

from __future__ import annotations

from catalogue.listings.rules import METHOD_LABELS
from catalogue.notices.content import Block, Paper, facts, grid, text
from catalogue.notices.facts import AcceptanceFacts, AwardFacts, ContractFacts
from catalogue.notices.kinds import Kind
from catalogue.notices.wording import Part, contacts, day, known, money, numbered, period, title, yes_no
from marketplace.kernel import formats
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.i18n import translate as _

FINDINGS: dict[str, str] = {"met": N_("符合"), "met_with_remarks": N_("基本符合，有意见")}


def award(result: AwardFacts) -> Paper:
    """中标（成交）结果公告: who won, for how much, judged by whom."""
    winners = grid(
        (_("包号"), _("供应商名称"), _("供应商地址"), _("中标（成交）金额"), _("评审总得分")),
        [
            (
                f"{lot.number:03d}", lot.provider, lot.provider_address, formats.money(lot.amount),
                formats.number(lot.total_score) if lot.total_score is not None else _("不评分"),
            )
            for lot in result.lots
        ],
        right=(3, 4),
    )  # fmt: skip
    subjects = grid(
        (_("包号"), _("服务名称"), _("目录项目"), _("数量")),
        [(f"{lot.number:03d}", lot.title, lot.item, lot.quantity) for lot in result.lots],
        right=(3,),
    )
    small = [(lot.provider, yes_no(lot.is_small)) for lot in result.lots if lot.is_small is not None]
    period = say("自本公告发布之日起 {days} 个工作日。", days=formats.number(result.notice_period))
    parts: list[Part] = [
        (_("项目编号"), [text(result.reference)], ""),
        (_("项目名称"), [text(result.title)], ""),
        (_("中标（成交）信息"), [winners], "R-PUBL-01"),
        (_("主要标的信息"), [subjects, facts((_("服务时间"), result.service)), text(result.standard)], ""),
        (_("评审专家名单"), [text(_("、").join(result.experts) or _("无"))], "R-AWD-01"),
        (_("代理服务收费标准及金额"), [text(result.agency_fee or _("没有委托代理机构，不收费。"))], ""),
        (_("公告期限"), [text(str(period))], "R-TIME-16"),
        (_("其他补充事宜"), [text(_("供应商认为采购结果使自己的权益受到损害的，可以依法提出质疑。"))], ""),
        (_("对本次公告内容提出询问，请按以下方式联系"), contacts(result.buyer, result.agency), ""),
    ]
    if result.recommended:
        parts.insert(3, (_("采购人书面推荐的供应商名单和推荐理由"), [facts(*result.recommended)], "R-METH-10"))
    if small:
        parts.insert(4, (_("供应商是否为小型、微型企业"), [facts(*small)], "R-SME-02"))
    return _paper(Kind.AWARD, result.title, result.reference, (result.buyer.name, day(result.published_at)), parts)


def _paper(kind: Kind, of: str, number: str, issued: tuple[str, str | None], parts: list[Part]) -> Paper:
    return Paper(
        kind=kind.value, title=title(of, kind), number=number,
        issuer=issued[0], issued_on=issued[1] or "", sections=numbered(parts),
    )  # fmt: skip


def _contract_parts(contract: ContractFacts) -> list[Part]:
    parties: list[Block] = [
        facts(
            (_("采购人（甲方）"), contract.buyer.name), (_("地址"), known(contract.buyer.address)),
            (_("联系方式"), known(contract.buyer.phone)),
        ),
        facts(
            (_("供应商（乙方）"), contract.provider.name), (_("地址"), known(contract.provider.address)),
            (_("联系方式"), known(contract.provider.phone)),
        ),
    ]  # fmt: skip
    main = facts(
        (_("主要标的名称"), contract.subject),
        (_("主要标的数量"), contract.quantity),
        (_("主要标的单价"), money(contract.unit_price)),
        (_("合同金额"), money(contract.amount)),
        (_("履约期限"), period(contract.service_from, contract.service_to)),
        (_("履约地点"), known(contract.place)),
        (_("采购方式"), _(dict[str, str](METHOD_LABELS).get(contract.method, contract.method))),
    )
    return [
        (_("合同编号"), [text(contract.reference)], ""),
        (_("合同名称"), [text(contract.title)], ""),
        (_("项目编号"), [text(contract.listing_reference)], ""),
        (_("项目名称"), [text(contract.listing_title)], ""),
        (_("合同主体"), parties, ""),
        (_("合同主要信息"), [main, text(_("服务要求："), contract.standard)], "R-GPS-09"),
    ]


def contract_notice(contract: ContractFacts) -> Paper:
    """政府采购合同公告: the contract with its parties, price and term (R-PUB-03)."""
    parts: list[Part] = [
        *_contract_parts(contract),
        (_("合同签订日期"), [text(day(contract.signed_at) or "")], "R-TIME-17"),
        (_("合同公告日期"), [text(day(contract.published_at) or "")], "R-PUB-03"),
        (
            _("其他补充事宜"),
            [text(str(say("合同文本的 SHA-256：{hash}", hash=contract.terms_sha256)))],
            "",
        ),
    ]
    issued = (contract.buyer.name, day(contract.published_at))
    return _paper(Kind.CONTRACT, contract.title, contract.reference, issued, parts)


def acceptance(done: AcceptanceFacts) -> Paper:
    """公共服务项目验收结果公告: what was asked, what was found, what the served people say (R-ACC-01)."""
    found = grid(
        (_("序号"), _("合同要求"), _("验收结论"), _("说明")),
        [
            (str(n), each.requirement, _(FINDINGS.get(each.finding, each.finding)), each.note)
            for n, each in enumerate(done.findings, start=1)
        ],
    )
    rows = facts(
        (_("验收节点"), done.milestone),
        (_("验收金额"), money(done.amount)),
        (_("审核服务时数"), str(say("{hours} 小时", hours=formats.number(done.hours)))),
    )
    parts: list[Part] = [
        *_contract_parts(done.contract),
        (_("验收日期"), [text(day(done.accepted_at) or "")], "R-ACC-01"),
        (_("验收组成员"), [text(done.accepted_by)], ""),
        (_("验收意见"), [rows, found], "R-ACC-01"),
        (_("服务对象的意见"), [*([text(done.heard)] if done.heard else []), text(done.opinions)], "R-ACC-01"),
        (_("其他补充事宜"), [text(done.remarks or _("无"))], ""),
    ]
    issued = (done.contract.buyer.name, day(done.accepted_at))
    return _paper(Kind.ACCEPTANCE, done.contract.title, done.reference, issued, parts)
