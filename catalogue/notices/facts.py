"""What the notices need to know, as plain data: whoever holds the facts fills these in, from whichever package."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from catalogue.listings.drafts import Terms
from catalogue.listings.methods import MethodRow


@dataclass(frozen=True)
class Contact:
    """How an office is reached; what nobody has entered is empty."""

    name: str
    address: str = ""
    phone: str = ""
    person: str = ""


@dataclass(frozen=True)
class LotFacts:
    """One package of a listing."""

    number: int
    title: str
    item: str
    quantity: Decimal
    unit: str
    budget: Decimal


@dataclass(frozen=True)
class FinanceFacts:
    """What finance asks to see on a listing's papers; an entry nobody made is empty."""

    budget_reference: str = ""
    budget_project_code: str = ""
    functional_code: str = ""
    economic_code: str = ""
    fund_source: str = ""
    procurement_item: str = ""
    directory_codes: str = ""
    plan_number: str = ""
    approval_number: str = ""
    industry: str = ""


@dataclass(frozen=True)
class ListingFacts:
    """A listing as its notice tells it. Periods are working days of the rule in force when it was published."""

    reference: str
    title: str
    method: str
    method_row: MethodRow
    purchasing_body: str
    buyer: Contact
    budget: Decimal
    ceiling: Decimal | None
    lots: tuple[LotFacts, ...]
    requirement: str
    qualification: str
    legal_forms: tuple[str, ...]
    policy: str
    service_from: date
    service_to: date
    published_at: datetime
    closes_at: datetime
    documents_until: datetime | None
    notice_period: Decimal | None
    address: str
    towns: tuple[str, ...] = ()
    terms: Terms = field(default_factory=Terms)
    agency: Contact | None = None
    documents_from: datetime | None = None
    finance: FinanceFacts = field(default_factory=FinanceFacts)

    @property
    def consortium(self) -> bool:
        """Whether several may bid together; a listing that says nothing admits them (R-ROLE-12)."""
        return self.terms.admits_consortium


@dataclass(frozen=True)
class IntendedPurchase:
    """One line of a published intention; the month is when buying is expected to begin."""

    title: str
    outline: str
    budget: Decimal
    expected: date
    note: str = ""


@dataclass(frozen=True)
class IntentionFacts:
    """What an office means to buy (R-TIME-01)."""

    reference: str
    buyer: Contact
    purchases: tuple[IntendedPurchase, ...]
    published_at: datetime


@dataclass(frozen=True)
class PrequalificationFacts:
    """A listing whose bidders are qualified beforehand (R-TIME-06)."""

    listing: ListingFacts
    applications_until: datetime
    most_qualified: int | None = None
    method: str = ""


@dataclass(frozen=True)
class InvitationFacts:
    """A listing to which one provider is invited, and how it was chosen."""

    listing: ListingFacts
    invited: str
    chosen_by: str = ""


@dataclass(frozen=True)
class ExpertOpinion:
    """What one expert says of a single source."""

    name: str
    office: str
    title: str
    opinion: str


@dataclass(frozen=True)
class SingleSourceFacts:
    """A purchase meant for one provider, shown for objections. The period is in working days."""

    reference: str
    title: str
    buyer: Contact
    description: str
    budget: Decimal
    reason: str
    provider: str
    provider_address: str
    opinions: tuple[ExpertOpinion, ...]
    published_at: datetime
    shown_until: date
    period: Decimal
    finance_office: Contact
    agency: Contact | None = None


@dataclass(frozen=True)
class Change:
    """One thing that a corrigendum changes."""

    subject: str
    before: str
    after: str


@dataclass(frozen=True)
class CorrigendumFacts:
    """A numbered version of a published listing. `target`: notice, documents or result."""

    reference: str
    title: str
    number: int
    first_published_at: datetime
    target: str
    changes: tuple[Change, ...]
    reason: str
    published_at: datetime
    closes_at: datetime | None
    buyer: Contact
    agency: Contact | None = None


@dataclass(frozen=True)
class AwardedLot:
    """The winner of one package and what it will do."""

    number: int
    title: str
    item: str
    quantity: str
    provider: str
    provider_address: str
    amount: Decimal
    total_score: Decimal | None
    is_small: bool | None = None


@dataclass(frozen=True)
class AwardFacts:
    """The published result of a listing."""

    reference: str
    title: str
    method: str
    lots: tuple[AwardedLot, ...]
    experts: tuple[str, ...]
    service: str
    standard: str
    published_at: datetime
    notice_period: Decimal
    buyer: Contact
    agency: Contact | None = None
    agency_fee: str = ""
    # of an invited tender whose list the buyer recommended in writing: each name with its reason (87 Art 69)
    recommended: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class TerminationFacts:
    """A listing that ended without an award, and why."""

    reference: str
    title: str
    reason: str
    clause: str
    published_at: datetime
    buyer: Contact
    agency: Contact | None = None


@dataclass(frozen=True)
class ContractFacts:
    """A signed contract as it is announced."""

    reference: str
    title: str
    listing_reference: str
    listing_title: str
    method: str
    buyer: Contact
    provider: Contact
    subject: str
    standard: str
    quantity: str
    unit_price: Decimal | None
    amount: Decimal
    service_from: date
    service_to: date
    place: str
    signed_at: datetime
    published_at: datetime
    terms_sha256: str


@dataclass(frozen=True)
class FindingFacts:
    """One requirement of a contract and what the acceptance found."""

    requirement: str
    finding: str
    note: str


@dataclass(frozen=True)
class AcceptanceFacts:
    """The accepted work of one milestone as it is announced (R-ACC-01)."""

    reference: str
    contract: ContractFacts
    milestone: str
    amount: Decimal
    hours: Decimal
    findings: tuple[FindingFacts, ...]
    opinions: str
    remarks: str
    accepted_by: str
    accepted_at: datetime
    # how the recipients drawn were heard, or why none was drawn (R-ACC-05)
    heard: str = ""
