"""Providers: one registration, a checked unified social credit code, a legal form, papers that stay current."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Bytea, Date, ForeignKey, Integer, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from marketplace.accounts.documents.tables import Document
from marketplace.accounts.people.tables import Organisation


class Provider(Table):
    """Who may serve. `file_status` says in one word what its pre-checks say; it shuts nobody out (R-QUAL-01)."""

    id = UUID(primary_key=True, default=UUID4())
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, unique=True)
    reference = Varchar(40, default=None, null=False, unique=True)
    credit_code = Varchar(18, default=None, null=False, unique=True)
    legal_form = Varchar(40, default=None, null=False)
    legal_representative = Varchar(80, default="", null=False)
    address = Varchar(200, default="", null=False)
    # a person and a telephone number: encrypted (kernel/private_columns)
    contact = Varchar(1000, default="", null=False)
    founded_on = Date(default=None, null=True)
    is_small_micro = Boolean(default=False, null=False)
    is_medium = Boolean(default=False, null=False)
    introduction = Text(default="", null=False)
    # name, pinyin, initials and code in one text, so that a search finds any of them
    search_text = Text(default="", null=False)
    file_status = Varchar(20, default="open", null=False)
    registered_at = Timestamptz(default=None, null=False)

    provider_legal_form_known = Check(
        "legal_form IN ('social_group', 'private_non_enterprise', 'foundation', 'public_institution_1',"
        " 'public_institution_2', 'public_institution_business', 'enterprise', 'exempt_body',"
        " 'public_institution_pending', 'sector_body', 'mass_organisation', 'rural_collective', 'self_governing',"
        " 'other_body')"
    )
    provider_file_status_known = Check("file_status IN ('open', 'submitted', 'checked', 'returned')")
    # social organisations and institutions are not enterprises and have no small-enterprise deduction (R-SME-02)
    provider_small_micro_is_enterprise = Check("NOT is_small_micro OR legal_form = 'enterprise'")
    # a medium enterprise has no price deduction, but the payment clock of the smaller ones (R-PAY-02)
    provider_medium_is_enterprise = Check("NOT is_medium OR (legal_form = 'enterprise' AND NOT is_small_micro)")


class ProviderPaper(Table):
    """A paper in a provider's file, with the day it runs out and what it says."""

    id = UUID(primary_key=True, default=UUID4())
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    kind = Varchar(40, default=None, null=False)
    document = ForeignKey(Document, null=False, on_delete=OnDelete.restrict, index=True)
    valid_until = Date(default=None, null=True)
    # what it says: the conclusion and year of an annual inspection, the grade and day of an assessment
    result = Varchar(10, default="", null=False)
    covers_year = Integer(default=None, null=True)
    granted_on = Date(default=None, null=True)
    added_at = Timestamptz(default=None, null=False)
    # a newer paper of the same kind, or the provider, took it out of the file; the paper itself stays
    ended_at = Timestamptz(default=None, null=True)

    provider_paper_result_known = Check(
        "result = '' OR (kind = 'annual_inspection' AND result IN ('passed', 'basic', 'failed'))"
        " OR (kind = 'assessment' AND result IN ('5A', '4A', '3A', '2A', '1A'))"
    )


class LegalRepresentativeFacts(Table):
    """The legal representative beyond the name: the mark tells namesakes apart, the telephone is for the buyer."""

    id = UUID(primary_key=True, default=UUID4())
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, unique=True)
    position = Varchar(40, default=None, null=False)
    # encrypted (kernel/private_columns)
    phone = Varchar(300, default=None, null=False)
    # the last four characters of the identity number
    identity_mark = Varchar(4, default=None, null=False)
    changed_at = Timestamptz(default=None, null=False)


class PhoneMark(Table):
    """One telephone number of a provider, to be found again by its whole; the number itself is not here."""

    id = UUID(primary_key=True, default=UUID4())
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    source = Varchar(20, default=None, null=False)
    mark = Bytea(default=b"", null=False, index=True)

    phone_mark_source_known = Check("source IN ('contact', 'representative')")
