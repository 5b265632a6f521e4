"""Providers and sealed bids built by the real services."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from catalogue.items.rules import LegalForm
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.services import NewDocument
from marketplace.accounts.sessions import actor_of
from marketplace.gateways.files import DocumentStore, FolderStore
from marketplace.kernel.clock import county_day
from marketplace.kernel.settings import Settings
from vendors.bids.contents import BidContents
from vendors.bids.rules import DECLARATIONS
from vendors.bids.services import seal_bid
from vendors.bids.traces import NO_TRACE, Trace
from vendors.providers.credit_codes import fresh_credit_code
from vendors.providers.paper_facts import PaperFacts
from vendors.providers.rules import PaperKind, needed_papers
from vendors.providers.services import NewPaper, NewProvider, ProviderDetails, add_paper, register_provider
from vendors.standing.services import NewStanding, record_standing

PASSWORD = "jintang-demo-2026"
PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"


@dataclass(frozen=True)
class AProvider:
    """A registered provider with its first account."""

    id: UUID
    reference: str
    actor: Actor
    username: str


def a_store(settings: Settings | None = None) -> DocumentStore:
    """The documents folder of the tests."""
    folder: Path = (settings or Settings.from_environment()).documents_folder
    return FolderStore(folder)


def new_provider(name: str, legal_form: str, username: str, **changed: Any) -> NewProvider:
    """A registration that passes every check; fields may be changed by name."""
    details = ProviderDetails(
        legal_representative="何芳", address="四川省成都市金堂县赵镇迎宾大道 1 号", contact="何芳 028-84932000",
        founded_on=date(2018, 5, 4),
    )  # fmt: skip
    new = NewProvider(
        name=name, credit_code=fresh_credit_code(f"{name}:{username}", legal_form), legal_form=legal_form,
        details=details, person_name="何芳", email=f"{username}@provider.example", username=username, password=PASSWORD,
    )  # fmt: skip
    return replace(new, **changed)


async def a_provider(
    now: datetime,
    name: str = "金堂县和美社会工作服务中心",
    legal_form: str = LegalForm.PRIVATE_NON_ENTERPRISE,
    username: str = "hemei",
    **changed: Any,
) -> AProvider:
    """A provider that has registered; its account signs in with the demo's password."""
    registered = await register_provider(new_provider(name, legal_form, username, **changed), now)
    actor = await actor_of(registered.person)
    assert actor is not None
    return AProvider(registered.provider, registered.reference, actor, username)


def said_by(kind: str, now: datetime) -> PaperFacts:
    """What a paper of this kind says: last year's inspection passed, a grade of this year."""
    if kind == PaperKind.ANNUAL_INSPECTION:
        return PaperFacts("passed", county_day(now).year - 1)
    return PaperFacts("3A", granted_on=county_day(now)) if kind == PaperKind.ASSESSMENT else PaperFacts()


async def a_full_file(provider: AProvider, legal_form: str, now: datetime) -> None:
    """Every paper that the legal form needs."""
    for kind in needed_papers(legal_form):
        file = NewDocument(f"{kind}.pdf", PDF + kind.encode() + b"\n%%EOF\n")
        until = county_day(now) + timedelta(days=400)
        await add_paper(NewPaper(kind, file, until, said_by(kind, now)), a_store(), provider.actor, now)


def some_contents(price: Decimal | None = Decimal("480000.00"), text: str = "按需求逐项落实的服务方案") -> BidContents:
    """A whole bid without attachments."""
    return BidContents(
        declarations=DECLARATIONS, qualification_text="符合全部资格条件。", technical_text=text, price=price
    )


async def a_sealed_bid(
    lot: UUID, provider: AProvider, now: datetime, contents: BidContents | None = None, trace: Trace = NO_TRACE
) -> str:
    """A bid sealed by the real service; gives the receipt number."""
    return await seal_bid(lot, contents or some_contents(), a_store(), provider.actor, now, trace)


async def a_standing(provider: UUID, now: datetime, grade: str = "excellent", **changed: Any) -> UUID:
    """A frozen evaluation of the county that counts for three years."""
    day = county_day(now)
    new = NewStanding(
        provider=provider, category="administrative", item_code="A02", evaluation_reference="PJ-2025-0001",
        contract_reference="HT-2025-0001", score=Decimal("92.50"), grade=grade, snapshot_sha256="a" * 64,
        counts_from=day, counts_until=day.replace(year=day.year + 3),
    )  # fmt: skip
    return await record_standing(replace(new, **changed), None, now)
