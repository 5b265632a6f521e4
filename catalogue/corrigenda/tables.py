"""Corrigenda in preparation: what is to change, as it was typed, subject by subject."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, ForeignKey, Integer, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.listings.tables import Listing
from marketplace.accounts.people.tables import Person


class Corrigendum(Table):
    """A change to a published listing, drafted by one person and approved by another. `version` once published."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    kind = Varchar(20, default="corrigendum", null=False)
    status = Varchar(20, default="draft", null=False)
    reason = Text(default=None, null=False)
    says_it_affects_bids = Boolean(default=False, null=False)
    drafted_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    drafted_at = Timestamptz(default=None, null=False)
    return_reason = Text(default="", null=False)
    ended_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    ended_at = Timestamptz(default=None, null=True)
    version = Integer(default=None, null=True)

    corrigendum_kind_known = Check("kind IN ('corrigendum', 'extension')")
    corrigendum_status_known = Check("status IN ('draft', 'review', 'published', 'withdrawn')")
    corrigendum_version_when_published = Check("(version IS NOT NULL) = (status = 'published')")


class CorrigendumText(Table):
    """One field of a subject as it was typed; the forms of drafting read it."""

    id = UUID(primary_key=True, default=UUID4())
    corrigendum = ForeignKey(Corrigendum, null=False, on_delete=OnDelete.restrict, index=True)
    subject = Varchar(20, default=None, null=False)
    name = Varchar(60, default=None, null=False)
    value = Text(default="", null=False)

    corrigendum_text_once = Unique(["corrigendum", "subject", "name"])
