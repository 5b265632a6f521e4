"""Questions of providers and the answers everybody reads."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Date, ForeignKey, Integer, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.listings.tables import Listing
from marketplace.accounts.people.tables import Organisation, Person


class Question(Table):
    """One question. `number` and the published words come with the answer; who asked is never published."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    number = Integer(default=None, null=True)
    asked = Text(default=None, null=False)
    wants_change = Boolean(default=False, null=False)
    asked_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    asked_for = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    language = Varchar(2, default="zh", null=False)
    asked_at = Timestamptz(default=None, null=False)
    answer_by = Date(default=None, null=False)
    is_provisional = Boolean(default=False, null=False)
    published_question = Text(default="", null=False)
    answer = Text(default="", null=False)
    answered_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    answered_at = Timestamptz(default=None, null=True, index=True)

    question_number_once = Unique(["listing", "number"])
    question_language_known = Check("language IN ('zh', 'en')")
    answer_is_whole = Check(
        "(answered_at IS NULL AND number IS NULL AND answer = '' AND answered_by IS NULL)"
        " OR (answered_at IS NOT NULL AND number IS NOT NULL AND answer <> '' AND published_question <> ''"
        " AND answered_by IS NOT NULL)"
    )
