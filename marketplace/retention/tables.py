"""What the daily work did to each kind of data."""

from __future__ import annotations

from piccolo.columns import UUID, Date, Integer, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table


class RetentionRun(Table):
    """One kind of data on one day of the county: how many rows went, of those that ended before `cutoff`.

    `failure` names the error of a run that changed nothing.
    """

    id = UUID(primary_key=True, default=UUID4())
    kind = Varchar(40, default=None, null=False)
    day = Date(default=None, null=False, index=True)
    ran_at = Timestamptz(default=None, null=False)
    cutoff = Timestamptz(default=None, null=False)
    rows = Integer(default=0, null=False)
    failure = Varchar(80, default="", null=False)

    retention_once_a_day = Unique(["kind", "day"])
    retention_rows_counted = Check("rows >= 0")
