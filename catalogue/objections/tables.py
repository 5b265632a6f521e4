"""Objections to buying from a single source, and how they were answered (R-METH-08)."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Date, ForeignKey, Integer, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.listings.tables import Listing
from marketplace.accounts.people.tables import Person


class Objection(Table):
    """What somebody objected in writing. `sent_on`: the day it was handed in or posted (R-CAL-05)."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    number = Integer(default=1, null=False)
    objector = Varchar(120, default=None, null=False)
    email = Varchar(200, default="", null=False)
    text = Text(default=None, null=False)
    sent_on = Date(default=None, null=False)
    entered_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    entered_at = Timestamptz(default=None, null=False)
    argue_by = Date(default=None, null=False)
    is_provisional = Boolean(default=False, null=False)
    argued_on = Date(default=None, null=True)
    experts = Varchar(300, default="", null=False)
    opinion = Text(default="", null=False)
    answer = Text(default="", null=False)
    outcome = Varchar(12, default="open", null=False)
    answered_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    answered_at = Timestamptz(default=None, null=True)

    objection_number_once = Unique(["listing", "number"])
    objection_outcome_known = Check("outcome IN ('open', 'upheld', 'not_upheld')")
    objection_answered_whole = Check("(outcome = 'open') = (answered_at IS NULL)")
    objection_argued_whole = Check("outcome = 'open' OR (argued_on IS NOT NULL AND opinion <> '' AND answer <> '')")
