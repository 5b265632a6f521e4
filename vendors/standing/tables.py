"""A provider's published record: one row per frozen evaluation, written only by evaluations, never changed."""

from __future__ import annotations

from piccolo.columns import UUID, Date, ForeignKey, Numeric, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
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
    score = Numeric((5, 2), default=None, null=False)
    grade = Varchar(10, default=None, null=False)
    snapshot_sha256 = Varchar(64, default=None, null=False)
    counts_from = Date(default=None, null=False)
    counts_until = Date(default=None, null=False)
    recorded_at = Timestamptz(default=None, null=False)

    standing_grade_known = Check("grade IN ('excellent', 'good', 'fair', 'poor')")
