"""A moment inside a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from marketplace.kernel.formats import moment
from marketplace.kernel.i18n import current_language


@dataclass(frozen=True)
class Moment:
    """A moment that is written in the reader's language when the sentence is shown."""

    value: datetime

    def __format__(self, _: str) -> str:
        return moment(self.value, current_language.get())
