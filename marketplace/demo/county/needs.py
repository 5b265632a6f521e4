"""What is bought in the demo county: the facts of real published notices (without people) and the county's own needs.

Of the real ones the amounts, dates, quantities and conditions are as published; criteria, factors and bidders are not
published with them and are the demo's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from catalogue.listings.drafts import CriterionDraft
from marketplace.demo.notices import CRITERIA, REQUIREMENT, TITLE, TITLE_EN
from marketplace.kernel.clock import at_county_time


@dataclass(frozen=True)
class Need:
    """One listing as its buyer means it. Amounts in yuan, weights in points."""

    title: str
    title_en: str
    item: str
    budget: Decimal
    published_at: datetime
    closes_at: datetime
    service_from: date
    service_to: date
    requirement: str
    method: str = "consultation"
    quantity: Decimal = Decimal(1)
    unit: str = "项"
    factors: tuple[CriterionDraft, ...] = CRITERIA
    price_weight: Decimal = Decimal(20)
    deduction: Decimal = Decimal(10)
    past_performance: str = "none"
    bands: Mapping[str, Decimal] | None = None
    is_paid_monthly: bool = False
    qualification: str = "无"
    reservation_ground: str = "competition"
    long_term_reason: str = ""
    documents_from: datetime | None = None
    documents_until: datetime | None = None
    performance_bond: Decimal = Decimal(0)
    late_rate: Decimal | None = None


def _at(year: int, month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return at_county_time(date(year, month, day), hour, minute)


def _technical(title: str, points: int, bands: str) -> CriterionDraft:
    return CriterionDraft("technical", title, Decimal(points), bands)


STANDING_FACTORS = (
    _technical("服务方案", 45, "完整、可行 45 分；缺一项减 9 分，减完为止"),
    _technical("质量管理和应急措施", 15, "每有一项可执行的措施得 3 分，最多 15 分"),
    CriterionDraft("business", "项目人员", Decimal(15), "每有一名持证社会工作者得 3 分，最多 15 分", True),
    CriterionDraft("past_performance", "履约评价", Decimal(5), "按档次表"),
)
STANDING_GROUND = "服务方案由供应商自行设计，履约的好坏直接影响救助对象。"
STANDING_BANDS = {
    "excellent": Decimal(5), "good": Decimal(4), "none": Decimal(3), "fair": Decimal(2), "poor": Decimal(0),
}  # fmt: skip

N1 = Need(
    TITLE, TITLE_EN, "A02", Decimal("505000.00"), _at(2023, 12, 6), _at(2023, 12, 18, 14),
    date(2024, 1, 1), date(2024, 12, 31), REQUIREMENT, is_paid_monthly=True, performance_bond=Decimal(5),
    late_rate=Decimal(6),
)  # fmt: skip

AFTER_N1 = Need(  # the year after, paid once; another provider goes on with the residents
    TITLE, TITLE_EN, "A02", Decimal("480000.00"), _at(2024, 12, 4), _at(2024, 12, 16, 14),
    date(2025, 1, 1), date(2025, 12, 31), REQUIREMENT, method="under_limit", factors=STANDING_FACTORS,
    past_performance="county_standing", bands=STANDING_BANDS,
)  # fmt: skip

N3 = Need(
    "低收入家庭入户核查服务", "Home checks of households with low incomes", "A02", Decimal("860000.00"),
    _at(2022, 8, 5, 9), _at(2022, 8, 17, 10), date(2022, 9, 1), date(2022, 12, 31),
    """一、核查对象：共 3077 户，其中动态监测 1077 户、突发困难 2000 户。
二、工作组织：同时组成 24 个核查小组，每个小组配核查人员和驾驶人员，每个小组每个工作日核查不少于 8 户。
三、成果：每户一份核查表和六要素服务记录，由村（社区）确认。""",
    quantity=Decimal(3077), unit="户", qualification="不接受联合体。",
)  # fmt: skip

N4 = Need(
    "残疾居民排查和关爱服务", "Checks and help for disabled residents", "A07", Decimal("325000.00"),
    _at(2026, 2, 25), _at(2026, 3, 6, 10), date(2026, 4, 1), date(2027, 3, 31),
    """一、入户走访不少于 1600 户次（约 20000 名对象的 8%）。
二、跟踪服务不少于 500 人次，电话回访不少于 500 人次。
三、合同签订后 5 日内提交实施方案，每 6 个月提交一次工作报告。
四、投入服务的运行经费不少于 285000 元。""",
    method="under_limit", quantity=Decimal(1600), unit="户次", factors=STANDING_FACTORS,
    past_performance="county_standing", bands=STANDING_BANDS,
)  # fmt: skip

N5 = Need(
    "困难老年人居家照护服务", "Home care for older people in hardship", "S02", Decimal("7524000.00"),
    _at(2026, 2, 24), _at(2026, 3, 30, 10), date(2026, 5, 1), date(2028, 4, 30),
    """一、服务对象：经认定的困难老年人，按实际在册人数提供服务。
二、标准：每人每月 120 元，两年共 62700 人月；助洁、助餐、助医、陪伴照护，每次服务留六要素记录。
三、结算：按每月已审核的服务人数结算。""",
    method="open_tender", quantity=Decimal(62700), unit="人月", is_paid_monthly=True,
    long_term_reason="服务内容固定、连续性强，经费已列入两年预算安排。",
)  # fmt: skip

N6 = Need(
    "乡镇社会工作示范服务", "Demonstration social-work service in the towns", "A07", Decimal("190000.00"),
    _at(2026, 3, 12), _at(2026, 3, 25, 10), date(2026, 4, 15), date(2027, 4, 14),
    """一、在十个镇（街道）开展社会工作示范服务，受益人次不少于 6000。
二、链接社会资源，价值不少于合同金额的 10%，附资源清单和接收记录。
三、每半年报告一次服务进展。""",
    method="under_limit", quantity=Decimal(6000), unit="人次", factors=STANDING_FACTORS,
    past_performance="county_standing", bands=STANDING_BANDS,
    qualification="社会组织上一年度年检合格；当年新成立、尚未参加年检的除外。",
)  # fmt: skip

N7 = Need(
    "妇女关爱项目第三方评估", "Third-party evaluation of a project for women", "A05", Decimal("50000.00"),
    _at(2025, 10, 10), _at(2025, 10, 17, 11), date(2025, 11, 1), date(2026, 7, 31),
    """一、对项目开展第三方评估，电话回访不少于 120 人次。
二、2026 年 7 月底前提交评估报告和问题清单。""",
    method="under_limit", factors=STANDING_FACTORS, past_performance="county_standing", bands=STANDING_BANDS,
)  # fmt: skip

N8 = Need(
    "特困人员照料服务", "Care for people in extreme poverty", "S02", Decimal("300000.00"),
    _at(2025, 12, 29), _at(2026, 1, 3, 17), date(2026, 2, 1), date(2027, 1, 31),
    """一、生活能自理的特困人员：每周电话问候不少于 2 次，每月入户探访不少于 1 次。
二、失能的特困人员：保障一日三餐和个人照料。
三、每次服务留六要素记录，由村（社区）确认。""",
    method="under_limit", quantity=Decimal(6000), unit="服务小时", factors=STANDING_FACTORS,
    past_performance="county_standing", bands=STANDING_BANDS,
)  # fmt: skip
N8_AGAIN_AT, N8_AGAIN_CLOSES_AT = _at(2026, 1, 6), _at(2026, 1, 10, 17)

N9 = Need(
    "街道社会救助服务", "Social-assistance services of a sub-district", "A02", Decimal("1320000.00"),
    _at(2021, 12, 3, 13, 44), _at(2021, 12, 16, 13, 30), date(2022, 1, 1), date(2022, 12, 31), REQUIREMENT,
    documents_from=_at(2021, 12, 6), documents_until=_at(2021, 12, 10, 17),
)  # fmt: skip

FIRST = Need(  # the county's own year after N1
    TITLE, TITLE_EN, "A02", Decimal("505000.00"), _at(2025, 12, 1), _at(2025, 12, 18, 14),
    date(2026, 1, 1), date(2026, 12, 31), REQUIREMENT, is_paid_monthly=True,
)  # fmt: skip

# amounts as they are typical of county purchases of services; the needs are the demo's own
TO_DRAFT = Need(
    "社会救助政策宣传服务", "Public information on social assistance", "A04", Decimal("364900.00"),
    _at(2026, 3, 16), _at(2026, 3, 31, 10), date(2026, 5, 1), date(2027, 4, 30),
    "一、在二十四个村（社区）各组织不少于 4 场政策宣传。\n二、每场留签到、照片和意见记录。",
    method="under_limit", quantity=Decimal(96), unit="场", factors=STANDING_FACTORS,
    past_performance="county_standing", bands=STANDING_BANDS,
)  # fmt: skip
IN_REVIEW = Need(
    "救助对象心理疏导服务", "Psychological support for people who receive assistance", "S04", Decimal("487000.00"),
    _at(2026, 3, 17), _at(2026, 4, 10, 10), date(2026, 5, 1), date(2027, 4, 30),
    "一、为有需要的救助对象提供心理疏导，全年不少于 3000 服务小时。\n二、每名对象建立服务档案，结束时写小结。",
    method="under_limit", quantity=Decimal(3000), unit="服务小时", factors=STANDING_FACTORS,
    past_performance="county_standing", bands=STANDING_BANDS,
)  # fmt: skip
SUSPENDED = Need(
    "社会救助对象动态排查服务", "Finding people in need, the year round", "A01", Decimal("1118600.00"),
    _at(2026, 2, 26), _at(2026, 3, 20, 14), date(2026, 5, 1), date(2027, 4, 30),
    "一、按月排查在册和边缘家庭，全年不少于 12000 户次。\n二、形成台账，发现情况 3 日内推送镇（街道）。",
    quantity=Decimal(12000), unit="户次",
)  # fmt: skip
CLOSED = Need(
    "社会救助对象个案评估服务", "Individual assessment of people who receive assistance", "S01",
    Decimal("730000.00"), _at(2026, 3, 2), _at(2026, 3, 17, 14), date(2026, 5, 1), date(2027, 4, 30),
    "一、全年完成个案评估不少于 1200 人。\n二、每人一份评估报告，提出帮扶建议，由镇（街道）确认。",
    quantity=Decimal(1200), unit="人",
)  # fmt: skip
OPENED = Need(
    "救助对象能力发展服务", "Helping people who receive assistance to develop their abilities", "S03",
    Decimal("1000000.00"), _at(2026, 2, 25, 15), _at(2026, 3, 16, 14), date(2026, 5, 1), date(2027, 4, 30),
    "一、开展能力发展小组活动不少于 200 场，参加不少于 4000 人次。\n二、每场留签到、活动记录和意见。",
    quantity=Decimal(4000), unit="人次",
)  # fmt: skip
EVALUATED = Need(
    "镇村社会救助信息服务", "Social-assistance information work in towns and villages", "A08",
    Decimal("963100.00"), _at(2026, 2, 24, 11), _at(2026, 3, 10, 14), date(2026, 4, 1), date(2027, 3, 31),
    "一、按服务小时提供社会救助信息采集和政策咨询，全年不少于 18000 服务小时。\n二、每次服务留六要素记录。",
    quantity=Decimal(18000), unit="服务小时",
)  # fmt: skip
