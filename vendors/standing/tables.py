"""A provider's published record: one row per frozen evaluation, written only by evaluations, never changed.

What the record adds up to is counted anew whenever it is shown; what it added up to on a day is kept in its history.
"""

from __future__ import annotations

from decimal import Decimal

from piccolo.columns import UUID, Boolean, Date, ForeignKey, Integer, Numeric, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from vendors.providers.tables import Provider


class StandingEntry(Table):
    """What one frozen evaluation says of a provider for one group of items, and until when it counts."""

    id = UUID(primary_key=True, default=UUID4())
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    category = Varchar(20, default=None, null=False)
    item_code = Varchar(8, default=None, null=False)
    evaluation_reference = Varchar(40, default=None, null=False, unique=True)
    contract_reference = Varchar(40, default=None, null=False)
    # in yuan; 0 where nobody said how large the contract was: it counts with the least size
    contract_amount = Numeric((14, 2), default=Decimal(0), null=False)
    score = Numeric((5, 2), default=None, null=False)
    grade = Varchar(10, default=None, null=False)
    snapshot_sha256 = Varchar(64, default=None, null=False)
    counts_from = Date(default=None, null=False)
    counts_until = Date(default=None, null=False)
    recorded_at = Timestamptz(default=None, null=False)

    standing_grade_known = Check("grade IN ('excellent', 'good', 'fair', 'poor')")
    standing_amount_not_negative = Check("contract_amount >= 0")


class StandingFigure(Table):
    """What a provider's record added up to on a day, as the page said it; written when it changed, never changed.

    The sums of its own evaluations and of everybody else's are kept, so that the figure can be computed again.
    """

    id = UUID(primary_key=True, default=UUID4())
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    category = Varchar(20, default=None, null=False)
    day = Date(default=None, null=False, index=True)
    own_weight = Numeric((14, 4), default=None, null=False)
    own_product = Numeric((18, 6), default=None, null=False)
    evaluations = Integer(default=0, null=False)
    field_weight = Numeric((14, 4), default=None, null=False)
    field_product = Numeric((18, 6), default=None, null=False)
    field_mean = Numeric((5, 2), default=None, null=False)
    drawn = Numeric((5, 2), default=None, null=False)
    confidence = Numeric((4, 1), default=None, null=False)
    is_enough = Boolean(default=False, null=False)
    noted_at = Timestamptz(default=None, null=False, index=True)

    standing_figure_once = Unique(["provider", "category", "noted_at"])
