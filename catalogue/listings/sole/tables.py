"""The one provider that a single-source purchase is meant for, and what experts say of it (R-METH-08)."""

from __future__ import annotations

from piccolo.columns import UUID, ForeignKey, Integer, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Unique
from piccolo.table import Table

from catalogue.listings.tables import Listing
from marketplace.accounts.people.tables import Person


class SoleProvider(Table):
    """拟定供应商 of a single-source listing, shown with its publicity."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, unique=True)
    name = Varchar(200, default=None, null=False)
    address = Varchar(200, default=None, null=False)
    recorded_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    recorded_at = Timestamptz(default=None, null=False)


class ExpertOpinion(Table):
    """What one expert found, with name, office and title as they are published."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=0, null=False)
    name = Varchar(60, default=None, null=False)
    office = Varchar(120, default=None, null=False)
    title = Varchar(60, default=None, null=False)
    opinion = Text(default=None, null=False)

    expert_opinion_position_once = Unique(["listing", "position"])
    expert_opinion_name_once = Unique(["listing", "name"])
