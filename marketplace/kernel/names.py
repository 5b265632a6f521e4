"""A name that is written in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.kernel.i18n import current_language


@dataclass(frozen=True)
class Name:
    """A name in the reader's language when it is shown; the Chinese one where no English one is known."""

    zh: str
    en: str = ""

    @classmethod
    def of(cls, row: Mapping[str, Any], key: str = "title") -> Name:
        """The name in a row that has `key` and `key_en`."""
        return cls(row[key], row[f"{key}_en"])

    def __str__(self) -> str:
        return self.en if self.en and current_language.get() == "en" else self.zh

    def __format__(self, _: str) -> str:
        return str(self)
