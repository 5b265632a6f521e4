"""The panel of a listing: who judges, what they declared, and when they locked their scores."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, ForeignKey, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.listings.tables import Listing
from marketplace.accounts.people.tables import Person


class PanelMember(Table):
    """An expert or the buyer's representative on a listing's panel, and how they came there (R-EXP-01)."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    kind = Varchar(10, default="expert", null=False)
    drawn_from = Varchar(200, default="", null=False)
    appointed_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    appointed_at = Timestamptz(default=None, null=False)
    declared_at = Timestamptz(default=None, null=True)
    has_interest = Boolean(default=False, null=False)
    interest = Text(default="", null=False)
    locked_at = Timestamptz(default=None, null=True)
    # the members differed on an objective factor, so all marks were opened again (R-COM-07)
    reopened_at = Timestamptz(default=None, null=True)

    panel_member_once = Unique(["listing", "person"])
    panel_member_kind_known = Check("kind IN ('expert', 'buyer')")
