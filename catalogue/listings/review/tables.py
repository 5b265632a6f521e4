"""What is kept of checking and reviewing a draft."""

from __future__ import annotations

from piccolo.columns import UUID, ForeignKey, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from catalogue.listings.tables import Listing
from marketplace.accounts.people.tables import Person


class FindingReason(Table):
    """Why words that the fairness check found stay as they are; for exactly these words, and never changed."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    finding_key = Varchar(16, default=None, null=False)
    check_id = Varchar(40, default=None, null=False)
    words = Text(default="", null=False)
    reason = Text(default=None, null=False)
    recorded_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    recorded_at = Timestamptz(default=None, null=False)

    finding_reason_said = Check("length(trim(reason)) > 0")
