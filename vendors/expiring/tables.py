"""Which reminders of papers that run out have been sent."""

from __future__ import annotations

from piccolo.columns import UUID, ForeignKey, Integer, OnDelete, Timestamptz
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from vendors.providers.tables import ProviderPaper


class PaperReminder(Table):
    """A provider was told that a paper runs out; once for each number of days before."""

    id = UUID(primary_key=True, default=UUID4())
    paper = ForeignKey(ProviderPaper, null=False, on_delete=OnDelete.restrict, index=True)
    days_before = Integer(default=None, null=False)
    sent_at = Timestamptz(default=None, null=False)

    paper_reminder_once = Unique(["paper", "days_before"])
    paper_reminder_days_known = Check("days_before IN (7, 30, 60)")
