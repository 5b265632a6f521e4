"""What an edition of the directory must be: known categories, known legal forms, one code once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_


class Category(StrEnum):
    """The two kinds of items of the county's plan."""

    ADMINISTRATIVE = "administrative"
    SERVICE = "service"


CATEGORY_LABELS: dict[Category, str] = {
    Category.ADMINISTRATIVE: N_("事务性项目"),
    Category.SERVICE: N_("服务性项目"),
}


class LegalForm(StrEnum):
    """What a provider is in law."""

    SOCIAL_GROUP = "social_group"
    PRIVATE_NON_ENTERPRISE = "private_non_enterprise"
    FOUNDATION = "foundation"
    PUBLIC_INSTITUTION_1 = "public_institution_1"
    PUBLIC_INSTITUTION_2 = "public_institution_2"
    PUBLIC_INSTITUTION_BUSINESS = "public_institution_business"
    ENTERPRISE = "enterprise"


LEGAL_FORM_LABELS: dict[LegalForm, str] = {
    LegalForm.SOCIAL_GROUP: N_("社会团体"),
    LegalForm.PRIVATE_NON_ENTERPRISE: N_("民办非企业单位（社会服务机构）"),
    LegalForm.FOUNDATION: N_("基金会"),
    LegalForm.PUBLIC_INSTITUTION_1: N_("公益一类事业单位"),
    LegalForm.PUBLIC_INSTITUTION_2: N_("公益二类事业单位"),
    LegalForm.PUBLIC_INSTITUTION_BUSINESS: N_("生产经营类事业单位"),
    LegalForm.ENTERPRISE: N_("企业"),
}

# a public-welfare class-I institution may be neither buyer nor provider (R-GPS-03)
ELIGIBLE_LEGAL_FORMS: tuple[LegalForm, ...] = tuple(f for f in LegalForm if f is not LegalForm.PUBLIC_INSTITUTION_1)

FIRST_EDITION = Path(__file__).with_name("edition_2020.toml")
SECOND_EDITION_DRAFT = Path(__file__).with_name("edition_second_draft.toml")


@dataclass(frozen=True)
class NewItem:
    """One item of an edition to be published, in both languages."""

    code: str
    category: Category
    name: str
    name_en: str
    content: str
    content_en: str
    unit: str
    unit_en: str
    evidence: str
    evidence_en: str
    logs_visits: bool
    legal_forms: tuple[LegalForm, ...] = ELIGIBLE_LEGAL_FORMS


@dataclass(frozen=True)
class NewEdition:
    """An edition to be published, with the document it rests on."""

    name: str
    name_en: str
    document: str
    document_en: str
    effective_on: date


def check_edition(items: tuple[NewItem, ...]) -> None:
    """An edition has items, each code once, and admits no class-I institution. Raises DomainError."""
    if not items:
        raise DomainError(N_("目录里还没有项目。请至少列出一个项目再发布。"))
    codes = [item.code for item in items]
    if doubled := sorted({code for code in codes if codes.count(code) > 1}):
        raise DomainError(N_("项目编码重复：{codes}。每个编码只能用一次。"), codes=", ".join(doubled))
    for item in items:
        if LegalForm.PUBLIC_INSTITUTION_1 in item.legal_forms:
            raise DomainError(
                N_("{code} 列入了公益一类事业单位。公益一类事业单位不能承接政府购买服务，请去掉。"),
                clause="R-GPS-03",
                code=item.code,
            )


def read_edition(path: Path) -> tuple[NewEdition, tuple[NewItem, ...]]:
    """An edition that ships as a file."""
    with path.open("rb") as file:
        content: dict[str, Any] = tomllib.load(file)
    items = tuple(NewItem(**{**raw, "category": Category(raw["category"])}) for raw in content.pop("items"))
    return NewEdition(**content), items


def drafted_second_edition() -> tuple[NewItem, ...]:
    """The items of the second edition as drafted: those of the first, then the new ones. Not in force."""
    _, first = read_edition(FIRST_EDITION)
    with SECOND_EDITION_DRAFT.open("rb") as file:
        raw = tomllib.load(file)["items"]
    return (*first, *(NewItem(**{**item, "category": Category(item["category"])}) for item in raw))
