"""Who stands behind a provider, and who helped to prepare a project."""

from __future__ import annotations

from piccolo.columns import UUID, Date, ForeignKey, Numeric, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from catalogue.listings.tables import Listing
from marketplace.accounts.people.tables import Person
from vendors.providers.tables import Provider


class RelatedParty(Table):
    """A person or body behind a provider, as the provider declares it; one that ended stays with its day."""

    id = UUID(primary_key=True, default=UUID4())
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    kind = Varchar(20, default=None, null=False)
    name = Varchar(120, default=None, null=False, index=True)
    # a body's unified social credit code
    credit_code = Varchar(18, default="", null=False, index=True)
    # the last four characters of a person's identity number: tells namesakes apart and says nothing else
    identity_mark = Varchar(4, default="", null=False)
    share = Numeric((5, 2), default=None, null=True)
    since = Date(default=None, null=True)
    entered_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    entered_at = Timestamptz(default=None, null=False)
    ended_at = Timestamptz(default=None, null=True)

    related_kind_known = Check("kind IN ('responsible', 'holder', 'holding', 'managed_by', 'manages')")
    related_share_fits = Check("share > 0 AND share <= 100")


class ProjectHelper(Table):
    """Who designed, specified, managed, supervised, tested, evaluated or researched a project (R-ROLE-08)."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    kind = Varchar(20, default=None, null=False)
    # the same project by law; a whole programme only where the listing prints it
    scope = Varchar(20, default="project", null=False)
    name = Varchar(120, default=None, null=False)
    credit_code = Varchar(18, default=None, null=False, index=True)
    source = Varchar(200, default=None, null=False)
    entered_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    entered_at = Timestamptz(default=None, null=False)
    # once the bids are in, a second person confirms a record, and the taking back of one
    confirmed_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    confirmed_at = Timestamptz(default=None, null=True)
    end_asked_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    end_asked_at = Timestamptz(default=None, null=True)
    ended_at = Timestamptz(default=None, null=True)

    helper_confirmed_by_another = Check("confirmed_by <> entered_by")
    helper_kind_known = Check(
        "kind IN ('design', 'specification', 'management', 'supervision', 'testing', 'evaluation', 'research')"
    )
    helper_scope_known = Check("scope IN ('project', 'programme')")
