"""Releases as they went out, and marks of what has to be looked at again."""

from __future__ import annotations

from piccolo.columns import UUID, Text, Timestamptz, Varchar
from piccolo.columns.column_types import BigInt, BigSerial
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check
from piccolo.table import Table


class OcdsChange(Table):
    """Something public about a listing may have changed; written by triggers, gone once it was looked at."""

    sequence = BigSerial(primary_key=True)
    listing = UUID(default=None, null=False, index=True)
    changed_at = Timestamptz(default=TimestamptzNow(), null=False)


class OcdsRelease(Table):
    """One release, never changed: the whole public state of a contracting process after an event.

    `number` grows in the order of commits, because one writer at a time gives it; a reader who asks for what came
    after a number misses nothing. The digests tell the next look which part has changed.
    """

    number = BigInt(primary_key=True, default=None, null=False)
    # no foreign key: listings stand on a higher step of the stairs
    listing = UUID(default=None, null=False)
    ocid = Varchar(80, default=None, null=False)
    release_id = Varchar(100, default=None, null=False, unique=True)
    tags = Varchar(200, default=None, null=False)
    released_at = Timestamptz(default=None, null=False)
    body = Text(default=None, null=False)
    sha256 = Varchar(64, default=None, null=False)
    tender_sha256 = Varchar(64, default=None, null=False)
    awards_sha256 = Varchar(64, default=None, null=False)
    contracts_sha256 = Varchar(64, default=None, null=False)
    implementation_sha256 = Varchar(64, default=None, null=False)

    ocds_release_number_positive = Check("number > 0")
