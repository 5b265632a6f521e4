"""The public register as it is searched: one narrow row per provider, kept by triggers."""

from __future__ import annotations

from piccolo.columns import UUID, Array, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table


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
    # items of the directory that the provider offers; towns where it sits (read from its address) or serves
    items = Array(base_column=Varchar(8), default=list, null=False)
    towns = Array(base_column=UUID(), default=list, null=False)
    registered_at = Timestamptz(default=None, null=False)
