"""Named fields of a listing: what a county's template may name and what the platform may be sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from catalogue.listings.rules import METHOD_LABELS
from catalogue.notices.facts import ListingFacts
from marketplace.kernel import formats
from marketplace.kernel.i18n import N_


@dataclass(frozen=True)
class NamedField:
    """One field: its words, and how it is read from a listing; texts as the provincial platform takes them."""

    label: str
    read: Callable[[ListingFacts], str]


def _moment(value: datetime | None) -> str:
    return "" if value is None else f"{value.astimezone(formats.COUNTY_ZONE):%Y-%m-%d %H:%M:%S}"


def _number(value: object) -> str:
    return "" if value is None else str(value)


FIELDS: dict[str, NamedField] = {
    "project_number": NamedField(N_("项目编号"), lambda f: f.reference),
    "project_name": NamedField(N_("项目名称"), lambda f: f.title),
    "method": NamedField(N_("采购方式"), lambda f: dict[str, str](METHOD_LABELS).get(f.method, f.method)),
    "purchasing_body": NamedField(N_("购买主体"), lambda f: f.purchasing_body),
    "buyer": NamedField(N_("采购人"), lambda f: f.buyer.name),
    "buyer_address": NamedField(N_("采购人地址"), lambda f: f.buyer.address),
    "buyer_person": NamedField(N_("采购人联系人"), lambda f: f.buyer.person),
    "buyer_phone": NamedField(N_("采购人联系电话"), lambda f: f.buyer.phone),
    "agency": NamedField(N_("采购代理机构"), lambda f: f.agency.name if f.agency else ""),
    "budget": NamedField(N_("预算金额（元）"), lambda f: _number(f.budget)),
    "ceiling": NamedField(N_("最高限价（元）"), lambda f: _number(f.ceiling or f.budget)),
    "lots": NamedField(N_("采购包"), lambda f: "；".join(f"{lot.number:03d} {lot.title}" for lot in f.lots)),
    "requirement": NamedField(N_("采购需求"), lambda f: f.requirement),
    "qualification": NamedField(N_("特定资格要求"), lambda f: f.qualification),
    "policy": NamedField(N_("政府采购政策"), lambda f: f.policy),
    "consortium": NamedField(N_("是否接受联合体"), lambda f: "是" if f.consortium else "否"),
    "service_from": NamedField(N_("服务开始日"), lambda f: f.service_from.isoformat()),
    "service_to": NamedField(N_("服务结束日"), lambda f: f.service_to.isoformat()),
    "towns": NamedField(N_("使用单位"), lambda f: "、".join(f.towns)),
    "published_at": NamedField(N_("公告发布时间"), lambda f: _moment(f.published_at)),
    "documents_until": NamedField(N_("采购文件获取截止时间"), lambda f: _moment(f.documents_until)),
    "closes_at": NamedField(N_("提交截止时间"), lambda f: _moment(f.closes_at)),
    "notice_days": NamedField(N_("公告期限（工作日）"), lambda f: _number(f.notice_period)),
    "web_address": NamedField(N_("公告网址"), lambda f: f.address),
    "budget_reference": NamedField(N_("预算编号"), lambda f: f.finance.budget_reference),
    "budget_project_code": NamedField(N_("预算项目代码"), lambda f: f.finance.budget_project_code),
    "functional_code": NamedField(N_("功能科目"), lambda f: f.finance.functional_code),
    "economic_code": NamedField(N_("经济分类"), lambda f: f.finance.economic_code),
    "fund_source": NamedField(N_("资金来源"), lambda f: f.finance.fund_source),
    "procurement_item": NamedField(N_("采购品目"), lambda f: f.finance.procurement_item),
    "directory_codes": NamedField(N_("政府购买服务目录代码"), lambda f: f.finance.directory_codes),
    "plan_number": NamedField(N_("采购计划号"), lambda f: f.finance.plan_number),
    "approval_number": NamedField(N_("批准文号"), lambda f: f.finance.approval_number),
    "industry": NamedField(N_("所属行业"), lambda f: f.finance.industry),
}


def field_values(listing: ListingFacts) -> dict[str, str]:
    """Every named field of a listing; what is not known is empty."""
    return {name: field.read(listing) for name, field in FIELDS.items()}
