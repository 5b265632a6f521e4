"""Winners who did not sign their contract, and everybody who bid together with them."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, ForeignKey, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.listings.tables import Listing, ListingLot
from marketplace.accounts.people.tables import Person
from vendors.providers.tables import Provider


class AwardRefusal(Table):
    """A winner that does not sign: stated by itself, or recorded by the buyer once the days to sign were over.

    `is_excused`: the buyer found force majeure or a case the document allows, so that nothing follows for the provider.
    """

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    lot = ForeignKey(ListingLot, null=False, on_delete=OnDelete.restrict, index=True)
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    award_reference = Varchar(40, default=None, null=False, unique=True)
    status = Varchar(20, default="stated", null=False, index=True)
    is_own_statement = Boolean(default=None, null=False)
    reason = Text(default=None, null=False)
    stated_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    stated_at = Timestamptz(default=None, null=False)
    is_excused = Boolean(default=False, null=False)
    finding = Text(default="", null=False)
    decided_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    decided_at = Timestamptz(default=None, null=True)

    refusal_status_known = Check("status IN ('stated', 'next_candidate', 'redo')")
    refusal_decided_whole = Check(
        "(status <> 'stated') = (decided_at IS NOT NULL AND decided_by IS NOT NULL AND finding <> '')"
    )


class RefusalParty(Table):
    """One of those who refused: the winner, and the members of its consortium, by credit code."""

    id = UUID(primary_key=True, default=UUID4())
    refusal = ForeignKey(AwardRefusal, null=False, on_delete=OnDelete.restrict, index=True)
    credit_code = Varchar(18, default=None, null=False, index=True)

    refusal_party_once = Unique(["refusal", "credit_code"])
