"""The public register as it is searched, the files it was brought in by, and registrations found to be one."""

from __future__ import annotations

from piccolo.columns import UUID, Array, Date, ForeignKey, Integer, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from marketplace.accounts.people.tables import Person
from vendors.providers.tables import Provider


class RegisterEntry(Table):
    """What the register shows and searches of a provider; `id` is the provider's, the triggers write and remove it."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False)
    credit_code = Varchar(18, default=None, null=False)
    legal_form = Varchar(40, default=None, null=False)
    file_status = Varchar(20, default=None, null=False)
    name = Varchar(120, default=None, null=False)
    name_en = Varchar(200, default="", null=False)
    sort_key = Varchar(240, default="", null=False)
    # name in both languages, pinyin, initials, code and number in small letters
    words = Text(default="", null=False)
    # the name without place, legal form and signs: what two registrations of one body share
    core = Text(default="", null=False, index=True)
    # items of the directory that the provider offers; towns where it sits (read from its address) or serves
    items = Array(base_column=Varchar(8), default=list, null=False)
    towns = Array(base_column=UUID(), default=list, null=False)
    # the assessment grade with its day: how long it holds is the rule's to say (R-CIV-04)
    grade = Varchar(10, default="", null=False)
    granted_on = Date(default=None, null=True)
    registered_at = Timestamptz(default=None, null=False)


class RegisterImport(Table):
    """A register that was brought in: its count and the hash of the file, which has telephones and is not kept."""

    id = UUID(primary_key=True, default=UUID4())
    file_name = Varchar(160, default=None, null=False)
    sha256 = Varchar(64, default=None, null=False)
    entered = Integer(default=None, null=False)
    imported_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    imported_at = Timestamptz(default=None, null=False)


class ImportedProvider(Table):
    """Which file, and which row of it, a provider came from."""

    id = UUID(primary_key=True, default=UUID4())
    register_import = ForeignKey(RegisterImport, null=False, on_delete=OnDelete.restrict, index=True)
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, unique=True)
    row_number = Integer(default=None, null=False)


class ProviderMerger(Table):
    """Two registrations of one body: the dropped one had no history, and its address leads to the kept one."""

    id = UUID(primary_key=True, default=UUID4())
    kept = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    dropped = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, unique=True)
    reason = Varchar(400, default=None, null=False)
    merged_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    merged_at = Timestamptz(default=None, null=False)

    merger_of_two = Check("kept <> dropped")


class DifferentProviders(Table):
    """Two registrations with like names that somebody found to be two bodies; they are not asked about again."""

    id = UUID(primary_key=True, default=UUID4())
    first = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    second = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    said_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    said_at = Timestamptz(default=None, null=False)

    different_in_order = Check("first < second")
    different_once = Unique(["first", "second"])
