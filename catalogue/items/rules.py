"""What an edition of the directory must be: known categories, known legal forms, one code once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
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
    EXEMPT_BODY = "exempt_body"
    PUBLIC_INSTITUTION_PENDING = "public_institution_pending"
    SECTOR_BODY = "sector_body"
    MASS_ORGANISATION = "mass_organisation"
    RURAL_COLLECTIVE = "rural_collective"
    SELF_GOVERNING = "self_governing"
    OTHER_BODY = "other_body"


LEGAL_FORM_LABELS: dict[LegalForm, str] = {
    LegalForm.SOCIAL_GROUP: N_("社会团体"),
    LegalForm.PRIVATE_NON_ENTERPRISE: N_("民办非企业单位（社会服务机构）"),
    LegalForm.FOUNDATION: N_("基金会"),
    LegalForm.PUBLIC_INSTITUTION_1: N_("公益一类事业单位"),
    LegalForm.PUBLIC_INSTITUTION_2: N_("公益二类事业单位"),
    LegalForm.PUBLIC_INSTITUTION_BUSINESS: N_("生产经营类事业单位"),
    LegalForm.ENTERPRISE: N_("企业"),
    LegalForm.EXEMPT_BODY: N_("经国务院批准免予登记的社会团体"),
    LegalForm.PUBLIC_INSTITUTION_PENDING: N_("类别尚未确定的事业单位"),
    LegalForm.SECTOR_BODY: N_("在行业主管部门登记的机构"),
    LegalForm.MASS_ORGANISATION: N_("使用事业编制、由财政拨款保障的群团组织"),
    LegalForm.RURAL_COLLECTIVE: N_("农村集体经济组织"),
    LegalForm.SELF_GOVERNING: N_("基层群众性自治组织"),
    LegalForm.OTHER_BODY: N_("其他组织"),
}

# class-I institutions and mass organisations on the establishment may be neither buyer nor provider (R-GPS-03)
NEVER_PROVIDERS = frozenset({LegalForm.PUBLIC_INSTITUTION_1, LegalForm.MASS_ORGANISATION})
# Order 102 admits them, the county's plan does not name them (R-SEED-09): an edition may, the default does not
NOT_IN_THE_PLAN = frozenset({LegalForm.RURAL_COLLECTIVE, LegalForm.SELF_GOVERNING, LegalForm.OTHER_BODY})
ELIGIBLE_LEGAL_FORMS: tuple[LegalForm, ...] = tuple(
    form for form in LegalForm if form not in NEVER_PROVIDERS and form not in NOT_IN_THE_PLAN
)

_NEVER_LISTED: dict[LegalForm, str] = {
    LegalForm.PUBLIC_INSTITUTION_1: N_("{code} 列入了公益一类事业单位。公益一类事业单位不能承接政府购买服务，请去掉。"),
    LegalForm.MASS_ORGANISATION: N_(
        "{code} 列入了使用事业编制、由财政拨款保障的群团组织。它们不能承接政府购买服务，请去掉。"
    ),
}

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
        for form, words in _NEVER_LISTED.items():
            if form in item.legal_forms:
                raise DomainError(words, clause="R-GPS-03", code=item.code)


@cache
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
