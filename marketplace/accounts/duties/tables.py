"""Who took which duty for which listing: the ground on which duties are kept apart."""

from __future__ import annotations

from piccolo.columns import UUID, ForeignKey, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from marketplace.accounts.people.tables import Person


class ListingDuty(Table):
    """A person acted for a listing in this duty. The listing lies a floor above, so it is an identity only."""

    id = UUID(primary_key=True, default=UUID4())
    listing = UUID(default=None, null=False, index=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    duty = Varchar(20, default=None, null=False)
    taken_at = Timestamptz(default=None, null=False)

    duty_taken_once = Unique(["listing", "person", "duty"])
    duty_known = Check("duty IN ('drafting', 'approving', 'scoring', 'accepting', 'paying', 'complaints')")
