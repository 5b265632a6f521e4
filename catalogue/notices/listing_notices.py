"""The notices that call for bids, in the order and words of the 2020 forms (R-PUB-02, R-DOC-01)."""

from __future__ import annotations

from decimal import Decimal

from catalogue.listings.drafts import Terms
from catalogue.listings.methods import MethodRow
from catalogue.listings.rules import GRADE_LABELS, METHOD_LABELS
from catalogue.notices.content import Block, Facts, Grid, Paper, facts, grid, text
from catalogue.notices.facts import InvitationFacts, ListingFacts, PrequalificationFacts
from catalogue.notices.kinds import Kind
from catalogue.notices.wording import (
    Part,
    contacts,
    day,
    finance_rows,
    moment,
    moments,
    money,
    numbered,
    period,
    title,
    yes_no,
)
from marketplace.kernel import formats
from marketplace.kernel.i18n import say
from marketplace.kernel.i18n import translate as _


def call_kind(row: MethodRow) -> Kind:
    """The notice that calls for bids under a method; a method without a form of its own invites."""
    return Kind(row.call)


def call(listing: ListingFacts) -> Paper:
    """招标公告, 竞争性磋商公告 or 比选公告: everything that a bidder must know to take part."""
    kind = call_kind(listing.method_row)
    parts = [
        _project(listing),
        _qualification(listing),
        _documents(listing),
        _handing_in(listing),
        *_period(listing, kind),
        _other(listing),
        (_("对本次采购提出询问，请按以下方式联系"), contacts(listing.buyer, listing.agency), "R-ASK-01"),
    ]
    return _paper(listing, kind, tuple(parts), _overview(listing))


def prequalification(asked: PrequalificationFacts) -> Paper:
    """资格预审公告: who may apply, until when, and how applicants are judged (R-TIME-06)."""
    listing = asked.listing
    most = "" if asked.most_qualified is None else formats.number(asked.most_qualified)
    judged = facts(
        (_("资格审查办法"), asked.method or _("合格制")),
        (_("合格供应商数量"), most or _("不限")),
    )
    parts: list[Part] = [
        _project(listing),
        _qualification(listing),
        (_("资格预审的审查标准和方法"), [judged], "R-TIME-06"),
        (_("领取资格预审文件"), _documents(listing)[1], "R-TIME-06"),
        (_("资格预审申请文件的提交"), [facts((_("截止时间"), moment(asked.applications_until)))], "R-TIME-06"),
        *_period(listing, Kind.PREQUALIFICATION),
        _other(listing),
        (_("对本次资格预审提出询问，请按以下方式联系"), contacts(listing.buyer, listing.agency), ""),
    ]
    return _paper(listing, Kind.PREQUALIFICATION, tuple(parts), ())


def invitation(asked: InvitationFacts) -> Paper:
    """投标（响应）邀请书 to one provider, with how it was chosen."""
    listing = asked.listing
    greeting = str(say("{invited}：", invited=asked.invited))
    asked_words = str(say("现邀请贵单位参加“{title}”采购活动，并按照采购文件编制和提交文件。", title=listing.title))
    parts: list[Part] = [
        _project(listing),
        _qualification(listing),
        _documents(listing),
        _handing_in(listing),
        *([(_("供应商的产生方式"), [text(asked.chosen_by)], "")] if asked.chosen_by else []),
        _other(listing),
        (_("对本次采购提出询问，请按以下方式联系"), contacts(listing.buyer, listing.agency), "R-ASK-01"),
    ]
    return _paper(listing, Kind.INVITATION, tuple(parts), (greeting, asked_words))


def _paper(listing: ListingFacts, kind: Kind, parts: tuple[Part, ...], preface: tuple[str, ...]) -> Paper:
    return Paper(
        kind=kind.value, title=title(listing.title, kind),
        number=listing.reference, issuer=listing.buyer.name, issued_on=day(listing.published_at) or "",
        sections=numbered(parts), preface=preface,
    )  # fmt: skip


def _overview(listing: ListingFacts) -> tuple[str, ...]:
    said = say(
        "{title}的潜在供应商应当在 {address} 免费获取采购文件，并于{closes}前提交投标（响应）文件。",
        title=listing.title, address=listing.address, closes=moment(listing.closes_at),
    )  # fmt: skip
    return (str(said),)


def _project(listing: ListingFacts) -> Part:
    rows = facts(
        (_("项目编号"), listing.reference),
        (_("项目名称"), listing.title),
        (_("采购方式"), _method(listing.method)),
        (_("购买主体"), listing.purchasing_body),
        (_("预算金额"), money(listing.budget)),
        (_("最高限价"), money(listing.ceiling) or _("与预算金额相同")),
        (_("合同履行期限"), period(listing.service_from, listing.service_to)),
        (_("使用单位"), _("、").join(listing.towns) or listing.buyer.name),
        (_("本项目是否接受联合体投标"), yes_no(listing.consortium)),
    )
    return (_("项目基本情况"), [rows, lots_table(listing), text(listing.requirement)], "R-DOC-03")


def _method(method: str) -> str:
    return _(dict[str, str](METHOD_LABELS).get(method, method))


def lots_table(listing: ListingFacts) -> Grid:
    """The packages with quantity and budget."""
    return grid(
        (_("包号"), _("采购包名称"), _("目录项目"), _("数量"), _("预算")),
        [
            (
                f"{lot.number:03d}", lot.title, lot.item, f"{formats.number(lot.quantity)} {lot.unit}",
                formats.money(lot.budget),
            )
            for lot in listing.lots
        ],
        right=(3, 4),
    )  # fmt: skip


def _qualification(listing: ListingFacts) -> Part:
    blocks: list[Block] = [
        text(
            _(
                "（一）满足《中华人民共和国政府采购法》第二十二条规定，没有被列入失信被执行人、重大税收违法失信主体、政府采购严重违法失信行为记录名单。"
            )
        ),
        text(str(say("（二）落实政府采购政策需满足的资格要求：{policy}", policy=listing.policy))),
        text(str(say("（三）可以提供本项目服务的法人类型：{forms}。", forms=_("、").join(listing.legal_forms)))),
        text(_("（四）本项目的特定资格要求："), listing.qualification),
    ]
    return (_("申请人的资格要求"), blocks, "R-ROLE-09")


def _documents(listing: ListingFacts) -> Part:
    begins_at = listing.documents_from or listing.published_at
    rows = facts(
        (_("时间"), moments(begins_at, listing.documents_until or listing.closes_at)),
        (_("地点（网址）"), listing.address),
        (_("方式"), _("在线获取电子文件，不要求登记和报名，不审查资格")),
        (_("售价"), _("免费")),
    )
    return (_("获取采购文件"), [rows], "R-DOC-07")


def _handing_in(listing: ListingFacts) -> Part:
    rows = facts(
        (_("截止时间"), moment(listing.closes_at)),
        (_("开启时间"), moment(listing.closes_at)),
        (_("地点（网址）"), listing.address),
        (_("提交方式"), _("在线加密提交；到了截止那一刻送达的就是迟到，不予接收")),
    )
    return (_("提交投标（响应）文件的截止时间、开启时间和地点"), [rows], "R-BID-01")


def _period(listing: ListingFacts, kind: Kind) -> list[Part]:
    if listing.notice_period is None:
        return []
    said = say("自本公告发布之日起 {days} 个工作日。", days=formats.number(listing.notice_period))
    clause = "R-TIME-02" if kind in (Kind.TENDER, Kind.PREQUALIFICATION) else "R-TIME-11"
    return [(_("公告期限"), [text(str(said))], clause)]


def _other(listing: ListingFacts) -> Part:
    # under the limit no medium is prescribed (R-METH-12)
    local = listing.method_row.is_local
    said = (
        _("本项目在采购限额标准以下，公告在本平台发布。")
        if local
        else _("本公告的法定发布媒介是四川政府采购网；与该网发布的内容不一致的，以该网为准。")
    )
    known_of_money = Facts(tuple(row for row in finance_rows(listing.finance).rows if row[1] is not None))
    return (_("其他补充事宜"), [text(said), _terms(listing), known_of_money], "R-METH-12" if local else "R-PUB-01")


def _terms(listing: ListingFacts) -> Facts:
    terms = listing.terms
    none = _("不收取")
    return facts(
        (_("投标（响应）保证金"), formats.money(terms.bid_deposit) if terms.bid_deposit else none),
        (_("履约保证金"), _share_of_contract(terms.performance_bond) or none),
        (_("预付款"), _share_of_contract(terms.advance_payment) or _("没有")),
        *_agreed_payment(terms),
        (_("分包"), _share_of_contract(terms.subcontract_share) or _("不允许")),
    )


def _agreed_payment(terms: Terms) -> list[tuple[str, str]]:
    """Time to pay and late interest, where the listing sets its own (R-PAY-02)."""
    rows = []
    if terms.payment_days:
        rows.append((_("付款期限"), str(say("自验收合格之日起 {days} 天", days=terms.payment_days))))
    if terms.late_rate:
        rows.append((_("逾期利率"), str(say("每年 {rate}", rate=formats.percent(terms.late_rate)))))
    if terms.handover_share:
        said = say("最后一次付款的 {share}，其余按期支付", share=formats.percent(terms.handover_share))
        rows.append((_("等移交完成的款项"), str(said)))
    if terms.renewal_years:
        grade = say(GRADE_LABELS[terms.renewal_grade])
        said = say(
            "可以续签 {years} 次，每次一年；上一年度绩效评价为“{grade}”及以上的才可以续签",
            years=terms.renewal_years, grade=grade,
        )  # fmt: skip
        rows.append((_("续签"), str(said)))
    return rows


def _share_of_contract(share: Decimal) -> str:
    return str(say("合同金额的 {share}", share=formats.percent(share))) if share else ""
