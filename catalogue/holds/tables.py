"""Holds: a challenge or inquiry that may change the result, or finance's written order (R-DISP-06, R-TIME-27)."""

from __future__ import annotations

from piccolo.columns import UUID, Date, ForeignKey, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.listings.tables import Listing
from marketplace.accounts.people.tables import Person


class ProcurementHold(Table):
    """A time in which acts of a procurement rest. `subject`: the number of the challenge or complaint behind it."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    ground = Varchar(20, default=None, null=False)
    subject = Varchar(40, default=None, null=False)
    document_number = Varchar(60, default="", null=False)
    # why finance ordered it, as its notice says
    reason = Text(default="", null=False)
    begun_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    begun_at = Timestamptz(default=None, null=False)
    # a challenge holds until it is answered, an order until its day
    until = Date(default=None, null=True)
    ended_at = Timestamptz(default=None, null=True)
    end_reason = Text(default="", null=False)
    # the notice by which finance let it go on before its day
    end_document_number = Varchar(60, default="", null=False)

    # finance may suspend once for a complaint, so that 30 days are never strung together (R-TIME-27)
    hold_once_for_a_subject = Unique(["subject", "ground"])
    hold_ground_is_known = Check("ground IN ('challenge', 'inquiry', 'finance_order', 're_evaluation')")
    hold_order_is_whole = Check("ground <> 'finance_order' OR (until IS NOT NULL AND document_number <> '')")
    hold_end_has_reason = Check("(ended_at IS NULL) = (end_reason = '')")
