"""What the public search keeps: marks of what changed, and searches that people want to hear of again."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, ForeignKey, OnDelete, Timestamptz, Varchar
from piccolo.columns.column_types import BigInt, BigSerial
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from marketplace.accounts.people.tables import Person


class SearchChange(Table):
    """Something public has changed; written by triggers, read by every machine's index, gone after a week."""

    sequence = BigSerial(primary_key=True)
    kind = Varchar(20, default=None, null=False)
    subject = UUID(default=None, null=False)
    changed_at = Timestamptz(default=TimestamptzNow(), null=False)


class SavedSearch(Table):
    """A search of one person under a name. Up to `told_until` (seconds since 1970) its finds were told by mail."""

    id = UUID(primary_key=True, default=UUID4())
    person = ForeignKey(Person, null=False, on_delete=OnDelete.cascade, index=True)
    name = Varchar(80, default=None, null=False)
    question = Varchar(1000, default=None, null=False)
    language = Varchar(2, default="zh", null=False)
    sends_mail = Boolean(default=False, null=False)
    told_until = BigInt(default=0, null=False)
    saved_at = Timestamptz(default=None, null=False)

    saved_search_name_once = Unique(["person", "name"])
    saved_search_language_known = Check("language IN ('zh', 'en')")
