"""Reading what strangers packed: each value is of its type and of a modest size, or the whole bid is not readable."""

from __future__ import annotations

import re
from typing import Any

from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_

# PostgreSQL stores no NUL, and half a surrogate pair cannot be written at all
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class ContentsBroken(DomainError):
    """The opened bytes are not a bid as this marketplace packs it."""

    def __init__(self, place: str) -> None:
        message = N_("打开后的内容不是规定的格式（{place}），不能读取。请按无法开启记录。")
        super().__init__(message, "R-BID-06", place=place)


def the_fields(content: Any, place: str, needed: set[str], allowed: set[str] | None = None) -> dict[str, Any]:
    """An object with all the fields that are needed and none that is not allowed. Raises ContentsBroken."""
    if not isinstance(content, dict) or not needed <= set(content) <= needed | (allowed or set()):
        raise ContentsBroken(place)
    return content


def a_list(value: Any, place: str, most: int) -> list[Any]:
    """A list of so many at most. Raises ContentsBroken."""
    if not isinstance(value, list) or len(value) > most:
        raise ContentsBroken(place)
    return value


def a_text(value: Any, place: str, most: int) -> str:
    """A text of so many characters at most, which a database can keep. Raises ContentsBroken."""
    if not isinstance(value, str) or len(value) > most or _UNSTORABLE.search(value):
        raise ContentsBroken(place)
    return value
