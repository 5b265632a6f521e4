"""What every installation has: what kind of database it is, and its clock. Both are guarded by triggers."""

from __future__ import annotations

from datetime import timedelta

from piccolo.columns import Boolean, Integer, Interval, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table


class Installation(Table):
    """One row: whether this database was created as a demo, and as a sandbox to rehearse in. It never changes."""

    id = Integer(primary_key=True, default=1)
    is_demo = Boolean(default=False, null=False)
    is_rehearsal = Boolean(default=False, null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    migrations_hash = Varchar(64, default="", null=False)


class CountyClock(Table):
    """One row: how far the county clock stands from real time; zero for ever outside a demo."""

    id = Integer(primary_key=True, default=1)
    offset_by = Interval(default=timedelta(0), null=False)


class Reference(Table):
    """The last number given out in each series of printed references."""

    series = Varchar(40, primary_key=True)
    last_number = Integer(default=0, null=False)
