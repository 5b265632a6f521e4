"""入围结果公告 of a closed framework: who came in, at which price or points, by which working (R-FRM-02)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from catalogue.notices.content import Paper, facts, grid, text
from catalogue.notices.facts import Contact
from catalogue.notices.kinds import Kind
from catalogue.notices.wording import Part, contacts, day, numbered, title
from marketplace.kernel import formats
from marketplace.kernel.i18n import say
from marketplace.kernel.i18n import translate as _


@dataclass(frozen=True)
class Place:
    """One provider that came in; points only where quality decides. Unit price in yuan."""

    position: int
    provider: str
    address: str
    unit_price: Decimal
    points: Decimal | None


@dataclass(frozen=True)
class AdmittedLot:
    """A lot with its providers in their order; `working` says how many were eliminated and by which numbers."""

    number: int
    title: str
    measure: str
    working: str
    places: tuple[Place, ...]
    draw: str = ""


@dataclass(frozen=True)
class AdmissionFacts:
    """The announced result of a framework's first stage."""

    reference: str
    title: str
    basis: str
    lots: tuple[AdmittedLot, ...]
    experts: tuple[str, ...]
    term: str
    published_at: datetime
    notice_period: Decimal
    buyer: Contact
    agency: Contact | None = None
    agency_fee: str = ""


def admission_notice(result: AdmissionFacts) -> Paper:
    """The notice; who was eliminated is not named in it (R-PUBL-01)."""
    period = say("自本公告发布之日起 {days} 个工作日。", days=formats.number(result.notice_period))
    parts: list[Part] = [
        (_("项目编号"), [text(result.reference)], ""),
        (_("项目名称"), [text(result.title)], ""),
        (_("评审方法"), [text(_(result.basis))], "R-FRM-02"),
        *(_lot(lot) for lot in result.lots),
        (_("框架协议期限"), [text(result.term)], "R-FRM-04"),
        (_("评审专家名单"), [text(_("、").join(result.experts) or _("无"))], "R-AWD-01"),
        (_("代理服务收费标准及金额"), [text(result.agency_fee or _("没有委托代理机构，不收费。"))], ""),
        (_("公告期限"), [text(str(period))], "R-TIME-16"),
        (_("其他补充事宜"), [text(_("供应商认为采购结果使自己的权益受到损害的，可以依法提出质疑。"))], ""),
        (_("对本次公告内容提出询问，请按以下方式联系"), contacts(result.buyer, result.agency), ""),
    ]
    return Paper(
        kind=Kind.ADMISSION.value, title=title(result.title, Kind.ADMISSION), number=result.reference,
        issuer=result.buyer.name, issued_on=day(result.published_at) or "", sections=numbered(parts),
    )  # fmt: skip


def _lot(lot: AdmittedLot) -> Part:
    by_points = any(place.points is not None for place in lot.places)
    table = grid(
        (_("排序"), _("供应商名称"), _("供应商地址"), _("协议单价"), *((_("评审总得分"),) if by_points else ())),
        [
            (
                str(place.position), place.provider, place.address,
                _("%(price)s / %(unit)s") % {"price": formats.money(place.unit_price), "unit": lot.measure},
                *((formats.number(place.points or 0),) if by_points else ()),
            )
            for place in lot.places
        ],
        right=(0, 3, 4) if by_points else (0, 3),
    )  # fmt: skip
    line = (_("怎样算出来的"), lot.working)
    found = [line, _last_one(lot, by_points)] if lot.places else [line]
    if lot.draw:
        found.append((_("抽签记录"), lot.draw))
    words = _("第 %(number)s 包 %(title)s 入围供应商") % {"number": f"{lot.number:03d}", "title": lot.title}
    return words, [table, facts(*found)], "R-FRM-02"


def _last_one(lot: AdmittedLot, by_points: bool) -> tuple[str, str]:
    """The line between in and out, which the notice has to say."""
    if by_points:
        return _("最低入围分值"), formats.number(min(place.points or Decimal(0) for place in lot.places))
    return _("最高入围价格"), formats.money(max(place.unit_price for place in lot.places))
