"""A made-up listing and paper with a block of every shape: what a new template is tried with."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from catalogue.listings.methods import newest_row
from catalogue.notices.content import Paper, Section, Signatures, facts, grid, text
from catalogue.notices.facts import Contact, FinanceFacts, ListingFacts, LotFacts


def sample_listing() -> ListingFacts:
    """A listing that does not exist."""
    return ListingFacts(
        reference="JT-0000-0000", title="样本项目 <&>", method="consultation",
        method_row=newest_row("consultation"), purchasing_body="样本县人民政府",
        buyer=Contact("样本镇人民政府", "样本路 1 号", "000-00000000", "样本"), budget=Decimal("100.00"), ceiling=None,
        lots=(LotFacts(1, "样本包", "A01 样本", Decimal(1), "项", Decimal("100.00")),), requirement="样本需求",
        qualification="无", legal_forms=("企业",), policy="样本", service_from=date(2000, 1, 1),
        service_to=date(2000, 12, 31), published_at=datetime(2000, 1, 1, tzinfo=UTC),
        closes_at=datetime(2000, 1, 31, tzinfo=UTC), documents_until=None, notice_period=None,
        address="https://county.example/listings/JT-0000-0000", finance=FinanceFacts(),
    )  # fmt: skip


def sample_paper(kind: str) -> Paper:
    """A paper with every shape of block, a blank and a chapter."""
    blocks = (
        text("样本段落"),
        facts(("样本项", "样本值"), ("没有填写", None)),
        grid(("列一", "列二"), [("甲", "乙")]),
        Signatures(("样本单位",)),
    )
    sections = (Section("第一章　样本", (), level=1), Section("一、样本", blocks))
    return Paper(kind, "样本文书", "JT-0000-0000", "样本镇人民政府", "2000年1月1日", sections, ("样本前言",))
