"""The service's own record of when it could be used, and the deadlines that moved because it could not."""

from __future__ import annotations

from piccolo.columns import UUID, ForeignKey, Integer, OnDelete, Timestamptz
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from catalogue.listings.tables import Listing


class ServiceSpan(Table):
    """A time in which the pages were served without a break, by the county's clock; a new one begins after a break."""

    id = UUID(primary_key=True, default=UUID4())
    begun_at = Timestamptz(default=None, null=False)
    seen_at = Timestamptz(default=None, null=False, index=True)
    # of the county's clock before real time: what was served before a demo's clock was turned does not count after it
    offset_seconds = Integer(default=0, null=False)

    service_span_forward = Check("seen_at >= begun_at")


class OutageExtension(Table):
    """A deadline that moved for all, once, because the service was not there in its last hours (R-OUTAGE-01)."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, unique=True)
    closed_at_before = Timestamptz(default=None, null=False)
    closes_at_after = Timestamptz(default=None, null=False)
    unavailable_seconds = Integer(default=None, null=False)
    allowed_minutes = Integer(default=None, null=False)
    decided_at = Timestamptz(default=None, null=False)

    outage_extension_forward = Check("closes_at_after > closed_at_before")
