"""One thing that waits for somebody: the line every package offers to "my work today"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from marketplace.kernel.i18n import Sentence
from marketplace.kernel.names import Name


@dataclass(frozen=True)
class WorkItem:
    """What waits for a person, who asks for it, until when (None: no fixed day), and where it is done."""

    due: date | None
    who_asks: str | Name
    what: Sentence
    url: str
    clause: str | None = None
