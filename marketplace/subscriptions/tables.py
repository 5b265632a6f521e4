"""Searches whose new finds go to a mail address without an account."""

from __future__ import annotations

from piccolo.columns import UUID, Timestamptz, Varchar
from piccolo.columns.column_types import BigInt
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table


class Subscription(Table):
    """A search for one address. Nothing but the link is sent until it is confirmed; ended, the address is gone.

    Up to `told_until` (seconds since 1970) its finds were told.
    """

    id = UUID(primary_key=True, default=UUID4())
    email = Varchar(254, default=None, null=False, index=True)
    question = Varchar(1000, default="", null=False)
    language = Varchar(2, default="zh", null=False)
    status = Varchar(12, default="waiting", null=False, index=True)
    told_until = BigInt(default=0, null=False)
    asked_at = Timestamptz(default=None, null=False)
    confirmed_at = Timestamptz(default=None, null=True)
    ended_at = Timestamptz(default=None, null=True)

    subscription_language_known = Check("language IN ('zh', 'en')")
    subscription_status_known = Check("status IN ('waiting', 'confirmed', 'ended')")
    subscription_ended_forgets = Check(
        "(status = 'ended') = (email = '') AND (status = 'ended') = (ended_at IS NOT NULL)"
    )
