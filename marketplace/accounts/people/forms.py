"""What people write about themselves."""

from __future__ import annotations

import re

from marketplace.kernel.forms import Reader, Wrong
from marketplace.kernel.i18n import N_


def email() -> Reader:
    """An address a letter can be sent to."""

    def read(typed: str) -> str:
        if len(typed) > 200 or not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+", typed):
            raise Wrong(N_("请填完整的电子邮箱，例如 office@example.org。"))
        return typed

    return read
