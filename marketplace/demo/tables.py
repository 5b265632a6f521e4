"""Which parts of the demo county have been entered, so that filling can go on where it stopped."""

from __future__ import annotations

from piccolo.columns import Timestamptz, Varchar
from piccolo.table import Table


class DemoStep(Table):
    """A part of the demo county that is there."""

    name = Varchar(60, primary_key=True)
    done_at = Timestamptz(default=None, null=False)
