"""The templates that ship with the house: one for each item of the directory, read from files into types."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from catalogue.listings.drafts import CriterionDraft, Indicator, Quantity, Requirement, SourceShare

FOLDER = Path(__file__).with_name("templates")
COMMON = "common"


@dataclass(frozen=True)
class Payment:
    """A share (percent) due when so many percent of the service period are over."""

    title: str
    share: Decimal
    after: Decimal
    evidence: str


@dataclass(frozen=True)
class ListingTemplate:
    """A listing of one item as somebody who knows the field would begin it."""

    code: str
    title: str
    lot: str
    quantity: Decimal
    unit: str
    need: Requirement
    criteria: tuple[CriterionDraft, ...]
    price_weight: Decimal
    small_micro_deduction: Decimal
    qualification: str
    handover: str
    payments: tuple[Payment, ...]
    monthly_evidence: str


@cache
def templates() -> dict[str, ListingTemplate]:
    """Every template by the code of its item, in the order of the directory."""
    common = _read(FOLDER / f"{COMMON}.toml")
    files = sorted(path for path in FOLDER.glob("*.toml") if path.stem != COMMON)
    return {path.stem: _template(_read(path), common) for path in files}


def _read(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return tomllib.load(file)


def _template(raw: dict[str, Any], common: dict[str, Any]) -> ListingTemplate:
    plan = {"kind": "technical", "title": "服务方案", "points": 35, "bands": raw["plan"]}
    sources = tuple(SourceShare(each, Decimal(weight)) for each, weight in common["sources"])
    return ListingTemplate(
        code=raw["code"], title=raw["title"], lot=raw["lot"], quantity=Decimal(raw["quantity"]), unit=raw["unit"],
        need=_need(raw, sources), criteria=tuple(_criterion(each) for each in (plan, *common["criteria"])),
        price_weight=Decimal(common["price_weight"]), small_micro_deduction=Decimal(common["small_micro_deduction"]),
        qualification=common["qualification"], handover=common["handover"].strip(),
        payments=tuple(Payment(title, Decimal(share), Decimal(after), evidence)
                       for title, share, after, evidence in raw.get("payments", ())),
        monthly_evidence=raw.get("monthly", ""),
    )  # fmt: skip


def _need(raw: dict[str, Any], sources: tuple[SourceShare, ...]) -> Requirement:
    texts = {name: raw[name].strip() for name in ("problem", "users", "standard", "evidence", "acceptance")}
    return Requirement(
        raw["services"].strip(), **texts, sources=sources,
        quantities=tuple(Quantity(what, Decimal(n), unit, times) for what, n, unit, times in raw["quantities"]),
        indicators=tuple(
            Indicator(title, target, Decimal(n), source, group, way)
            for title, target, n, source, group, way in raw["indicators"]
        ),
    )  # fmt: skip


def _criterion(raw: dict[str, Any]) -> CriterionDraft:
    return CriterionDraft(
        raw["kind"], raw["title"], Decimal(raw["points"]), raw["bands"].strip(), raw.get("is_objective", False)
    )
