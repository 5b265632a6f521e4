"""Sealed files on their way here: ciphertext in chunks, until it is entered as a bid or given up."""

from __future__ import annotations

from piccolo.columns import UUID, Bytea, ForeignKey, Integer, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.listings.tables import ListingLot
from vendors.providers.tables import Provider


class SealedUpload(Table):
    """An upload of one sealed file; going on with the same file finds the same upload."""

    id = UUID(primary_key=True, default=UUID4())
    lot = ForeignKey(ListingLot, null=False, on_delete=OnDelete.restrict, index=False)  # sealed_upload_once serves
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    stage = Varchar(10, default=None, null=False)
    sha256 = Varchar(64, default=None, null=False)
    size = Integer(default=None, null=False)
    begun_at = Timestamptz(default=None, null=False)

    sealed_upload_once = Unique(["lot", "provider", "stage", "sha256"])
    sealed_upload_stage_known = Check("stage IN ('first', 'final')")
    sealed_upload_has_size = Check("size > 0")


class SealedUploadChunk(Table):
    """One piece of an upload, in its place."""

    id = UUID(primary_key=True, default=UUID4())
    upload = ForeignKey(SealedUpload, null=False, on_delete=OnDelete.cascade, index=False)  # the next line serves
    number = Integer(default=None, null=False)
    content = Bytea(default=b"", null=False)

    sealed_upload_chunk_once = Unique(["upload", "number"])
    sealed_upload_chunk_counted = Check("number >= 0")
