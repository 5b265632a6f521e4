"""Published papers with their hashes, the contacts and templates they are made with, and what went to the platform."""

from __future__ import annotations

from piccolo.columns import UUID, BigInt, Date, ForeignKey, Integer, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.intentions.tables import Intention
from catalogue.listings.tables import Listing
from marketplace.accounts.people.tables import Organisation, Person


class PublishedPaper(Table):
    """A paper as it went out, never changed: what it says and its file, both in the document store by their hashes.

    `subject` is the reference it belongs to; another content of the same paper is the next version.
    """

    id = UUID(primary_key=True, default=UUID4())
    subject = Varchar(40, default=None, null=False, index=True)
    slug = Varchar(60, default=None, null=False)
    version = Integer(default=1, null=False)
    listing = ForeignKey(Listing, null=True, on_delete=OnDelete.restrict, index=True)
    title = Varchar(300, default=None, null=False)
    media_type = Varchar(120, default=None, null=False)
    content_key = Varchar(200, default=None, null=False)
    content_sha256 = Varchar(64, default=None, null=False)
    storage_key = Varchar(200, default=None, null=False)
    sha256 = Varchar(64, default=None, null=False)
    size = BigInt(default=None, null=False)
    published_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    published_at = Timestamptz(default=None, null=False)

    published_paper_once = Unique(["subject", "slug", "media_type", "version"])
    published_paper_not_empty = Check("size > 0")


class OfficeContact(Table):
    """How an office is reached, as its notices say it (R-DOC-01)."""

    id = UUID(primary_key=True, default=UUID4())
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, unique=True)
    address = Varchar(200, default=None, null=False)
    person = Varchar(80, default=None, null=False)
    phone = Varchar(60, default=None, null=False)
    changed_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    changed_at = Timestamptz(default=None, null=False)


class PaperTemplate(Table):
    """A DOCX template of the county in place of the shipped one, until a newer one or the shipped one replaces it."""

    id = UUID(primary_key=True, default=UUID4())
    paper = Varchar(40, default=None, null=False, index=True)
    name = Varchar(200, default=None, null=False)
    storage_key = Varchar(200, default=None, null=False)
    sha256 = Varchar(64, default=None, null=False)
    size = BigInt(default=None, null=False)
    uploaded_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    uploaded_at = Timestamptz(default=None, null=False)
    ended_at = Timestamptz(default=None, null=True)


class PlatformFieldList(Table):
    """One edition of the fields that the provincial platform asks for; older ones stay for what was sent by them."""

    id = UUID(primary_key=True, default=UUID4())
    edition = Integer(default=None, null=False, unique=True)
    changed_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    changed_at = Timestamptz(default=None, null=False)


class PlatformField(Table):
    """One field of an edition: the platform's name for it and where its value comes from."""

    id = UUID(primary_key=True, default=UUID4())
    field_list = ForeignKey(PlatformFieldList, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=None, null=False)
    name = Varchar(80, default=None, null=False)
    source = Varchar(40, default=None, null=False)

    platform_field_once = Unique(["field_list", "position"])
    platform_field_name_once = Unique(["field_list", "name"])


class PlatformExport(Table):
    """A notice of a listing, or an intention, taken out for the platform: by whom, when, the number that came back."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=True, on_delete=OnDelete.restrict, index=True)
    intention = ForeignKey(Intention, null=True, on_delete=OnDelete.restrict, index=True)
    slug = Varchar(60, default=None, null=False)
    field_list = ForeignKey(PlatformFieldList, null=False, on_delete=OnDelete.restrict, index=True)
    content_sha256 = Varchar(64, default=None, null=False)
    exported_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    exported_at = Timestamptz(default=None, null=False, index=True)
    platform_number = Varchar(80, default="", null=False)
    platform_link = Varchar(300, default="", null=False)
    platform_published_on = Date(default=None, null=True)
    difference = Text(default="", null=False)
    confirmed_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    confirmed_at = Timestamptz(default=None, null=True)

    platform_export_of_one = Check("(listing IS NULL) <> (intention IS NULL)")
    platform_export_confirmed_whole = Check(
        "(confirmed_at IS NULL) = (platform_number = '') AND (confirmed_at IS NULL) = (confirmed_by IS NULL)"
    )


class PlatformExportValue(Table):
    """One value as it was taken out."""

    id = UUID(primary_key=True, default=UUID4())
    export = ForeignKey(PlatformExport, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=None, null=False)
    name = Varchar(80, default=None, null=False)
    value = Text(default=None, null=False)

    platform_export_value_once = Unique(["export", "position"])
