"""磋商记录: who was met when and what changed, then the last prices asked by the same moment. Pure, and Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.notices.content import Paper, Section, Signatures, facts, grid, text
from catalogue.notices.wording import day
from evaluations.consultations.rules import KIND_LABELS
from evaluations.consultations.rules import Kind as Changed
from evaluations.papers.content import BLANK, About, Kind, made, project_facts
from marketplace.kernel.formats import moment, money

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Consultation:
    """How a consultation went: who was asked by when, and what came; prices only where the reader may see them."""

    bids: Sequence[Row]
    asked_at: datetime | None
    until: datetime | None
    shows_prices: bool
    meetings: Mapping[UUID, Sequence[Row]] = field(default_factory=dict)
    changes: Sequence[Row] = ()


def consultation_record(about: About, went: Consultation, issued_on: datetime) -> Paper:
    """磋商记录: receipt without prices, each bidder apart, then the final prices asked by the same moment."""
    received = [(str(b["lot_number"]), b["provider_name"], _reviewed(b)) for b in went.bids]
    sections = [
        Section(
            "一、项目", (project_facts(about), facts(("首次响应文件提交截止时间", moment(about.closes_at)))),
        ),
        Section(
            "二、响应文件和审查",
            (text("响应文件不公开报价。"), grid(("包号", "供应商名称", "资格审查和符合性审查"), received)),
            "R-CONS-01",
        ),
        Section(
            "三、分别磋商",
            (
                text(
                    "磋商小组集中与单一供应商分别磋商，没有透露其他供应商的技术资料、价格和其他信息。"
                    "对采购需求作实质性变动的，经采购人代表确认，同时书面通知所有参加磋商的供应商。"
                ),
                grid(("供应商名称", "磋商时间", "磋商内容和变动", "供应商代表签名"), _met(went)),
                *_changed(went),
            ),
            "R-BID-07",
        ),
        _final_prices(went),
        Section("五、签名", (Signatures(("磋商小组成员", "磋商小组成员", "磋商小组成员", "采购人代表", "记录人")),)),
    ]  # fmt: skip
    return made(Kind.CONSULTATION, about, day(issued_on) or "", sections)


def _met(went: Consultation) -> list[tuple[str, ...]]:
    """Each meeting that was recorded; of a bidder without one an empty line to fill in by hand."""
    rows: list[tuple[str, ...]] = []
    for bid in went.bids:
        if not _takes_part(bid):
            continue
        for m in went.meetings.get(bid["id"], ()):
            signed = f"{m['spoke_for']}（{moment(m['confirmed_at'])} 确认）" if m["confirmed_at"] else BLANK
            rows.append((bid["provider_name"], moment(m["held_at"]), m["words"], signed))
        if not went.meetings.get(bid["id"]):
            rows.append((bid["provider_name"], BLANK, BLANK, BLANK))
    return rows


def _changed(went: Consultation) -> list[Any]:
    confirmed = [c for c in went.changes if c["confirmed_at"]]
    if not confirmed:
        return []
    rows = [
        (str(c["number"]), KIND_LABELS[Changed(c["kind"])], c["words"],
         f"{c['confirmed_by_name']}，{moment(c['confirmed_at'])}")
        for c in confirmed
    ]  # fmt: skip
    return [grid(("序号", "变动的是", "内容", "采购人代表确认并同时通知"), rows)]


def _reviewed(bid: Row) -> str:
    if bid["is_qualified"] is None:
        return "尚未审查"
    if not bid["is_qualified"]:
        return f"不合格：{bid['qualification_reason']}"
    if bid["is_conforming"] is None:
        return "合格"
    return "合格，符合" if bid["is_conforming"] else f"合格，不符合：{bid['conformity_reason']}"


def _takes_part(bid: Row) -> bool:
    """Consulted and asked for a last price: qualified, and not found otherwise than conforming (214 Art 16, 17)."""
    return bool(bid["is_qualified"]) and bid["is_conforming"] is not False


def _final_prices(went: Consultation) -> Section:
    heading, clause = "四、最后报价", "R-CONS-01"
    if went.until is None:
        return Section(heading, (text("尚未要求最后报价。"),), clause)
    asked = facts(
        ("要求最后报价的时间", moment(went.asked_at)),
        ("最后报价截止时间（每一家相同）", moment(went.until)),
    )
    if not went.shows_prices:
        return Section(heading, (asked, text("最后报价尚未开启。")), clause)
    prices = [
        (
            str(b["lot_number"]),
            b["provider_name"],
            money(b["final_price"]) if b["final_price"] is not None else "没有提交，视为退出磋商",
        )
        for b in went.bids
        if _takes_part(b)
    ]
    return Section(heading, (asked, grid(("包号", "供应商名称", "最后报价"), prices, (2,))), clause)
