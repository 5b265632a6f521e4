"""Who took the documents of a listing and who follows it. Neither names nor numbers leave this folder (R-COUNT-01)."""

from __future__ import annotations

from piccolo.columns import UUID, ForeignKey, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.listings.tables import Listing
from marketplace.accounts.people.tables import Organisation, Person


class DocumentTaking(Table):
    """An organisation took the documents; `language` is that of the mails it gets."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    language = Varchar(2, default="zh", null=False)
    taken_at = Timestamptz(default=None, null=False)

    documents_taken_once = Unique(["listing", "organisation"])
    taking_language_known = Check("language IN ('zh', 'en')")


class ListingFollower(Table):
    """A person who wants a mail when something about a listing changes."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    language = Varchar(2, default="zh", null=False)
    since = Timestamptz(default=None, null=False)

    follows_once = Unique(["listing", "person"])
    follower_language_known = Check("language IN ('zh', 'en')")
